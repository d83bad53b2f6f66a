#include "search/io/inputs/size_file.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "search/base/error.hpp"
#include "tests/golden.hpp"

namespace perflaw {
namespace {

// "847.29B" and "1.37T", two decimals.
std::string AsPrinted(double params) {
  return params < 1e12 ? fmt::format("{:.2f}B", params / 1e9)
                       : fmt::format("{:.2f}T", params / 1e12);
}

TEST(SizePresets, GiveThePublishedSizesOfClosedModels) {
  Inputs inputs;
  const SizePresets presets = LoadSizePresets(inputs);
  int rows = 0, same = 0;
  for (const golden::Row& row : golden::ReadTable("tests/golden/closed_sizes.csv")) {
    const PublishedSizeLine& line = presets.Line({row.Text("benchmark")});
    const SizePrediction p = PredictSize(line.law, {row.Real("score")});
    ++rows;
    same += AsPrinted(std::pow(10, p.log10_total)) == row.Text("published") ? 1 : 0;
  }
  EXPECT_EQ(rows, 39);
  EXPECT_GE(same, 38);
}

// Source: the factors that the published lines' residuals and Student's t give, to two digits, for a score that
// lies off the mean as scores do.
TEST(SizePresets, IntervalsAreAsWideAsTheResidualsSay) {
  Inputs inputs;
  const SizePresets presets = LoadSizePresets(inputs);
  const std::pair<const char*, double> factors[] = {
      {"omniscience_accuracy", 4.2}, {"mmlu_pro", 4.8}, {"intelligence_index", 17}, {"tau2", 28}};
  for (const auto& [benchmark, factor] : factors) {
    const SizeLaw& law = presets.Line({benchmark}).law;
    const double spread = 1 / std::sqrt(law.inverse[0][0] * static_cast<double>(law.models));
    const SizePrediction p = PredictSize(law, {law.means[0] + spread});
    EXPECT_NEAR(std::pow(10, p.high90 - p.log10_total) / factor, 1, 0.03) << benchmark;
  }
  EXPECT_EQ(presets.Correlation("tau2", "mmlu_pro"), presets.Correlation("mmlu_pro", "tau2"));
  EXPECT_THROW(presets.Line({"gdpval"}), InputError);
}

CsvTable Table(const std::string& body) {
  return ParseCsv("model,total_params_billion,active_params_billion,price_per_million,b\n" + body,
                  "t.csv");
}

TEST(SizedModels, AreReadWithTheirFeatures) {
  std::vector<std::string> notes;
  const auto models = ReadSizedModels(Table("a,10,2,1,0.5\nb,20,,10,0.6\nc,30,,1,\n"),
                                      {"b", kActiveRatio, kPrice}, notes);
  ASSERT_EQ(models.size(), 2u);
  EXPECT_EQ(models[0].total, 1e10);
  EXPECT_EQ(models[0].features, (std::vector<double>{0.5, 0.2, 0}));
  EXPECT_EQ(models[1].features, (std::vector<double>{0.6, 1, 1}));
  ASSERT_EQ(notes.size(), 1u);
}

TEST(SizedModels, GarbageIsRefusedByRowAndColumn) {
  std::vector<std::string> notes;
  const auto message = [&](const std::string& body, const std::string& feature) -> std::string {
    try {
      ReadSizedModels(Table(body), {feature}, notes);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(message("a,10,,1,high\n", "b").find("row 1, column b"), std::string::npos);
  EXPECT_NE(message("a,0,,1,1\n", "b").find("total_params_billion"), std::string::npos);
  EXPECT_NE(message("a,1,,1,1\na,2,,1,1\n", "b").find("twice"), std::string::npos);
  EXPECT_NE(message("a,1,,1,1\n", "c").find("column c"), std::string::npos);
}

}  // namespace
}  // namespace perflaw
