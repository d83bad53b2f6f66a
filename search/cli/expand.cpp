#include "search/cli/command.hpp"

namespace perflaw {
void AddExpand(CLI::App&, int&) {}
}  // namespace perflaw
