#include "engine/kernel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "tests/simd_targets.hpp"
#include "tests/studies.hpp"

namespace perflaw {
namespace {

using Random = std::mt19937_64;

double Uniform(Random& random, double least, double most) {
  return std::uniform_real_distribution<double>(least, most)(random);
}
double LogUniform(Random& random, double least, double most) {
  return std::exp(Uniform(random, std::log(least), std::log(most)));
}

constexpr float kPoison = -12345.5f;

// A row with its points; columns start `offset` floats into their buffers and poison surrounds them.
struct Case {
  LawRow row;
  std::vector<float> ffn, log_ffn, raw, log_tokens;
  std::size_t offset, n;

  Case(const LawRow& r, const std::vector<double>& widths, std::size_t off)
      : row(r), offset(off), n(widths.size()) {
    ffn.assign(off, 1);
    log_ffn.assign(off, 0);
    for (const double width : widths) {
      ffn.push_back(static_cast<float>(width));
      log_ffn.push_back(static_cast<float>(std::log(width)));
    }
    raw.assign(off + n + 40, kPoison);
    log_tokens = raw;
  }
  void Run(const Law& law) {
    const auto best = EvaluateRow(
        law, row, std::span(ffn).subspan(offset, n), std::span(log_ffn).subspan(offset, n),
        std::span(raw).subspan(offset, n), std::span(log_tokens).subspan(offset, n));
    const auto own = std::span(raw).subspan(offset, n);
    EXPECT_EQ(best, n == 0 ? -INFINITY : *std::max_element(own.begin(), own.end()));
  }
};

TrainedModel ModelOf(const LawRow& row, double ffn) {
  TrainedModel m;
  m.form = row.form;
  m.layers = row.layers;
  m.hidden = row.hidden;
  m.ffn = ffn;
  m.widest_ffn = std::max(row.least_widest, row.widest.base + row.widest.slope * ffn);
  m.total_params = row.total.base + row.total.slope * ffn;
  m.active_params = row.active.base + row.active.slope * ffn;
  m.tokens = std::min(row.most_tokens, row.flops / (6 * m.active_params));
  return m;
}

void ExpectAsScalar(const Law& law, const Case& c) {
  for (std::size_t i = 0; i < c.raw.size(); ++i) {
    if (i < c.offset || i >= c.offset + c.n) {
      ASSERT_EQ(c.raw[i], kPoison) << i;
      ASSERT_EQ(c.log_tokens[i], kPoison) << i;
      continue;
    }
    const LawTerms<double> expected =
        EvaluateLaw(law, c.row.form, ToLawInput(ModelOf(c.row, double{c.ffn[i]}), c.row.gamma));
    ASSERT_NEAR(double{c.raw[i]}, expected.raw, KernelError(law, expected.raw)) << i;
    ASSERT_NEAR(double{c.log_tokens[i]}, expected.log_tokens, 2e-5) << i;
  }
}

LawRow RandomRow(Random& random) {
  LawRow row;
  row.layers = std::floor(LogUniform(random, 1, 1000));
  row.hidden = std::floor(LogUniform(random, 64, 1e5));
  row.gamma = Uniform(random, 0, 2);
  const double own = LogUniform(random, 1e6, 1e11), slope = 3 * row.layers * row.hidden;
  row.total = row.active = {own, slope};
  if (Uniform(random, 0, 1) < 0.6) {
    row.form = Form::kMoe;
    const double active = std::floor(LogUniform(random, 1, 33));
    row.active.slope *= active;
    row.total.slope *= active * LogUniform(random, 1, 512);
    row.widest.slope = active;
    if (Uniform(random, 0, 1) < 0.3) row.widest.base = std::floor(LogUniform(random, 64, 1e5));
    if (Uniform(random, 0, 1) < 0.3) row.least_widest = 10944;
  }
  if (Uniform(random, 0, 1) < 0.7) row.most_tokens = LogUniform(random, 1e9, 1e15);
  if (Uniform(random, 0, 1) < 0.7) row.flops = LogUniform(random, 1e18, 1e28);
  return row;
}

Law RandomLaw(Random& random) {
  Law law = PaperLaw();
  if (Uniform(random, 0, 1) < 0.5) return law;
  for (double& w : law.w) w = Uniform(random, -20, 20);
  law.b = Uniform(random, -50, 50);
  if (Uniform(random, 0, 1) < 0.5) return law;
  law.w_active = Uniform(random, -20, 20);
  law.w_sparsity = Uniform(random, -20, 20);
  law.log_saturation = Uniform(random, -3, 5);
  law.expands = Uniform(random, 0, 1) < 0.5;
  return law;
}

TEST(Kernel, IsTheScalarLawForAllLengthsAndAlignments) {
  ForEachSimdTarget([] {
    Random random(1);
    for (std::size_t n = 0; n <= 100; ++n) {
      for (std::size_t offset = 0; offset < 17; offset += 1 + n % 5) {
        const Law law = RandomLaw(random);
        std::vector<double> widths;
        for (std::size_t i = 0; i < n; ++i)
          widths.push_back(std::floor(LogUniform(random, 1, 1e6)));
        Case c(RandomRow(random), widths, offset);
        c.Run(law);
        ASSERT_NO_FATAL_FAILURE(ExpectAsScalar(law, c)) << n << ' ' << offset;
      }
    }
  });
}

TEST(Kernel, HoldsItsErrorAtTheEdgesOfItsRange) {
  ForEachSimdTarget([] {
    const double largest = 1 << 30;
    for (const Form form : {Form::kDense, Form::kMoe}) {
      for (const double layers : {1.0, 1e6}) {
        for (const double hidden : {1.0, largest}) {
          for (const double base : {1.0, 9e18}) {
            for (const double tokens : {1e-6, 1e30}) {
              LawRow row{form, layers, hidden, 1, {base, 0}, {base / 1e3 + 1, 0}};
              row.most_tokens = tokens;
              for (const double gamma : {0.0, 1.0}) {
                row.gamma = gamma;
                Case c(row, {1, 2, 3, 1024, 65536, largest}, 3);
                c.Run(PaperLaw());
                if (form == Form::kDense) c.row.active = c.row.total;
                ASSERT_NO_FATAL_FAILURE(ExpectAsScalar(PaperLaw(), c));
              }
            }
          }
        }
      }
    }
  });
}

TEST(Kernel, SaturatesWithoutALimitOfTokens) {
  LawRow row{Form::kDense, 32, 4096, 1, {7e9, 0}, {7e9, 0}};
  Case c(row, {11008}, 0);
  c.Run(PaperLaw());
  EXPECT_NEAR(double{c.log_tokens[0]}, std::log(7), 1e-6);
}

TEST(Kernel, BestOverTokensIsTheBestOfEach) {
  ForEachSimdTarget([] {
    Random random(2);
    for (std::size_t n = 1; n <= 150; ++n) {
      const std::size_t designs = n % 11;
      const double w4 = Uniform(random, -20, 20);
      std::vector<float> log_tokens(n + 3), raw, cap, best(designs + 5, kPoison);
      for (float& x : log_tokens) x = static_cast<float>(Uniform(random, -20, 6));
      for (std::size_t i = 0; i < designs; ++i) {
        raw.push_back(static_cast<float>(Uniform(random, -100, 100)));
        cap.push_back(static_cast<float>(Uniform(random, -10, 5)));
      }
      BestOverTokens(std::span(log_tokens).subspan(3), static_cast<float>(w4), raw, cap,
                     std::span(best).subspan(1, designs));
      for (std::size_t k = 0; k < designs; ++k) {
        double expected = -INFINITY;
        for (std::size_t i = 3; i < n + 3; ++i) {
          const double log_cap = double{cap[k]};
          expected = std::max(
              expected, double{raw[k]} + w4 * (std::min(double{log_tokens[i]}, log_cap) - log_cap));
        }
        ASSERT_NEAR(double{best[k + 1]}, expected,
                    1e-6 * (std::abs(double{raw[k]}) + 64 * std::abs(w4)));
      }
      ASSERT_EQ(best.front(), kPoison);
      for (std::size_t k = designs + 1; k < best.size(); ++k) ASSERT_EQ(best[k], kPoison);
    }
  });
}

TEST(Kernel, RefusesWhatSinglePrecisionDoesNotHold) {
  Law law = PaperLaw();
  EXPECT_TRUE(KernelTakes(law, 1));
  EXPECT_FALSE(KernelTakes(law, 1e7));
  EXPECT_FALSE(KernelTakes(law, NAN));
  law.w[2] = 1e7;
  EXPECT_FALSE(KernelTakes(law, 1));
  law = PaperLaw();
  law.b = INFINITY;
  EXPECT_FALSE(KernelTakes(law, 1));
}

}  // namespace
}  // namespace perflaw
