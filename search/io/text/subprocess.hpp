// Other programs of this machine.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace perflaw {

struct Finished {
  int status = 0;  // its exit status; 128 + the signal that ended it
  std::string out, err;
};

// Runs the program that PATH finds as arguments[0] to its end, in `folder` ("": the present one), with `input` on its standard
// input. Throws std::runtime_error, naming the program, where it cannot be started.
Finished RunProgram(const std::vector<std::string>& arguments, std::string_view input = "",
                    const std::string& folder = "");

}  // namespace perflaw
