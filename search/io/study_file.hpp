// Studies from their JSON files; configs/study.schema.json describes the format.
#pragma once

#include <optional>
#include <string>

#include "search/io/inputs.hpp"
#include "search/io/json.hpp"
#include "search/study.hpp"

namespace perflaw {

// What a command line says in place of the file.
struct StudyOverrides {
  std::optional<std::string> law, method;
  std::optional<double> gamma;
  std::optional<Count> top;
};

// Reads and checks a study with the law and the accelerators that it names. Throws InputError.
Study LoadStudy(const std::string& path, const StudyOverrides& overrides, Inputs& inputs);

// Bytes of one value of a dtype: fp32 4, bf16 fp16 2, fp8 int8 1, fp4 int4 0.5.
double DtypeBytes(Fields& fields, const std::string& key);
double DtypeBytes(const std::string& dtype, const std::string& file, const std::string& key);

// gamma as a number, or the risk-quantile of a log-normal {"median", "p90", "risk"}.
double ReadGamma(Fields& fields);

}  // namespace perflaw
