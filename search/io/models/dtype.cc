#include "search/io/models/dtype.hpp"

#include "search/base/error.hpp"

namespace perflaw {

double DtypeBytes(const std::string& dtype, const std::string& file, const std::string& key) {
  if (dtype == "fp32") return 4;
  if (dtype == "bf16" || dtype == "fp16") return 2;
  if (dtype == "fp8" || dtype == "int8") return 1;
  if (dtype == "fp4" || dtype == "int4") return 0.5;
  throw InputError(file, key, '"' + dtype + '"',
                   fmt::format("must be one of {}", fmt::join(kDtypes, ", ")));
}

}  // namespace perflaw
