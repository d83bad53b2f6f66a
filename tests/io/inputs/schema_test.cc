// The reader refuses what configs/study.schema.json refuses, see tests/page/schema.test.mjs, and both know the same metrics.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "search/base/error.hpp"
#include "search/io/inputs/study_file.hpp"
#include "search/io/text/files.hpp"

namespace perflaw {
namespace {

Json ReadJson(const std::string& path) { return ParseJson(ReadFile(path), path); }

bool ReaderAccepts(const Json& study) {
  Inputs inputs;
  try {
    ParseStudy(study, "study.json", {}, inputs);
    return true;
  } catch (const InputError&) {
    return false;
  }
}

TEST(StudySchema, TheReaderRefusesWhatItRefuses) {
  const Json good = ReadJson("configs/studies/1024xh100-30d.json");
  ASSERT_TRUE(ReaderAccepts(good));
  const Json changes = ReadJson("tests/golden/bad_studies.json");
  EXPECT_GE(changes.size(), 13u);
  for (const Json& change : changes) {
    Json bad = good;
    bad[Json::json_pointer(change.at("at").get<std::string>())] = change.at("value");
    EXPECT_FALSE(ReaderAccepts(bad)) << change.dump();
  }
}

TEST(StudySchema, ListsTheMetrics) {
  const Json schema = ReadJson("configs/study.schema.json");
  const auto metrics =
      schema.at("definitions").at("metric").at("enum").get<std::vector<std::string>>();
  std::vector<std::string> known;
  for (const MetricInfo& info : kMetricTable) known.emplace_back(info.name);
  EXPECT_EQ(metrics, known);
}

}  // namespace
}  // namespace perflaw
