#include "search/io/text/subprocess.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace perflaw {
namespace {

// A file in memory. Unlike a pipe it never fills, so that neither side waits for the other.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view content = "")
      : descriptor_(memfd_create("perflaw", MFD_CLOEXEC)) {
    if (descriptor_ < 0) throw std::runtime_error("no memory for another program's texts");
    while (!content.empty()) {
      const ssize_t written = write(descriptor_, content.data(), content.size());
      if (written <= 0) Fail();
      content.remove_prefix(static_cast<std::size_t>(written));
    }
    if (lseek(descriptor_, 0, SEEK_SET) != 0) Fail();
  }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  int Descriptor() const { return descriptor_; }
  std::string Content() const {
    if (lseek(descriptor_, 0, SEEK_SET) != 0)
      throw std::runtime_error("a program's output is lost");
    std::string text;
    std::array<char, 1 << 16> chunk;
    for (ssize_t got = 0; (got = read(descriptor_, chunk.data(), chunk.size())) > 0;)
      text.append(chunk.data(), static_cast<std::size_t>(got));
    return text;
  }

 private:
  [[noreturn]] void Fail() {
    close(descriptor_);
    throw std::runtime_error("no memory for another program's texts");
  }

  int descriptor_;
};

int ExitStatusOf(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw std::runtime_error(std::strerror(errno));
  }
  constexpr int kSignalled = 128;
  return WIFEXITED(status) ? WEXITSTATUS(status) : kSignalled + WTERMSIG(status);
}

}  // namespace

Finished RunProgram(const std::vector<std::string>& arguments, std::string_view input,
                    const std::string& folder) {
  const MemoryFile in(input), out, err;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.Descriptor(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.Descriptor(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.Descriptor(), STDERR_FILENO);
  if (!folder.empty()) posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  std::vector<char*> list;
  for (const std::string& argument : arguments) list.push_back(const_cast<char*>(argument.c_str()));
  list.push_back(nullptr);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, list.front(), &actions, nullptr, list.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    throw std::runtime_error(
        fmt::format("{} cannot be started: {}", arguments.front(), std::strerror(failed)));
  }
  const int status = ExitStatusOf(child);
  return {status, out.Content(), err.Content()};
}

}  // namespace perflaw
