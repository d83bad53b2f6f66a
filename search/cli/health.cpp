#include "search/cli/command.hpp"

namespace perflaw {
void AddHealth(CLI::App&, int&) {}
}  // namespace perflaw
