// Bytes in and out of files.
#pragma once

#include <string>
#include <string_view>

namespace perflaw {

// The whole file. Throws InputError when it is missing, a directory, unreadable or above 64 MiB.
std::string ReadFile(const std::string& path);

// Replaces the file whole or not at all: writes a sibling, then renames it. Throws
// std::runtime_error, naming the file, when the disk is full or the place cannot be written; an
// older file then stays as it was.
void WriteFile(const std::string& path, std::string_view content);

// The path of `name_or_path`: itself when it holds a '/' or ends in .json, else the file
// configs/<kind>/<name>.json above the program. Throws InputError, listing what there is, for an
// unknown name. `file` and `key` say where the name was given.
std::string FindConfig(const std::string& kind, const std::string& name_or_path,
                       const std::string& file, const std::string& key);

// SHA-256 in hexadecimal.
std::string Sha256(std::string_view bytes);

}  // namespace perflaw
