#include "engine/law.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <random>
#include <regex>
#include <string>
#include <vector>

#include "tests/golden.hpp"

namespace perflaw {
namespace {

// The paper's coefficients and the numbers that the law file derives from Table 1.
Law PaperLaw() {
  Law law;
  law.w = {13.95018, 0.23072, -0.48523, 5.39802};
  law.b = 9.19541;
  law.sigma = 5.32280259365124;
  return law;
}

TrainedModel Dense(double layers, double hidden, double ffn, double params, double tokens) {
  return {Form::kDense, layers, hidden, ffn, ffn, tokens, params, params};
}

TrainedModel FromTable(const golden::Row& row) {
  const bool moe = row.Text("kind") == "moe";
  TrainedModel m =
      Dense(row.Real("layers"), row.Real("hidden"), row.Real("ffn"),
            row.Real("total_params_billion") * 1e9, row.Real("tokens_trillion") * 1e12);
  if (!moe) return m;
  m.form = Form::kMoe;
  m.widest_ffn = row.Real("activated_ffn");
  m.active_params = row.Real("active_params_billion") * 1e9;
  return m;
}

std::vector<golden::Row> Table1() {
  return golden::ReadTable("configs/tables/performance-law-table1.csv");
}

bool ShapeIsGuessed(const golden::Row& row) {
  const std::string& guesses = row.Text("authors_guesses");
  return guesses.find("layers") != std::string::npos || guesses.find("ffn") != std::string::npos;
}

std::mt19937_64& Draws() {
  static std::mt19937_64 random(20240917);
  return random;
}

double LogUniform(double low, double high) {
  return std::exp(std::uniform_real_distribution<double>(std::log(low), std::log(high))(Draws()));
}

TrainedModel RandomModel(Form form) {
  TrainedModel m = Dense(LogUniform(4, 300), LogUniform(512, 32768), LogUniform(512, 65536),
                         LogUniform(2e8, 2e12), LogUniform(1e11, 3e13));
  if (form == Form::kDense) return m;
  m.form = form;
  m.widest_ffn = m.ffn * LogUniform(1, 8);
  m.active_params = m.total_params * LogUniform(0.02, 1);
  return m;
}

// The law in the paper's own terms: products and powers instead of sums of logarithms.
double PlainLaw(const TrainedModel& m, double gamma) {
  const double s = m.total_params / 1e9, a = m.active_params / 1e9, t = m.tokens / 1e12;
  const bool moe = m.form == Form::kMoe;
  const double g =
      moe ? std::cbrt(std::sqrt(a * s) / a) * (0.5 + std::sqrt(a / s)) / (1 + std::exp(-a / 4)) : 1;
  const double n = m.layers * g, h = m.hidden * g, cap = moe ? std::sqrt(a * s) : s;
  const double x = (10 / (moe ? m.widest_ffn : m.ffn) + 20 / h) * gamma * n;
  const double u = std::exp(-x * x);
  return 13.95018 * std::log(u * n) + 0.23072 * std::log(u * h) - 0.48523 * std::log(u * m.ffn) +
         5.39802 * std::log(u * std::min(t, cap)) + 9.19541;
}

TEST(LawGoldenTest, MoeCodeOfThePaper) {
  const TrainedModel m{Form::kMoe, 56, 6144, 16384, 16384, 10e12, 141e9, 39e9};
  EXPECT_NEAR(PredictScore(PaperLaw(), m, 1).mmlu, 77.50985935370231, 1e-9);
}

TEST(LawGoldenTest, ExpansionCodeOfThePaper) {
  const auto y =
      ExpansionScore(PaperLaw(), {32, 4096, 14336, 7e9, 3e12}, {80, 8192, 28672, 70e9, 1e12}, 1);
  ASSERT_TRUE(y);
  EXPECT_NEAR(*y, 67.00187378584985, 1e-9);
}

TEST(LawGoldenTest, Section31OfThePaper) {
  const TrainedModel m{Form::kMoe, 1300, 51200, 65536, 65536, 100e12, 125000e9, 22000e9};
  const auto score = [&m](double gamma) { return PredictScore(PaperLaw(), m, gamma); };
  EXPECT_NEAR(score(1).mmlu, 99.97457845780927, 1e-9);
  EXPECT_NEAR(score(1.9).mmlu, 94.77037028865819, 1e-9);
  EXPECT_NEAR(score(1.9).raw, 95.1914134593576, 1e-9);
  EXPECT_NEAR(score(2).mmlu, 90.98314866453366, 1e-9);
  EXPECT_NEAR(score(2).raw, 90.98633480674287, 1e-9);
  EXPECT_NEAR(score(3).mmlu, 37.075070029630915, 1e-9);
}

TEST(LawGoldenTest, EveryRowOfTable1) {
  const std::vector<golden::Row> rows = Table1();
  ASSERT_EQ(rows.size(), 55u);
  for (const golden::Row& row : rows) {
    EXPECT_NEAR(PredictScore(PaperLaw(), FromTable(row), 1).mmlu, row.Real("mmlu_predicted"),
                0.005001)
        << row.Text("model");
  }
}

// The widths that WidestFfn gives for these two configs are not the table's.
TEST(LawGoldenTest, WidestFfnByRuleMovesTable1Little) {
  int moved = 0;
  for (const golden::Row& row : Table1()) {
    const bool lite = row.Text("model") == "DeepSeek-V2-Lite";
    if (!lite && row.Text("model") != "Qwen2 57B-A14B") continue;
    TrainedModel m = FromTable(row);
    if (!lite) m.ffn = 2560;
    const double by_table = PredictScore(PaperLaw(), m, 1).raw;
    m.widest_ffn = lite ? (6 + 2) * 1408 : (8 + 8) * 2560;
    const double by_rule = PredictScore(PaperLaw(), m, 1).raw;
    EXPECT_NEAR(by_rule, by_table, 0.06) << row.Text("model");
    ++moved;
  }
  EXPECT_EQ(moved, 2);
}

struct LawFile {
  std::string text;

  double Number(const std::string& pattern) const {
    std::smatch match;
    if (!std::regex_search(text, match, std::regex(pattern))) {
      ADD_FAILURE() << "the law file has no " << pattern;
      return 0;
    }
    const std::string unit = match.size() > 2 ? match[2].str() : "";
    return std::stod(match[1]) * (unit == "T" ? 1e12 : unit == "B" ? 1e9 : 1);
  }
  double Limit(Feature feature, const std::string& side) const {
    return Number("\"" + std::string(FeatureName(feature)) + "\": \\{[^}]*\"" + side +
                  "\": \"?([0-9.]+)([TB]?)");
  }
};

LawFile ReadLawFile() {
  std::ifstream file("configs/laws/performance-law-2024.json");
  return {{std::istreambuf_iterator<char>(file), {}}};
}

TEST(LawFileTest, CoefficientsAreThePapers) {
  const LawFile file = ReadLawFile();
  std::string before = "\"w\": \\[";
  for (const double w : PaperLaw().w) {
    EXPECT_EQ(file.Number(before + "(-?[0-9.]+)"), w);
    before += "-?[0-9.]+, *";
  }
  EXPECT_EQ(file.Number("\"b\": (-?[0-9.]+)"), PaperLaw().b);
}

TEST(LawFileTest, SigmaIsTheErrorOnTheKnownShapes) {
  double squares = 0, own_squares = 0, absolute = 0, all_squares = 0, all_absolute = 0;
  int known = 0;
  for (const golden::Row& row : Table1()) {
    const double error = row.Real("mmlu_reported") - row.Real("mmlu_predicted");
    all_squares += error * error;
    all_absolute += std::abs(error);
    if (ShapeIsGuessed(row)) continue;
    ++known;
    squares += error * error;
    const double own = row.Real("mmlu_reported") - PredictScore(PaperLaw(), FromTable(row), 1).mmlu;
    own_squares += own * own;
    absolute += std::abs(error);
  }
  ASSERT_EQ(known, 51);
  const double sigma = std::sqrt(squares / known);
  EXPECT_NEAR(ReadLawFile().Number("\"sigma\": ([0-9.]+)"), sigma, 1e-12 * sigma);
  // The law's own digits instead of the printed ones change nothing that matters.
  EXPECT_NEAR(std::sqrt(own_squares / known), sigma, 1e-5);
  // What the law's users are told about its error.
  EXPECT_NEAR(absolute / known, 3.95, 0.005);
  EXPECT_NEAR(all_absolute / 55, 3.8, 0.05);
  EXPECT_NEAR(std::sqrt(all_squares / 55), 5.1, 0.05);
}

TEST(LawFileTest, DomainSpansTheKnownShapes) {
  const LawFile file = ReadLawFile();
  for (std::size_t i = 0; i < kFeatures; ++i) {
    const Feature feature{static_cast<int>(i)};
    double low = INFINITY, high = 0;
    for (const golden::Row& row : Table1()) {
      const TrainedModel m = FromTable(row);
      if (ShapeIsGuessed(row)) continue;
      if (feature == Feature::kActiveShare && m.form == Form::kDense) continue;
      low = std::min(low, FeatureValue(feature, m));
      high = std::max(high, FeatureValue(feature, m));
    }
    EXPECT_NEAR(file.Limit(feature, "min"), low, 1e-12 * low) << FeatureName(feature);
    EXPECT_NEAR(file.Limit(feature, "max"), high, 1e-12 * high) << FeatureName(feature);
  }
}

TEST(LawTest, EqualsThePlainFormula) {
  for (const Form form : {Form::kDense, Form::kMoe}) {
    for (int i = 0; i < 1000;) {
      const TrainedModel m = RandomModel(form);
      const double gamma = LogUniform(0.3, 2), plain = PlainLaw(m, gamma);
      if (!std::isfinite(plain)) continue;  // the plain u underflows where ln u does not
      ++i;
      EXPECT_NEAR(PredictScore(PaperLaw(), m, gamma).raw, plain, 1e-11 * (1 + std::abs(plain)));
    }
  }
}

TEST(LawTest, MoreTokensRaiseTheScoreUpToTheCapAndChangeNothingBeyond) {
  for (const Form form : {Form::kDense, Form::kMoe}) {
    for (int i = 0; i < 500; ++i) {
      TrainedModel m = RandomModel(form);
      const auto raw_at = [&m](double tokens) {
        m.tokens = tokens;
        return PredictScore(PaperLaw(), m, 1).raw;
      };
      // 10^12 tokens against 10^9 parameters: the cap is a thousand tokens a parameter.
      const double cap = 1000 * std::sqrt(m.active_params * m.total_params);
      EXPECT_LT(raw_at(cap * 0.2), raw_at(cap * 0.5));
      EXPECT_LT(raw_at(cap * 0.5), raw_at(cap * 0.999));
      EXPECT_NEAR(raw_at(cap) - raw_at(cap / 2), 5.39802 * std::log(2), 1e-9);
      EXPECT_EQ(raw_at(cap * 1.001), raw_at(cap * 50));
      EXPECT_NEAR(PredictScore(PaperLaw(), m, 1).effective_tokens, cap, 1e-9 * cap);
      m.tokens = cap / 3;
      EXPECT_EQ(PredictScore(PaperLaw(), m, 1).effective_tokens, cap / 3);
    }
  }
}

TEST(LawTest, LargerGammaNeverScoresHigher) {
  for (int i = 0; i < 1000; ++i) {
    const TrainedModel m = RandomModel(i % 2 ? Form::kMoe : Form::kDense);
    double before = INFINITY, u_before = INFINITY;
    for (const double gamma : {0.0, 0.1, 0.5, 1.0, 1.5, 3.0, 10.0}) {
      const Score score = PredictScore(PaperLaw(), m, gamma);
      EXPECT_LT(score.raw, before);
      EXPECT_LE(score.unstable_discount, u_before);
      before = score.raw;
      u_before = score.unstable_discount;
    }
    EXPECT_EQ(PredictScore(PaperLaw(), m, 0).unstable_discount, 1);
  }
}

TEST(LawTest, ExtremeInputsStayFinite) {
  for (const Form form : {Form::kDense, Form::kMoe}) {
    for (const double share : {1e-9, 1e-3, 1.0}) {
      for (const double size : {1.0, 1e9, 1e18}) {
        for (const double gamma : {0.0, 1.0, 1000.0}) {
          const TrainedModel m{form, 1e6, 1,    1,
                               1,    1,   size, form == Form::kMoe ? size * share : size};
          const Score score = PredictScore(PaperLaw(), m, gamma);
          for (const double value : {score.raw, score.mmlu, score.low90, score.high90,
                                     score.effective_tokens, score.expansion_factor}) {
            EXPECT_TRUE(std::isfinite(value)) << size << " " << share << " " << gamma;
          }
          EXPECT_GE(score.unstable_discount, 0);
          EXPECT_LE(score.unstable_discount, 1);
        }
      }
    }
  }
}

double ExpansionFactor(double total, double share) {
  const TrainedModel m{Form::kMoe, 32, 4096, 4096, 4096, 1e12, total, total * share};
  return PredictScore(PaperLaw(), m, 1).expansion_factor;
}

TEST(LawTest, MoeThatActivatesEverythingIsNotTheDenseForm) {
  for (const double billions : {0.5, 4.0, 20.0, 400.0}) {
    EXPECT_NEAR(ExpansionFactor(billions * 1e9, 1) * (1 + std::exp(-billions / 4)), 1.5, 1e-12);
  }
  EXPECT_EQ(PredictScore(PaperLaw(), Dense(32, 4096, 14336, 8e9, 1e12), 1).expansion_factor, 1);
}

TEST(LawTest, ExpansionIsLeastAtASixteenthAndGrowsWithoutBoundBelow) {
  const double least = ExpansionFactor(1e15, 1.0 / 16);
  EXPECT_NEAR(least, std::cbrt(4) * 0.75, 1e-12);
  for (double share = 1; share > 1e-12; share *= 0.9) {
    EXPECT_GE(ExpansionFactor(1e15, share), least - 1e-12);
  }
  EXPECT_NEAR(ExpansionFactor(1e24, 1e-12), 50, 1e-3);
}

TEST(BoundedTest, LeavesTheMiddleAloneAndFloorsAtChance) {
  for (const double raw : {25.0, 25.001, 60.0, 89.9, 90.0})
    EXPECT_EQ(Bounded(PaperLaw(), raw), raw);
  for (const double raw : {24.999, 0.0, -1e9, -1e300}) EXPECT_EQ(Bounded(PaperLaw(), raw), 25);
  EXPECT_DOUBLE_EQ(Bounded(PaperLaw(), 95), 90 + 10 * std::tanh(0.5));
  // No jump and no kink where the bend begins.
  EXPECT_NEAR(Bounded(PaperLaw(), 90 + 1e-6) - 90, 1e-6, 1e-12);
}

TEST(BoundedTest, IsMonotone) {
  for (double raw = -10; raw < 300; raw += 0.01)
    EXPECT_LE(Bounded(PaperLaw(), raw), Bounded(PaperLaw(), raw + 0.01));
  for (double raw = 25; raw < 180; raw += 0.01)
    EXPECT_LT(Bounded(PaperLaw(), raw), Bounded(PaperLaw(), raw + 0.01));
}

TEST(BoundedTest, StaysInItsRangeWhateverTheRawScore) {
  for (const double raw : {-1e300, 0.0, 90.5, 150.0, 250.0, 275.0, 300.0, 1e6, 1e300}) {
    EXPECT_GE(Bounded(PaperLaw(), raw), 25) << raw;
    EXPECT_LE(Bounded(PaperLaw(), raw), 100) << raw;
  }
  EXPECT_LT(Bounded(PaperLaw(), 200), 100);  // 100 itself only where tanh rounds to 1
}

TEST(BoundedTest, UnboundedIsItsInverseAboveChance) {
  // Past 130 a step of the bounded score is many steps of the raw one.
  for (double raw = 25.01; raw < 130; raw += 0.01) {
    EXPECT_NEAR(Unbounded(PaperLaw(), Bounded(PaperLaw(), raw)), raw, 1e-9) << raw;
  }
  for (double mmlu = 25.01; mmlu < 99.9999; mmlu += 0.01) {
    EXPECT_NEAR(Bounded(PaperLaw(), Unbounded(PaperLaw(), mmlu)), mmlu, 1e-11) << mmlu;
  }
}

Law UnderCeiling() {
  Law law = PaperLaw();
  law.ceiling = 93.5;
  law.score_noise = 0.75;
  law.recipe = {6, 2024.5, 2026};
  return law;
}

TEST(CeilingTest, RisesFromChanceToTheCeilingNowhereFasterThanTheRawScore) {
  const Law law = UnderCeiling();
  EXPECT_EQ(Bounded(law, -1e300), 25);
  EXPECT_EQ(Bounded(law, 1e300), 93.5);
  const double middle = 25 + 68.5 / std::exp(1);  // of slope 1, and the score is the raw one
  EXPECT_NEAR(Bounded(law, middle), middle, 1e-12);
  EXPECT_NEAR(Bounded(law, middle + 1e-5) - Bounded(law, middle - 1e-5), 2e-5, 1e-12);
  for (double raw = -40; raw < 250; raw += 0.1) {
    const double rise = Bounded(law, raw + 0.1) - Bounded(law, raw);
    EXPECT_GT(rise, 0) << raw;
    EXPECT_LE(rise, 0.1 + 1e-12) << raw;
  }
}

TEST(CeilingTest, UnboundedIsTheInverse) {
  const Law law = UnderCeiling();
  for (double mmlu = 25.01; mmlu < 93.49; mmlu += 0.01)
    EXPECT_NEAR(Bounded(law, Unbounded(law, mmlu)), mmlu, 1e-11) << mmlu;
  EXPECT_EQ(Unbounded(law, 25), -INFINITY);
  EXPECT_EQ(Unbounded(law, 93.5), INFINITY);
  // What tells nothing is read as the nearest that does.
  EXPECT_EQ(RawBehind(law, 24), RawBehind(law, 25.4));
  EXPECT_EQ(RawBehind(law, 99), RawBehind(law, 93));
  EXPECT_EQ(RawBehind(law, 60), Unbounded(law, 60));
  EXPECT_TRUE(std::isfinite(RawBehind(PaperLaw(), 100)));
}

TEST(CeilingTest, IntervalsAddTheScoresOwnNoise) {
  Law law = UnderCeiling();
  law.b = -200;
  const TrainedModel hopeless = Dense(6, 512, 2048, 7e7, 1e9);
  const Score at_chance = PredictScore(law, hopeless, 1);
  EXPECT_LT(at_chance.mmlu, 25.001);
  EXPECT_NEAR(at_chance.mmlu - at_chance.low90, 1.6449 * 0.75, 0.001);
  law.score_noise = 0;
  EXPECT_GE(PredictScore(law, hopeless, 1).low90, 25);
}

TEST(RecipeTest, MovesTheOffsetUntilTheTrendEnds) {
  const Law law = UnderCeiling();
  EXPECT_EQ(AtRecipeDate(law, 2026).b, law.b);
  EXPECT_EQ(AtRecipeDate(law, 2024.5).b, law.b);
  EXPECT_NEAR(AtRecipeDate(law, 2023.5).b, law.b - 6, 1e-12);
  EXPECT_NEAR(AtRecipeDate(AtRecipeDate(law, 2020), 2030).b, law.b, 1e-12);
  EXPECT_EQ(AtRecipeDate(PaperLaw(), 2020).b, PaperLaw().b);
}

TEST(TermsTest, OfSizeSparsityAndSaturationAreThoseOfTheFormula) {
  Law law = PaperLaw();
  law.w_active = 5;
  law.w_sparsity = 3;
  law.log_saturation = std::log(20);
  law.expands = false;
  const TrainedModel dense = Dense(32, 4096, 11008, 7e9, 200e12);
  TrainedModel moe = dense;
  moe.form = Form::kMoe;
  moe.total_params = 28e9;
  const auto raw = [&](const TrainedModel& m) { return PredictScore(law, m, 1).raw; };
  Law plain = PaperLaw();
  const double without = PredictScore(plain, dense, 1).raw;
  EXPECT_NEAR(raw(dense), without + 5 * std::log(7) + plain.w[3] * std::log(20), 1e-9);
  // Under today's law a MoE of the same shape differs by its experts alone: no g.
  EXPECT_NEAR(raw(moe) - raw(dense), 3 * std::log(4) + plain.w[3] * std::log(10.0 / 7), 1e-9);
  moe.total_params = dense.total_params;
  EXPECT_NEAR(raw(moe), raw(dense), 1e-12);
}

TEST(MmluProTest, FollowsTheFormulaOnlyAboveSeventy) {
  EXPECT_NEAR(MmluPro(82), 58.06, 1e-9);  // the paper's prose says 72.04,
  EXPECT_NEAR(MmluPro(88), 72.04, 1e-9);  // which belongs to 88
  for (int i = 0; i < 1000; ++i) {
    const Score score = PredictScore(PaperLaw(), RandomModel(Form::kDense), 1);
    ASSERT_EQ(score.mmlu_pro.has_value(), score.mmlu > 70) << score.mmlu;
    if (score.mmlu > 70) {
      EXPECT_EQ(*score.mmlu_pro, MmluPro(score.mmlu));
    }
  }
}

TEST(ScoreTest, IntervalHoldsNinetyPercentOfTheLawsError) {
  const Law law = PaperLaw();
  for (int i = 0; i < 1000; ++i) {
    const Score score = PredictScore(law, RandomModel(i % 2 ? Form::kMoe : Form::kDense), 1);
    EXPECT_EQ(score.mmlu, Bounded(PaperLaw(), score.raw));
    EXPECT_LE(score.low90, score.mmlu);
    EXPECT_GE(score.high90, score.mmlu);
    if (score.raw < 35 || score.raw > 80) continue;  // neither end is bounded
    // A normal error stays within 1.645 sigma nine times in ten: erf(1.645 / sqrt 2) = 0.9.
    EXPECT_NEAR(std::erf((score.high90 - score.mmlu) / law.sigma / std::sqrt(2)), 0.9, 1e-12);
    EXPECT_NEAR(score.high90 - score.mmlu, score.mmlu - score.low90, 1e-11);
  }
}

TEST(ExpansionTest, RefusesMixturesOutsideZeroToOne) {
  const GrowthStage small{32, 4096, 14336, 7e9, 3e12};
  GrowthStage large{80, 8192, 28672, 70e9, 0};
  // r -> S1/S2 - T1 S1/(2 S2) = -0.05 for T1 = 3 and no further tokens.
  EXPECT_FALSE(ExpansionScore(PaperLaw(), small, large, 1));
  large.tokens = 0.01e12;
  EXPECT_FALSE(ExpansionScore(PaperLaw(), small, large, 1));
  large.tokens = 1e12;
  EXPECT_TRUE(ExpansionScore(PaperLaw(), small, large, 1));
  // Shrinking: more than the whole way.
  EXPECT_FALSE(ExpansionScore(PaperLaw(), large, {32, 4096, 14336, 7e9, 1e12}, 1));
  // No tokens at all: nothing, not a NaN.
  EXPECT_FALSE(
      ExpansionScore(PaperLaw(), {32, 4096, 14336, 7e9, 0}, {80, 8192, 28672, 7e10, 0}, 1));
}

TEST(ExpansionTest, EqualsThePlainFormulaWithoutSaturation) {
  int inside = 0, outside = 0;
  for (int i = 0; i < 2000; ++i) {
    const double t1 = LogUniform(0.01, 20), t2 = LogUniform(0.01, 20);
    const double s1 = LogUniform(0.05, 50), s2 = LogUniform(1, 500), gamma = LogUniform(0.3, 2);
    const double r =
        (s1 * t1 + s2 * t2) / ((t1 + t2) * s2) - t1 * s1 / s2 / (1 + std::exp(t2 / 0.1));
    const auto y = ExpansionScore(PaperLaw(), {24, 2048, 8192, s1 * 1e9, t1 * 1e12},
                                  {60, 7168, 20480, s2 * 1e9, t2 * 1e12}, gamma);
    ASSERT_EQ(y.has_value(), r >= 0 && r <= 1) << r;
    (y ? inside : outside)++;
    if (!y) continue;
    // Parameters far above the tokens switch the cap off.
    const TrainedModel grown =
        Dense(24 + 36 * r, 2048 + 5120 * r, 8192 + 12288 * r, 1e30, (t1 + t2) * 1e12);
    EXPECT_NEAR(*y, PlainLaw(grown, gamma), 1e-9);
  }
  EXPECT_GT(inside, 500);
  EXPECT_GT(outside, 50);
}

}  // namespace
}  // namespace perflaw
