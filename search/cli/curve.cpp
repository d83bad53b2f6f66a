#include "search/cli/command.hpp"

namespace perflaw {
void AddCurve(CLI::App&, int&) {}
}  // namespace perflaw
