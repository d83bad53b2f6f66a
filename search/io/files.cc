#include "search/io/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "search/error.hpp"

namespace perflaw {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostBytes = 64 << 20;

// The nearest `configs` above the program, so that it works from any working directory.
fs::path ConfigsFolder() {
  std::error_code ignored;
  for (fs::path place = fs::read_symlink("/proc/self/exe", ignored); place.has_relative_path();) {
    place = place.parent_path();
    if (fs::is_directory(place / "configs" / "laws", ignored)) return place / "configs";
  }
  return "configs";
}

std::string NamesIn(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return fmt::format("{}", fmt::join(names, ", "));
}

// Closes on every way out.
struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) close(number);
  }
};

}  // namespace

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

void WriteFile(const std::string& named, std::string_view content) {
  std::error_code ignored;
  const bool exists = fs::exists(named, ignored);
  // A link keeps pointing to the file that it names.
  const std::string path = exists ? fs::canonical(named, ignored).string() : named;
  if (exists && !fs::is_regular_file(path, ignored)) {
    throw std::runtime_error(fmt::format("{}: is no regular file, so it is not replaced", named));
  }
  const std::string sibling = fmt::format("{}.{}.tmp", path, getpid());
  const auto fail = [&](const char* step) {
    const int error = errno;
    unlink(sibling.c_str());
    throw std::runtime_error(fmt::format("{}: cannot {}: {}", path, step, std::strerror(error)));
  };
  {
    const Descriptor out{open(sibling.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
    if (out.number < 0) fail("open for writing");
    for (std::string_view rest = content; !rest.empty();) {
      const ssize_t written = write(out.number, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail("write");
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
    if (fsync(out.number) != 0) fail("flush");
  }
  if (std::rename(sibling.c_str(), path.c_str()) != 0) fail("replace");
}

std::string FindConfig(const std::string& kind, const std::string& name_or_path,
                       const std::string& file, const std::string& key) {
  const bool is_path =
      name_or_path.find('/') != std::string::npos || name_or_path.ends_with(".json");
  if (is_path) return name_or_path;
  const fs::path folder = ConfigsFolder() / kind;
  const fs::path path = folder / (name_or_path + ".json");
  std::error_code ignored;
  if (!name_or_path.empty() && fs::is_regular_file(path, ignored)) return path.string();
  throw InputError(
      file, key, '"' + name_or_path + '"',
      fmt::format("must be a path to a file or one of the {}: {}", kind, NamesIn(folder)));
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
