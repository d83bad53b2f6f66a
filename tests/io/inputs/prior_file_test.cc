#include "search/io/inputs/prior_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "search/base/error.hpp"
#include "search/io/text/files.hpp"

namespace perflaw {
namespace {

std::string RefusalOfPrior(const std::string& text) {
  const auto path = std::filesystem::temp_directory_path() / "prior_file_test.json";
  WriteFile(path.string(), text);
  Inputs inputs;
  try {
    LoadPrior(path.string(), inputs, "test", "prior");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(PriorFile, ReadsWhatItWrites) {
  Inputs inputs;
  const PriorFile read = LoadPrior(kDefaultPrior, inputs, "test", "prior");
  const std::string text = FormatPrior(read, "a test");
  EXPECT_EQ(RefusalOfPrior(text), "");
  const auto path = std::filesystem::temp_directory_path() / "prior_file_test.json";
  EXPECT_EQ(FormatPrior(LoadPrior(path.string(), inputs, "test", "prior"), "a test"), text);
}

TEST(PriorFile, NamesWhatIsWrong) {
  Inputs inputs;
  const std::string good = FormatPrior(LoadPrior(kDefaultPrior, inputs, "test", "prior"), "a test");
  EXPECT_NE(
      RefusalOfPrior(Replaced(good, "\"mean\": [", "\"mean\": [1, ")).find("list of 8 numbers"),
      std::string::npos);
  EXPECT_NE(
      RefusalOfPrior(Replaced(good, "\"covariance\": [\n      [", "\"covariance\": [\n      [9, "))
          .find("covariance"),
      std::string::npos);
  EXPECT_NE(RefusalOfPrior(Replaced(good, "moe_log_odds\"", "moe_odds\"")).find("moe_log_odds"),
            std::string::npos);
  EXPECT_NE(
      RefusalOfPrior(Replaced(good, "\"performance-law-2024\":", "\"performance-law-2024\":-"))
          .find("law_sigma"),
      std::string::npos);
}

TEST(EvidenceModels, RiseAndFallWithActivatedParameters) {
  Inputs inputs;
  const EvidenceModels models = LoadEvidenceModels(inputs);
  EXPECT_GT(models.price.power, 0);
  EXPECT_LT(models.speed.power, 0);
}

}  // namespace
}  // namespace perflaw
