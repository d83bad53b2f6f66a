#include "engine/domain.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/law.hpp"
#include "tests/golden.hpp"

namespace perflaw {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Feature FeatureAt(std::size_t i) { return Feature{static_cast<int>(i)}; }

// A MoE whose ten features are all different numbers, so that no mix-up goes unseen.
TrainedModel TrainedMixture() { return {Form::kMoe, 40, 5120, 1536, 12288, 8e12, 200e9, 20e9}; }

TrainedModel TrainedDense() { return {Form::kDense, 32, 4096, 14336, 14336, 2e12, 8e9, 8e9}; }

// Every feature anywhere.
Domain Unlimited() {
  Domain domain;
  domain.box.fill({1e-300, kInfinity});
  return domain;
}

Domain::Range& Limits(Domain& domain, Feature feature) {
  return domain.box[static_cast<std::size_t>(feature)];
}

TEST(FeatureTest, ValuesAreWhatTheirNamesSay) {
  const std::vector<std::pair<Feature, double>> expected = {
      {Feature::kLayers, 40},
      {Feature::kHidden, 5120},
      {Feature::kActivatedFfn, 12288},
      {Feature::kTokens, 8e12},
      {Feature::kTotalParams, 200e9},
      {Feature::kActiveParams, 20e9},
      {Feature::kActiveShare, 0.1},
      {Feature::kAspectRatio, 128},
      {Feature::kActivatedFfnRatio, 2.4},
      {Feature::kTokensPerParam, 40},
  };
  ASSERT_EQ(expected.size(), kFeatures);
  for (const auto& [feature, value] : expected) {
    EXPECT_DOUBLE_EQ(FeatureValue(feature, TrainedMixture()), value) << FeatureName(feature);
  }
}

TEST(FeatureTest, NamesAreDistinct) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kFeatures; ++i) names.insert(FeatureName(FeatureAt(i)));
  EXPECT_EQ(names.size(), kFeatures);
  EXPECT_EQ(names.count(""), 0u);
}

TEST(DomainTest, DistanceIsZeroInsideAndOnTheLimits) {
  for (const TrainedModel& m : {TrainedMixture(), TrainedDense()}) {
    Domain exact;
    for (std::size_t i = 0; i < kFeatures; ++i) {
      const double value = FeatureValue(FeatureAt(i), m);
      exact.box[i] = {value, value};
    }
    EXPECT_EQ(exact.Distance(m), 0);
    EXPECT_TRUE(DomainWarnings(exact, m, 1, m.tokens).empty());
    EXPECT_EQ(Unlimited().Distance(m), 0);
  }
}

TEST(DomainTest, OneFeatureOutsideGivesTheLogarithmOfItsFactor) {
  for (std::size_t i = 0; i < kFeatures; ++i) {
    const double value = FeatureValue(FeatureAt(i), TrainedMixture());
    for (const double factor : {1.0001, 2.0, 10.0, 1e6}) {
      Domain low = Unlimited(), high = Unlimited();
      low.box[i].max = value / factor;
      high.box[i].min = value * factor;
      EXPECT_NEAR(low.Distance(TrainedMixture()), std::log(factor), 1e-14)
          << FeatureName(FeatureAt(i));
      EXPECT_NEAR(high.Distance(TrainedMixture()), std::log(factor), 1e-14)
          << FeatureName(FeatureAt(i));
    }
  }
}

TEST(DomainTest, DistanceIsTheWorstExcessAndZeroExactlyWithoutWarnings) {
  std::mt19937_64 random(4);
  std::uniform_real_distribution<double> spread(-1, 1.5);
  int inside = 0;
  for (int n = 0; n < 5000; ++n) {
    const TrainedModel m = n % 2 ? TrainedMixture() : TrainedDense();
    Domain domain = Unlimited();
    double worst = 0;
    std::size_t broken = 0;
    for (std::size_t i = 0; i < kFeatures; ++i) {
      if (random() % 5 != 0) continue;
      const double value = FeatureValue(FeatureAt(i), m), room = spread(random);
      (n % 3 ? domain.box[i].max : domain.box[i].min) = value * std::exp(n % 3 ? room : -room);
      if (room >= 0 || (FeatureAt(i) == Feature::kActiveShare && m.form == Form::kDense)) continue;
      worst = std::max(worst, -room);
      ++broken;
    }
    EXPECT_NEAR(domain.Distance(m), worst, 1e-14);
    // One more where there is any: what that means for the interval.
    EXPECT_EQ(DomainWarnings(domain, m, 1, m.tokens).size(), broken + (broken > 0 ? 1 : 0));
    EXPECT_EQ(domain.Distance(m) == 0, broken == 0);
    inside += broken == 0;
  }
  EXPECT_GT(inside, 500);
  EXPECT_LT(inside, 4500);
}

TEST(DomainTest, ActiveShareOfADenseModelDoesNotCount) {
  Domain domain = Unlimited();
  Limits(domain, Feature::kActiveShare) = {0.09, 0.28};
  EXPECT_EQ(domain.Distance(TrainedDense()), 0);
  EXPECT_TRUE(DomainWarnings(domain, TrainedDense(), 1, TrainedDense().tokens).empty());
  TrainedModel m = TrainedMixture();
  m.active_params = 0.56 * m.total_params;
  EXPECT_NEAR(domain.Distance(m), std::log(2), 1e-14);
}

TEST(DomainTest, DistanceGrowsAsAModelLeaves) {
  Domain domain = Unlimited();
  Limits(domain, Feature::kLayers) = {18, 126};
  double before = 0;
  for (double layers = 127; layers < 1e6; layers *= 1.5) {
    TrainedModel m = TrainedDense();
    m.layers = layers;
    EXPECT_GT(domain.Distance(m), before);
    before = domain.Distance(m);
  }
}

TEST(DomainWarningsTest, NameTheFeatureItsValueAndTheLimit) {
  for (std::size_t i = 0; i < kFeatures; ++i) {
    const std::string name(FeatureName(FeatureAt(i)));
    const double value = FeatureValue(FeatureAt(i), TrainedMixture());
    Domain low = Unlimited(), high = Unlimited();
    low.box[i].max = value / 4;
    high.box[i].min = value * 4;
    const auto above = DomainWarnings(low, TrainedMixture(), 1, TrainedMixture().tokens);
    const auto below = DomainWarnings(high, TrainedMixture(), 1, TrainedMixture().tokens);
    ASSERT_EQ(above.size(), 2u) << name;  // the second says what that means for the interval
    ASSERT_EQ(below.size(), 2u) << name;
    EXPECT_NE(above[1].find("interval"), std::string::npos) << above[1];
    EXPECT_TRUE(above[0].starts_with(name + " ")) << above[0];
    EXPECT_TRUE(below[0].starts_with(name + " ")) << below[0];
    EXPECT_NE(above[0].find("above"), std::string::npos) << above[0];
    EXPECT_NE(below[0].find("below"), std::string::npos) << below[0];
    EXPECT_NE(above[0].find("factor of 4"), std::string::npos) << above[0];
    EXPECT_NE(below[0].find("factor of 4"), std::string::npos) << below[0];
  }
}

TEST(LawWarningsTest, MoeThatActivatesEverything) {
  Law law;
  law.domain = Unlimited();
  const auto warnings_of = [&](const TrainedModel& m) {
    Score score;
    score.unstable_discount = 1;
    score.effective_tokens = m.tokens;
    return LawWarnings(law, m, score);
  };
  TrainedModel m = TrainedMixture();
  for (const double share : {0.1, 0.9}) {
    m.active_params = share * m.total_params;
    EXPECT_TRUE(warnings_of(m).empty()) << share;
  }
  m.active_params = m.total_params;
  ASSERT_EQ(warnings_of(m).size(), 1u);
  EXPECT_NE(warnings_of(m)[0].find("MoE"), std::string::npos);
  EXPECT_TRUE(warnings_of(TrainedDense()).empty());
  law.expands = false;
  EXPECT_TRUE(warnings_of(m).empty());
}

TEST(DomainWarningsTest, TokensPastSaturation) {
  TrainedModel m = TrainedDense();  // saturates at 8T
  m.tokens = 8e12;
  EXPECT_TRUE(DomainWarnings(Unlimited(), m, 1, 8e12).empty());
  m.tokens = 15e12;
  const auto warnings = DomainWarnings(Unlimited(), m, 1, 8e12);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("tokens"), std::string::npos) << warnings[0];
  EXPECT_NE(warnings[0].find("8e+12"), std::string::npos) << warnings[0];
}

TEST(DomainWarningsTest, StrongInstability) {
  Domain domain = Unlimited();
  domain.least_discount = 0.7;
  EXPECT_TRUE(DomainWarnings(domain, TrainedDense(), 0.7, TrainedDense().tokens).empty());
  for (const double discount : {0.69, 0.1, 0.0}) {
    const auto warnings = DomainWarnings(domain, TrainedDense(), discount, TrainedDense().tokens);
    ASSERT_EQ(warnings.size(), 1u) << discount;
    EXPECT_NE(warnings[0].find("discount"), std::string::npos) << warnings[0];
  }
}

// The threshold of strong instability in the law's file is the worst model that it was checked on.
TEST(DomainWarningsTest, LeastDiscountIsThatOfTable1) {
  double least = 1;
  for (const golden::Row& row : golden::ReadTable("configs/tables/performance-law-table1.csv")) {
    const bool moe = row.Text("kind") == "moe";
    TrainedModel m{
        Form::kDense, row.Real("layers"), row.Real("hidden"), row.Real("ffn"), 0, 1e12, 1e9, 1e9};
    m.widest_ffn = row.Real(moe ? "activated_ffn" : "ffn");
    if (moe) {
      m.form = Form::kMoe;
      m.total_params = row.Real("total_params_billion") * 1e9;
      m.active_params = row.Real("active_params_billion") * 1e9;
    }
    const double discount = PredictScore(Law{}, m, 1).unstable_discount;
    least = std::min(least, discount);
  }
  std::ifstream file("configs/laws/performance-law-2024.json");
  const std::string law((std::istreambuf_iterator<char>(file)), {});
  const std::string key = "\"least_discount\": ";
  ASSERT_NE(law.find(key), std::string::npos);
  EXPECT_NEAR(std::stod(law.substr(law.find(key) + key.size())), least, 1e-12);
}

}  // namespace
}  // namespace perflaw
