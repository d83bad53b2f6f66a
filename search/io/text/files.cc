#include "search/io/text/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "search/base/error.hpp"
#include "search/io/text/nearest.hpp"

namespace perflaw {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostBytes = 64 << 20;

// "owner/name" that is no path here.
bool IsHubId(const std::string& name) {
  const auto slash = name.find('/');
  std::error_code ignored;
  return slash != 0 && slash != std::string::npos && slash == name.rfind('/') &&
         slash + 1 < name.size() && name.front() != '.' && name.front() != '~' &&
         !name.ends_with(".json") && !fs::exists(fs::path(name).parent_path(), ignored);
}

std::string LowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

[[noreturn]] void Fail(const std::string& path, const char* step) {
  throw std::runtime_error(fmt::format("{}: cannot {}: {}", path, step, std::strerror(errno)));
}

}  // namespace

fs::path ConfigsFolder() {
  std::error_code ignored;
  for (fs::path place = fs::read_symlink("/proc/self/exe", ignored); place.has_relative_path();) {
    place = place.parent_path();
    for (const fs::path& folder : {place / "configs", place / PERFLAW_SHARED / "configs"}) {
      if (fs::is_directory(folder / "laws", ignored)) return folder;
    }
  }
  return "configs";
}

fs::path PageFolder() {
  std::error_code ignored;
  const fs::path folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  for (const fs::path& place : {folder / "page", folder.parent_path() / PERFLAW_SHARED / "page"}) {
    if (fs::is_directory(place, ignored)) return place;
  }
  throw std::runtime_error("the page does not stand in " + (folder / "page").string() +
                           ", beside the program, nor in the place of an installed one: build "
                           "(./dev build) or install again");
}

std::string ReadFile(const std::string& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) throw InputError(path, "file", "", "is a directory");
  std::ifstream in(path, std::ios::binary);
  if (!in) throw InputError(path, "file", "", std::strerror(errno));
  std::string bytes;
  std::vector<char> chunk(1 << 16);
  while (in.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || in.gcount() > 0) {
    bytes.append(chunk.data(), static_cast<std::size_t>(in.gcount()));
    if (bytes.size() > kMostBytes) throw InputError(path, "file", "", "is larger than 64 MiB");
  }
  if (in.bad()) throw InputError(path, "file", "", "cannot be read");
  return bytes;
}

PartFile::PartFile(const std::string& named) : path_(named) {
  std::error_code ignored;
  if (fs::exists(named, ignored)) {
    // A link keeps pointing to the file that it names.
    path_ = fs::canonical(named, ignored).string();
    if (!fs::is_regular_file(path_, ignored))
      throw std::runtime_error(fmt::format("{}: is no regular file, so it is not replaced", named));
  }
  part_ = fmt::format("{}.{}.part", path_, getpid());
}

PartFile::~PartFile() {
  if (!ended_) unlink(part_.c_str());
}

void PartFile::Finish() {
  const int descriptor = open(part_.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) Fail(part_, "open");
  const bool flushed = fsync(descriptor) == 0;
  const int error = errno;
  close(descriptor);
  errno = error;
  if (!flushed) Fail(part_, "flush");
  if (std::rename(part_.c_str(), path_.c_str()) != 0) Fail(path_, "replace");
  ended_ = true;
}

Appender::Appender(const std::string& path)
    : path_(path), descriptor_(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) {
  if (descriptor_ < 0) Fail(path, "open for writing");
}

Appender::~Appender() { close(descriptor_); }

void Appender::Append(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) Fail(path_, "write");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void WriteFile(const std::string& path, std::string_view content) {
  PartFile part(path);
  Appender(part.Part()).Append(content);
  part.Finish();
}

std::vector<std::string> ConfigNames(const std::string& kind) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(ConfigsFolder() / kind, ignored)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string FindConfig(const std::string& kind, const std::string& name_or_path,
                       const std::string& file, const std::string& key) {
  std::error_code ignored;
  const std::string quoted = '"' + name_or_path + '"';
  if (IsHubId(name_or_path)) {
    const std::string name = LowerCase(name_or_path.substr(name_or_path.find('/') + 1));
    throw InputError(
        file, key, quoted,
        fmt::format(
            "is no file here, and nothing is fetched from a hub: give its config.json or {}",
            OneOfNames(kind, name, ConfigNames(kind))));
  }
  const bool is_path =
      name_or_path.find('/') != std::string::npos || name_or_path.ends_with(".json");
  const fs::path within = fs::path(name_or_path) / "config.json";
  if (fs::is_directory(name_or_path, ignored) && fs::is_regular_file(within, ignored))
    return within.string();
  if (is_path) return name_or_path;
  const fs::path path = ConfigsFolder() / kind / (name_or_path + ".json");
  if (!name_or_path.empty() && fs::is_regular_file(path, ignored)) return path.string();
  throw InputError(file, key, quoted,
                   "must be a path to a file or " +
                       OneOfNames(kind, LowerCase(name_or_path), ConfigNames(kind)));
}

std::string Sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("SHA-256 is not available");
  }
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

}  // namespace perflaw
