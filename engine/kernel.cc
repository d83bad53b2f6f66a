#include "engine/kernel.hpp"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernel.cc"
#include "hwy/foreach_target.h"  // includes this file once for each target
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace perflaw {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using Ints = hn::RebindToSigned<Floats>;
using Vec = hn::Vec<Floats>;

HWY_INLINE Vec Constant(double x) { return hn::Set(Floats(), static_cast<float>(x)); }

// Two vectors that the law's template takes for a number: side by side they hide each other's latency, twice the speed of one.
struct Real {
  Vec a, b;
  // What this is the logarithm of, where that is known; costs nothing, because the compiler sees where.
  Vec exp_a, exp_b;
  bool exp_known = false;
  HWY_INLINE Real(Vec x, Vec y) : a(x), b(y), exp_a(x), exp_b(y) {}
  explicit HWY_INLINE Real(double x) : Real(Constant(x), Constant(x)) {}
  friend HWY_INLINE Real operator+(Real x, Real y) {
    return {hn::Add(x.a, y.a), hn::Add(x.b, y.b)};
  }
  friend HWY_INLINE Real operator-(Real x, Real y) {
    return {hn::Sub(x.a, y.a), hn::Sub(x.b, y.b)};
  }
  friend HWY_INLINE Real operator*(Real x, Real y) {
    return {hn::Mul(x.a, y.a), hn::Mul(x.b, y.b)};
  }
  // The law divides by constants only, whose inverses are taken once for all points.
  friend HWY_INLINE Real operator/(Real x, Real y) {
    const Vec one = Constant(1);
    return x * Real(hn::Div(one, y.a), hn::Div(one, y.b));
  }
  friend HWY_INLINE Real operator-(Real x) { return {hn::Neg(x.a), hn::Neg(x.b)}; }
  friend HWY_INLINE Real min(Real x, Real y) { return {hn::Min(x.a, y.a), hn::Min(x.b, y.b)}; }
  friend HWY_INLINE Real max(Real x, Real y) { return {hn::Max(x.a, y.a), hn::Max(x.b, y.b)}; }
  // x y + z
  friend HWY_INLINE Real MulAdd(Real x, Real y, Real z) {
    return {hn::MulAdd(x.a, y.a, z.a), hn::MulAdd(x.b, y.b, z.b)};
  }
};

template <std::size_t kTerms>
HWY_INLINE Real Polynomial(Real x, const double (&highest_first)[kTerms]) {
  Real y(highest_first[0]);
  for (std::size_t i = 1; i < kTerms; ++i) y = MulAdd(y, x, Real(highest_first[i]));
  return y;
}

// Adds n to the exponent of x, n the integer in the last bits of `magic_plus_n`.
HWY_INLINE Vec Scale(Vec x, Vec magic_plus_n) {
  const Ints di;
  const auto shift = hn::ShiftLeft<23>(hn::BitCast(di, magic_plus_n));
  return hn::BitCast(Floats(), hn::Add(hn::BitCast(di, x), shift));
}

// 2^(n + f) = e^x: 2^f by a polynomial of degree 5 (relative error 1.5e-7), n into the exponent. Arguments are held within what
// normal numbers express. Highway's own Exp and Log, right to the last bits, take 2 to 3 times as long.
HWY_INLINE Real exp(Real x) {
  if (x.exp_known) return {x.exp_a, x.exp_b};
  const Real held = min(max(x, Real(-87.3)), Real(87.3));
  const Real magic(12582912.0);  // 1.5 2^23: what is added to it is rounded to an integer
  const Real log2e(1.4426950408889634);
  const Real magic_plus_n = MulAdd(held, log2e, magic);
  const Real f = MulAdd(held, log2e, magic - magic_plus_n);
  const Real p =
      Polynomial(f, {0.0013410004, 0.009676036, 0.055502973, 0.24022107, 0.69314724, 1.0000001});
  return {Scale(p.a, magic_plus_n.a), Scale(p.b, magic_plus_n.b)};
}

// x = 2^k m with m in [sqrt(1/2), sqrt(2)].
HWY_INLINE void Split(Vec x, Vec& k, Vec& m) {
  const Ints di;
  const auto bits = hn::BitCast(di, x);
  const auto exponent = hn::ShiftRight<23>(hn::Sub(bits, hn::Set(di, 0x3F3504F3)));
  m = hn::BitCast(Floats(), hn::Sub(bits, hn::ShiftLeft<23>(exponent)));
  k = hn::ConvertTo(Floats(), exponent);
}

// k ln 2 + t + t^2 q(t) with t = m - 1 and q of degree 6 (absolute error 1.7e-7). Range: positive normal numbers.
HWY_INLINE Real log(Real x) {
  Real k = x, m = x;
  Split(x.a, k.a, m.a);
  Split(x.b, k.b, m.b);
  const Real t = m - Real(1.0);
  const Real q = Polynomial(
      t, {-0.10686375, 0.16172121, -0.17068794, 0.19907865, -0.24984668, 0.33334583, -0.50000077});
  return MulAdd(k, Real(0.69314718055994531), MulAdd(t * t, q, t));
}
HWY_INLINE Real Square(Real x) { return x * x; }
HWY_INLINE Real LogPlusExp(double c, Real x) { return log(Real(c) + exp(x)); }

#include "engine/law_formula.inc"

// A row in the law's units and in logarithms; a limit that is not there becomes the largest number.
struct RowConstants {
  double log_layers, log_hidden, gamma;
  LawRow::Affine total, active, widest;
  double log_widest_slope, log_least_widest, log_most_tokens, log_flops;
};

double Log(double x) {
  if (x == 1) return 0;
  constexpr double kLargest = 1e30;
  return x > 0 ? std::min(std::log(x), kLargest) : -kLargest;
}

LawRow::Affine Scaled(const LawRow::Affine& affine) {
  return {affine.base / kParamsUnit, affine.slope / kParamsUnit};
}

RowConstants ConstantsOf(const LawRow& row) {
  return {Log(row.layers),
          Log(row.hidden),
          row.gamma,
          Scaled(row.total),
          Scaled(row.active),
          row.widest,
          Log(row.widest.slope),
          Log(row.least_widest),
          Log(row.most_tokens / kTokensUnit),
          Log(row.flops / (6 * kTokensUnit * kParamsUnit))};
}

HWY_INLINE Real Log(const LawRow::Affine& affine, Real ffn) {
  const Real x = MulAdd(ffn, Real(affine.slope), Real(affine.base));
  Real y = log(x);
  y.exp_a = x.a;
  y.exp_b = x.b;
  y.exp_known = true;
  return y;
}

HWY_INLINE LawTerms<Real> EvaluateLanes(const Law& law, Form form, const RowConstants& row,
                                        Real ffn, Real log_ffn) {
  const Real total = Log(row.total, ffn);
  const Real active = form == Form::kMoe ? Log(row.active, ffn) : total;
  const Real course =
      row.widest.base == 0 ? log_ffn + Real(row.log_widest_slope) : Log(row.widest, ffn);
  const Real widest = max(course, Real(row.log_least_widest));
  const Real tokens = min(Real(row.log_most_tokens), Real(row.log_flops) - active);
  return HWY_NAMESPACE::EvaluateLaw<Real>(law, form,
                                          {Real(row.log_layers), Real(row.log_hidden), log_ffn,
                                           widest, tokens, total, active, Real(row.gamma)});
}

struct Columns {
  const float* ffn;
  const float* log_ffn;
  float* raw;
  float* log_tokens;
};

constexpr std::size_t kMaxLanes = 2 * hn::MaxLanes(Floats());

HWY_INLINE Real Load(const float* from) {
  const Floats d;
  return {hn::LoadU(d, from), hn::LoadU(d, from + hn::Lanes(d))};
}
HWY_INLINE void Store(Real x, float* to) {
  const Floats d;
  hn::StoreU(x.a, d, to);
  hn::StoreU(x.b, d, to + hn::Lanes(d));
}

HWY_INLINE Real EvaluateAt(const Law& law, Form form, const RowConstants& row,
                           const Columns& columns, std::size_t i) {
  const auto terms =
      EvaluateLanes(law, form, row, Load(columns.ffn + i), Load(columns.log_ffn + i));
  Store(terms.raw, columns.raw + i);
  Store(terms.log_tokens, columns.log_tokens + i);
  return terms.raw;
}

HWY_INLINE float Largest(Real x) {
  return hn::GetLane(hn::MaxOfLanes(Floats(), hn::Max(x.a, x.b)));
}

// The last lanes overlap those before. Fewer points than lanes go through a buffer, repeated to fill it.
HWY_INLINE float EvaluateColumns(const Law& law, Form form, const RowConstants& row,
                                 const Columns& columns, std::size_t n) {
  const std::size_t lanes = 2 * hn::Lanes(Floats());
  if (n >= lanes) {
    Real best = EvaluateAt(law, form, row, columns, n - lanes);
    for (std::size_t i = 0; i + lanes < n; i += lanes)
      best = max(best, EvaluateAt(law, form, row, columns, i));
    return Largest(best);
  }
  float ffn[kMaxLanes], log_ffn[kMaxLanes], raw[kMaxLanes], log_tokens[kMaxLanes];
  for (std::size_t i = 0; i < lanes; ++i) {
    ffn[i] = columns.ffn[i % n];
    log_ffn[i] = columns.log_ffn[i % n];
  }
  const Real best = EvaluateAt(law, form, row, {ffn, log_ffn, raw, log_tokens}, 0);
  std::copy_n(raw, n, columns.raw);
  std::copy_n(log_tokens, n, columns.log_tokens);
  return Largest(best);
}

HWY_FLATTEN float EvaluateRow(const Law& law, const LawRow& row, const float* ffn,
                              const float* log_ffn, std::size_t n, float* raw, float* log_tokens) {
  if (n == 0) return -std::numeric_limits<float>::infinity();
  const RowConstants constants = ConstantsOf(row);
  // A copy that the outputs cannot alias, so that its coefficients stay in registers.
  Law own;
  own.w = law.w;
  own.b = law.b;
  own.w_active = law.w_active;
  own.w_sparsity = law.w_sparsity;
  own.log_saturation = law.log_saturation;
  own.expands = law.expands;
  const Columns columns{ffn, log_ffn, raw, log_tokens};
  // Two loops, each with its form's branches resolved.
  return row.form == Form::kMoe ? EvaluateColumns(own, Form::kMoe, constants, columns, n)
                                : EvaluateColumns(own, Form::kDense, constants, columns, n);
}

struct TokenColumns {
  const float* log_tokens;
  std::size_t n;
  const float* raw_saturated;
  const float* log_saturation;
  float* best;
};

template <bool kRises>
HWY_INLINE Vec Better(Vec x, Vec y) {
  return kRises ? hn::Max(x, y) : hn::Min(x, y);
}

// The score runs one way with ln T', so it is best where that is largest or smallest. Four architectures at once, from `first`, share
// each load and hide each other's latency.
template <bool kRises>
HWY_INLINE void BestOfFour(const TokenColumns& columns, float w4, std::size_t first) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  const float *raw = columns.raw_saturated + first, *saturation = columns.log_saturation + first;
  const Vec cap0 = hn::Set(d, saturation[0]), cap1 = hn::Set(d, saturation[1]);
  const Vec cap2 = hn::Set(d, saturation[2]), cap3 = hn::Set(d, saturation[3]);
  Vec tokens = hn::LoadU(d, columns.log_tokens + columns.n - lanes);
  Vec best0 = hn::Min(tokens, cap0), best1 = hn::Min(tokens, cap1);
  Vec best2 = hn::Min(tokens, cap2), best3 = hn::Min(tokens, cap3);
  for (std::size_t i = 0; i + lanes < columns.n; i += lanes) {
    tokens = hn::LoadU(d, columns.log_tokens + i);
    best0 = Better<kRises>(best0, hn::Min(tokens, cap0));
    best1 = Better<kRises>(best1, hn::Min(tokens, cap1));
    best2 = Better<kRises>(best2, hn::Min(tokens, cap2));
    best3 = Better<kRises>(best3, hn::Min(tokens, cap3));
  }
  const Vec best[] = {best0, best1, best2, best3};
  for (std::size_t k = 0; k < 4; ++k) {
    const float end = hn::GetLane(kRises ? hn::MaxOfLanes(d, best[k]) : hn::MinOfLanes(d, best[k]));
    columns.best[first + k] = raw[k] + w4 * (end - saturation[k]);
  }
}

template <bool kRises>
HWY_INLINE void BestOfAll(const TokenColumns& columns, float w4, std::size_t designs) {
  std::size_t i = 0;
  for (; i + 4 <= designs; i += 4) BestOfFour<kRises>(columns, w4, i);
  float raw[4] = {}, saturation[4] = {}, best[4];
  std::copy_n(columns.raw_saturated + i, designs - i, raw);
  std::copy_n(columns.log_saturation + i, designs - i, saturation);
  if (i < designs)
    BestOfFour<kRises>({columns.log_tokens, columns.n, raw, saturation, best}, w4, 0);
  std::copy_n(best, designs - i, columns.best + i);
}

HWY_FLATTEN void BestOverTokens(const float* log_tokens, std::size_t n, float w4,
                                const float* raw_saturated, const float* log_saturation,
                                std::size_t designs, float* best) {
  TokenColumns columns{log_tokens, n, raw_saturated, log_saturation, best};
  const std::size_t lanes = hn::Lanes(Floats());
  float few[hn::MaxLanes(Floats())];
  if (columns.n < lanes) {
    for (std::size_t i = 0; i < lanes; ++i) few[i] = columns.log_tokens[i % columns.n];
    columns.log_tokens = few;
    columns.n = lanes;
  }
  if (w4 < 0) {
    BestOfAll<false>(columns, w4, designs);
  } else {
    BestOfAll<true>(columns, w4, designs);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace perflaw
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace perflaw {
namespace {

HWY_EXPORT(EvaluateRow);
HWY_EXPORT(BestOverTokens);

}  // namespace

float EvaluateRow(const Law& law, const LawRow& row, std::span<const float> ffn,
                  std::span<const float> log_ffn, std::span<float> raw,
                  std::span<float> log_tokens) {
  return HWY_DYNAMIC_DISPATCH(EvaluateRow)(law, row, ffn.data(), log_ffn.data(), ffn.size(),
                                           raw.data(), log_tokens.data());
}

void BestOverTokens(std::span<const float> log_tokens, float w4,
                    std::span<const float> raw_saturated, std::span<const float> log_saturation,
                    std::span<float> best) {
  HWY_DYNAMIC_DISPATCH(BestOverTokens)
  (log_tokens.data(), log_tokens.size(), w4, raw_saturated.data(), log_saturation.data(),
   best.size(), best.data());
}

double KernelError(const Law& law, double raw) {
  double weights = std::abs(law.w_active) + std::abs(law.w_sparsity);
  for (const double w : law.w) weights += std::abs(w);
  return kKernelError * (std::abs(law.b) + 20 * weights + std::abs(raw));
}

bool KernelTakes(const Law& law, double gamma) {
  constexpr double kLargest = 1e6;
  const auto fits = [](double x) { return std::abs(x) <= kLargest; };
  return std::all_of(law.w.begin(), law.w.end(), fits) && fits(law.w_active) &&
         fits(law.w_sparsity) && fits(law.log_saturation) && fits(law.b) && fits(gamma);
}

}  // namespace perflaw
#endif
