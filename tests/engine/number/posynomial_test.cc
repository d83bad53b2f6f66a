#include "engine/number/posynomial.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "engine/count_blocks.hpp"
#include "engine/stack_template.hpp"

namespace perflaw {
namespace {

class SumMaker {
 public:
  explicit SumMaker(std::uint64_t seed) : random_(seed) {}
  double Uniform(double lo, double hi) {
    return std::uniform_real_distribution<double>(lo, hi)(random_);
  }
  Count Pick(Count least, Count most) {
    return std::uniform_int_distribution<Count>(least, most)(random_);
  }
  bool Flip() { return Pick(0, 1) == 1; }

  Posynomial Sum() {
    Posynomial sum;
    for (Count n = Pick(1, 8); n-- > 0;) {
      Posynomial product(Pick(1, 1000));
      for (Count k = Pick(0, 4); k-- > 0;) {
        product =
            product * Posynomial::Variable(static_cast<std::size_t>(Pick(0, kBoxVariables - 1)),
                                           std::exp(Uniform(-5, 5)));
      }
      sum = sum + product;
    }
    return sum;
  }

  LogBox Box() {
    LogBox box;
    const double size = std::exp(Uniform(-8, 1.5));
    for (std::size_t i = 0; i < kBoxVariables; ++i) {
      const double low = std::exp(Uniform(-3, 9));
      box.Set(i, low, Pick(0, 3) == 0 ? low : low * std::exp(size * Uniform(0, 1)));
    }
    return box;
  }

 private:
  std::mt19937_64 random_;
};

long double ValueAt(const Posynomial& p, const std::array<double, kBoxVariables>& x) {
  long double sum = 0;
  for (const auto& monomial : p.monomials()) {
    long double value = monomial.coefficient;
    for (std::size_t i = 0; i < kBoxVariables; ++i)
      value *= std::pow(static_cast<long double>(x[i]), monomial.powers[i]);
    sum += value;
  }
  return sum;
}

TEST(Posynomial, LogHoldsEveryValue) {
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    SumMaker maker(seed);
    const Posynomial p = maker.Sum();
    const LogBox box = maker.Box();
    const Enclosure plain = LogOf(p, box);
    constexpr std::size_t kRemainder = kBoxVariables + 1;
    const Enclosure with = LogOf(p, box, kRemainder);
    ASSERT_EQ(plain.slope[kRemainder], 0);
    ASSERT_GE(with.slope[kRemainder], 0);
    for (int n = 0; n < 20; ++n) {
      std::array<double, kBoxVariables> x{};
      long double plane = 0, plane_with = 0;
      for (std::size_t i = 0; i < kBoxVariables; ++i) {
        const Count end = maker.Pick(0, 3);
        x[i] = end == 0   ? box.lo[i]
               : end == 1 ? box.hi[i]
                          : std::clamp(maker.Uniform(box.lo[i], box.hi[i]), box.lo[i], box.hi[i]);
        if (box.log_radius[i] == 0) continue;
        const long double e = (std::log(static_cast<long double>(x[i])) -
                               static_cast<long double>(box.log_middle[i])) /
                              static_cast<long double>(box.log_radius[i]);
        plane += static_cast<long double>(plain.slope[i]) * e;
        plane_with += static_cast<long double>(with.slope[i]) * e;
      }
      const long double value = std::log(ValueAt(p, x));
      for (const Enclosure& y : {plain, with}) {
        ASSERT_GE(value, y.range.lo) << "seed " << seed;
        ASSERT_LE(value, y.range.hi) << "seed " << seed;
        ASSERT_GE(value, y.Both().lo) << "seed " << seed;
        ASSERT_LE(value, y.Both().hi) << "seed " << seed;
      }
      const long double off = value - (static_cast<long double>(plain.mid) + plane);
      ASSERT_GE(off, -plain.below) << "seed " << seed;
      ASSERT_LE(off, plain.above) << "seed " << seed;
      // Some place of the remainder's coordinate gives the value.
      const long double rest = value - (static_cast<long double>(with.mid) + plane_with);
      const long double reach = with.slope[kRemainder];
      ASSERT_GE(rest, -reach - static_cast<long double>(with.below)) << "seed " << seed;
      ASSERT_LE(rest, reach + static_cast<long double>(with.above)) << "seed " << seed;
    }
  }
}

TEST(Posynomial, RemainderIsQuadraticAndNoneForAMonomial) {
  const Posynomial x = Posynomial::Variable(0), y = Posynomial::Variable(1, 3);
  const auto remainder = [](const Posynomial& p, double ratio) {
    LogBox box;
    box.Set(0, 4 / ratio, 4 * ratio);
    box.Set(1, 2 / ratio, 2 * ratio);
    const Enclosure log = LogOf(p, box);
    return log.below + log.above;
  };
  const Posynomial sum = x * x + y + Posynomial(Count{5});
  EXPECT_GT(remainder(sum, 1.02), 1e-5);
  EXPECT_NEAR(remainder(sum, 1.02) / remainder(sum, std::sqrt(1.02)), 4, 0.4);
  EXPECT_LT(remainder(x * x * y, 8), 1e-12);
}

TEST(Posynomial, LikeTermsMeetAndZeroVanishes) {
  const Posynomial x = Posynomial::Variable(0), y = Posynomial::Variable(1);
  const Posynomial square = (x + y) * (x + y) + Posynomial(Count{0});
  EXPECT_EQ(square.monomials().size(), 3U);
  EXPECT_EQ(ValueAt(square, {3, 4, 1, 1, 1, 1}), 49);
  EXPECT_TRUE((square * Posynomial(Count{0})).monomials().empty());
}

StackTemplate RandomTemplate(SumMaker& maker) {
  StackTemplate a;
  a.layers = maker.Pick(4, 60);
  a.head_dim = 1LL << maker.Pick(5, 7);
  a.kv_heads = 1LL << maker.Pick(0, 3);
  a.heads = a.kv_heads * maker.Pick(1, 8);
  a.hidden = maker.Flip() ? a.heads * a.head_dim : 64 * maker.Pick(4, 80);
  a.vocab = maker.Pick(1000, 200'000);
  a.ffn = maker.Pick(1, 20'000);
  a.gated_ffn = maker.Flip();
  a.tied_embeddings = maker.Flip();
  a.qk_norm = QkNorm{static_cast<int>(maker.Pick(0, 2))};
  a.norms_per_layer = maker.Pick(0, 4);
  a.norm_weights = maker.Flip();
  a.embedding_norm = maker.Flip();
  a.learned_positions = maker.Flip() ? maker.Pick(1, 4096) : 0;
  a.lm_head_bias = maker.Flip();
  a.sinks = maker.Flip();
  a.biases = {maker.Flip(), maker.Flip(), maker.Flip(), maker.Flip()};
  if (maker.Pick(0, 2) == 0) {
    a.mla = LatentSizes{maker.Flip() ? maker.Pick(64, 1536) : 0, maker.Pick(64, 512),
                        maker.Pick(16, 128), maker.Pick(16, 64), maker.Pick(16, 128)};
    a.qk_norm = QkNorm::kNone;
    a.biases.qkv = false;
    a.kv_heads = a.heads;
  }
  if (maker.Flip()) {
    Moe moe;
    moe.experts = maker.Pick(2, 256);
    moe.active = maker.Pick(1, std::min<Count>(moe.experts, 12));
    moe.shared = maker.Pick(0, 3);
    moe.ffn = maker.Pick(1, 8000);
    moe.dense_layers = maker.Pick(0, 3);
    if (moe.dense_layers == 0) a.ffn = 0;
    moe.shared_gate = maker.Flip() && moe.shared > 0;
    moe.router_bias = maker.Flip();
    a.moe = moe;
  }
  return a;
}

// Layers, hidden, ffn, experts and active experts as variables; dense layers beside a mixture stand.
ArchitectureOf<Posynomial> Symbolic(const StackTemplate& a, bool heads_follow) {
  const Posynomial layers = Posynomial::Variable(0), ffn = Posynomial::Variable(2);
  TemplateSizes<Posynomial> z;
  z.dense_layers = a.moe ? Posynomial(a.moe->dense_layers) : layers;
  z.moe_layers = layers;
  z.hidden = Posynomial::Variable(1);
  z.heads = heads_follow ? Posynomial::Variable(1, 1.0 / static_cast<double>(a.head_dim))
                         : Posynomial(a.heads);
  z.ffn = a.moe ? Posynomial(a.ffn) : ffn;
  z.experts = Posynomial::Variable(3);
  z.active = Posynomial::Variable(4);
  z.shared = Posynomial(a.moe ? a.moe->shared : 0);
  z.expert_ffn = z.shared_ffn = ffn;
  ArchitectureOf<Posynomial> stack;
  MakeStack(a, a.moe ? &*a.moe : nullptr, z, stack);
  return stack;
}

TEST(Posynomial, CountsAreExactAtWholeSizes) {
  int mixtures = 0, latent = 0, followed = 0;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    SumMaker maker(seed);
    const StackTemplate a = RandomTemplate(maker);
    const auto violation = Validate(a);
    ASSERT_FALSE(violation) << violation->field << " " << violation->value << " "
                            << violation->rule;
    const bool heads_follow = a.heads * a.head_dim == a.hidden;
    std::array<double, kBoxVariables> sizes = {
        static_cast<double>(a.moe ? a.layers - a.moe->dense_layers : a.layers),
        static_cast<double>(a.hidden),
        static_cast<double>(a.moe ? a.moe->ffn : a.ffn),
        1,
        1,
        1};
    if (a.moe) {
      sizes[3] = static_cast<double>(a.moe->experts);
      sizes[4] = static_cast<double>(a.moe->active);
    }
    const ParamCounts counts = CountParams(ToStack(a));
    for (const bool active : {false, true}) {
      const Posynomial sum = CountBlocks<Posynomial>(Symbolic(a, heads_follow),
                                                     active ? Routed::kActive : Routed::kAll)
                                 .Sum();
      ASSERT_LE(sum.monomials().size(), 64U);
      double value = 0;
      for (const auto& monomial : sum.monomials()) {
        ASSERT_GT(monomial.coefficient, 0);
        value += monomial.At(sizes);
      }
      ASSERT_EQ(value, static_cast<double>(active ? counts.Active() : counts.Total()))
          << "seed " << seed;
    }
    mixtures += a.moe ? 1 : 0;
    latent += a.mla ? 1 : 0;
    followed += heads_follow ? 1 : 0;
  }
  EXPECT_GT(mixtures, 1000);
  EXPECT_GT(latent, 500);
  EXPECT_GT(followed, 1000);
}

}  // namespace
}  // namespace perflaw
