// Manual pages, in the macros of man(7).
#pragma once

#include <string>

#include "search/cli/shell/describe.hpp"

namespace perflaw {

// The page of `command`, which is `program` or one of its commands: name, synopsis, description, options, exit status,
// examples, see also. The commands of a command are parts of its page.
std::string ManPage(const CommandDescription& program, const CommandDescription& command,
                    const std::string& version);

}  // namespace perflaw
