#include "search/io/models/config_text.hpp"

#include <algorithm>

#include "search/base/error.hpp"

namespace perflaw {
namespace {

// What is no config at all, said in words.
void CheckIsJson(const std::string& text, const std::string& file) {
  const auto start = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  const std::string_view head =
      start == std::string::npos ? std::string_view() : std::string_view(text).substr(start, 400);
  const auto fail = [&](const char* rule) { throw InputError(file, "file", "", rule); };
  if (head.empty()) fail("is empty");
  if (head.starts_with("version https://git-lfs"))
    fail("is a Git LFS pointer, not the file itself: fetch it with `git lfs pull`");
  if (head.starts_with("<!") || head.starts_with("<html") || head.starts_with("<HTML"))
    fail("is an HTML page, not a config: download the raw file");
  if (head.find("restricted") != std::string_view::npos && head.front() != '{')
    fail("is a notice that the repository is gated: accept its terms and download the file");
  if (head.find("Repository not found") != std::string_view::npos ||
      head.starts_with("Entry not found"))
    fail("is a notice that the file was not found");
}

// Python writes NaN and Infinity, which JSON does not have: as texts they are read where they mean nothing.
std::string WithQuotedNumbers(const std::string& text) {
  std::string quoted;
  bool in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (in_text && text[i] == '\\' && i + 1 < text.size()) {
      quoted += text.substr(i++, 2);
      continue;
    }
    std::string_view rest = std::string_view(text).substr(i);
    if (!in_text && (rest.starts_with("//") || rest.starts_with("/*"))) {
      const std::string_view end = rest[1] == '/' ? "\n" : "*/";
      const std::size_t stop = std::min(rest.find(end, 2), rest.size() - end.size()) + end.size();
      quoted += rest.substr(0, stop);
      i += stop - 1;
      continue;
    }
    if (text[i] == '"') in_text = !in_text;
    const auto word = in_text                         ? std::string_view()
                      : rest.starts_with("-Infinity") ? rest.substr(0, 9)
                      : rest.starts_with("Infinity")  ? rest.substr(0, 8)
                      : rest.starts_with("NaN")       ? rest.substr(0, 3)
                                                      : std::string_view();
    if (word.empty()) {
      quoted += text[i];
    } else {
      quoted += '"' + std::string(word) + '"';
      i += word.size() - 1;
    }
  }
  return quoted;
}

}  // namespace

Json ParseConfigText(const std::string& text, const std::string& file) {
  CheckIsJson(text, file);
  return ParseJson(WithQuotedNumbers(text), file);
}

}  // namespace perflaw
