// Bytes in and out of files.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace perflaw {

// The whole file. Throws InputError when it is missing, a directory, unreadable or above 64 MiB.
std::string ReadFile(const std::string& path);

// A file in the making: a sibling of the one that it will replace, so that no unfinished file bears the name.
class PartFile {
 public:
  // Names the sibling, and makes no file. Throws std::runtime_error when `path` is there but no regular file.
  explicit PartFile(const std::string& path);
  ~PartFile();  // removes the sibling, unless it is finished or kept
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  const std::string& Part() const { return part_; }
  // Flushes the sibling to the disk and renames it. Throws std::runtime_error.
  void Finish();
  // Leaves the sibling as it is.
  void Keep() { ended_ = true; }

 private:
  std::string path_, part_;
  bool ended_ = false;
};

// Appends to a file. Throws std::runtime_error, naming it.
class Appender {
 public:
  explicit Appender(const std::string& path);  // makes the file or empties it
  ~Appender();
  Appender(const Appender&) = delete;
  Appender& operator=(const Appender&) = delete;
  void Append(std::string_view bytes) const;

 private:
  std::string path_;
  int descriptor_;
};

// Replaces the file whole or not at all: writes a sibling, then renames it. Throws
// std::runtime_error, naming the file, when the disk is full or the place cannot be written; an
// older file then stays as it was.
void WriteFile(const std::string& path, std::string_view content);

// The nearest `configs` above the program, or that which was installed with it: from any working directory the same.
std::filesystem::path ConfigsFolder();

// The folder `page` beside the program, or that which was installed with it, with what draws reports and the explorer. Throws std::runtime_error where it is not there.
std::filesystem::path PageFolder();

// Names of the files of a folder of configs/, without their ending, in alphabetical order.
std::vector<std::string> ConfigNames(const std::string& kind);

// The path of `name_or_path`: itself when it holds a '/' or ends in .json, of a folder with a config.json that file; else the file
// configs/<kind>/<name>.json above the program. Throws InputError, naming the nearest, for an unknown name and for the id of a
// repository of a hub. `file` and `key` say where the name was given.
std::string FindConfig(const std::string& kind, const std::string& name_or_path,
                       const std::string& file, const std::string& key);

// SHA-256 in hexadecimal.
std::string Sha256(std::string_view bytes);

}  // namespace perflaw
