// configs/study.schema.json and the reader agree: what the project ships passes both, what is wrong
// fails both.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "search/base/error.hpp"
#include "search/io/inputs/study_file.hpp"
#include "search/io/text/files.hpp"

namespace perflaw {
namespace {

nlohmann::json Parse(const std::string& text) {
  return nlohmann::json::parse(text, nullptr, true, true);
}

bool SchemaAccepts(const nlohmann::json& study) {
  const nlohmann::json document = Parse(ReadFile("configs/study.schema.json"));
  valijson::Schema schema;
  valijson::SchemaParser().populateSchema(valijson::adapters::NlohmannJsonAdapter(document),
                                          schema);
  return valijson::Validator().validate(schema, valijson::adapters::NlohmannJsonAdapter(study),
                                        nullptr);
}

bool ReaderAccepts(const nlohmann::json& study) {
  const std::string path = fmt::format("{}/schema-{}.json", testing::TempDir(), getpid());
  WriteFile(path, study.dump());
  Inputs inputs;
  try {
    LoadStudy(path, {}, inputs);
    return true;
  } catch (const InputError&) {
    return false;
  }
}

TEST(StudySchema, AcceptsEveryStudyOfTheProject) {
  int studies = 0;
  for (const auto& entry : std::filesystem::directory_iterator("configs/studies")) {
    EXPECT_TRUE(SchemaAccepts(Parse(ReadFile(entry.path().string())))) << entry.path();
    ++studies;
  }
  EXPECT_GE(studies, 6);
}

TEST(StudySchema, RefusesWhatTheReaderRefuses) {
  const nlohmann::json good = Parse(ReadFile("configs/studies/1024xh100-30d.json"));
  ASSERT_TRUE(ReaderAccepts(good));
  const struct {
    const char* pointer;
    nlohmann::json value;
  } cases[] = {{"/spaces", nlohmann::json::object()},
               {"/space/layers", nlohmann::json::array()},
               {"/space/layers/steps", 2},
               {"/space/tokens", "all"},
               {"/constraints/mmul", {{"min", 1}}},
               {"/constraints/mmlu", nlohmann::json::object()},
               {"/gamma", "high"},
               {"/objective", "best"},
               {"/training/zero", 4},
               {"/training/recompute", "some"},
               {"/inference/dtype", "bf15"},
               {"/domain", "outside"},
               {"/template/gated_ffn", "yes"}};
  for (const auto& c : cases) {
    nlohmann::json bad = good;
    bad[nlohmann::json::json_pointer(c.pointer)] = c.value;
    EXPECT_FALSE(SchemaAccepts(bad)) << c.pointer;
    EXPECT_FALSE(ReaderAccepts(bad)) << c.pointer;
  }
}

// Every key that the schema offers is one that the reader knows, and metrics are the same.
TEST(StudySchema, ListsTheMetrics) {
  const nlohmann::json document = Parse(ReadFile("configs/study.schema.json"));
  const auto metrics =
      document.at("definitions").at("metric").at("enum").get<std::vector<std::string>>();
  std::vector<std::string> known;
  for (const MetricInfo& info : kMetricTable) known.emplace_back(info.name);
  EXPECT_EQ(metrics, known);
}

}  // namespace
}  // namespace perflaw
