// The page's own scripts, run within the program: what they draw is defined once. SpiderMonkey runs them and stands in script.cc alone.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace perflaw {

// Calls a function that a module exports, and gives the text that it returns. Modules are `texts` by name, as "report/report.js", and
// import each other by relative paths; they see no files, no network and no document. Throws std::runtime_error with what a script
// threw, and where.
std::string CallScript(const std::map<std::string, std::string>& texts, const std::string& module,
                       const std::string& function, const std::vector<std::string>& arguments);

}  // namespace perflaw
