// Formats of weights and cached values.
#pragma once

#include <string>

namespace perflaw {

inline constexpr const char* kDtypes[] = {"fp32", "bf16", "fp16", "fp8", "int8", "fp4", "int4"};

// Bytes of one value: fp32 4, bf16 fp16 2, fp8 int8 1, fp4 int4 0.5. Throws InputError for another name.
double DtypeBytes(const std::string& dtype, const std::string& file, const std::string& key);

}  // namespace perflaw
