// The JSON of a config.json as people have it on disk.
#pragma once

#include <string>

#include "search/io/text/json.hpp"

namespace perflaw {

// As ParseJson, where NaN and Infinity, as Python writes them, are texts. Throws InputError, in words for what is no config at all: an
// empty file, a Git LFS pointer, an HTML page, a notice that a repository is gated or missing.
Json ParseConfigText(const std::string& text, const std::string& file);

}  // namespace perflaw
