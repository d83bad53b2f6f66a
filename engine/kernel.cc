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
  HWY_INLINE Real(Vec x, Vec y) : a(x), b(y) {}
  explicit HWY_INLINE Real(Vec x) : a(x), b(x) {}
  explicit HWY_INLINE Real(double x) : Real(Constant(x)) {}
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

#include "engine/law_formula.inc"

constexpr double kTokensUnit = 1e12, kParamsUnit = 1e9;

// A row in the law's units and in logarithms; a limit that is not there becomes the largest number.
struct RowConstants {
  double log_layers, log_hidden, gamma;
  LawRow::Affine total, active;
  double log_widest_slope, log_least_widest, log_most_tokens, log_flops;
};

double Log(double x) {
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
          Log(row.widest_slope),
          Log(row.least_widest),
          Log(row.most_tokens / kTokensUnit),
          Log(row.flops / (6 * kTokensUnit * kParamsUnit))};
}

HWY_INLINE Real Log(const LawRow::Affine& affine, Real ffn) {
  return log(MulAdd(ffn, Real(affine.slope), Real(affine.base)));
}

HWY_INLINE LawTerms<Real> EvaluateLanes(const Law& law, Form form, const RowConstants& row,
                                        Real ffn, Real log_ffn) {
  const Real total = Log(row.total, ffn);
  const Real active = form == Form::kMoe ? Log(row.active, ffn) : total;
  const Real widest = max(log_ffn + Real(row.log_widest_slope), Real(row.log_least_widest));
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
  const Columns columns{ffn, log_ffn, raw, log_tokens};
  // Two loops, each with its form's branches resolved.
  return row.form == Form::kMoe ? EvaluateColumns(own, Form::kMoe, constants, columns, n)
                                : EvaluateColumns(own, Form::kDense, constants, columns, n);
}

struct TokenScore {
  Vec w4, at_cap, cap;
  HWY_INLINE Vec operator()(const float* log_tokens) const {
    return hn::MulAdd(w4, hn::Min(hn::LoadU(Floats(), log_tokens), cap), at_cap);
  }
};

// Four maxima side by side hide the latency of each.
float BestOverTokens(const float* log_tokens, std::size_t n, float w4, float raw_saturated,
                     float log_saturation) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  const Vec lowest = hn::Set(d, -std::numeric_limits<float>::infinity());
  const TokenScore score{hn::Set(d, w4), hn::Set(d, raw_saturated - w4 * log_saturation),
                         hn::Set(d, log_saturation)};
  float tail[hn::MaxLanes(Floats())];
  if (n < lanes) {
    if (n == 0) return -std::numeric_limits<float>::infinity();
    std::fill_n(std::copy_n(log_tokens, n, tail), lanes - n, log_tokens[0]);
    return hn::GetLane(hn::MaxOfLanes(d, score(tail)));
  }
  Vec a = lowest, b = lowest, c = lowest, e = lowest;
  std::size_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    a = hn::Max(a, score(log_tokens + i));
    b = hn::Max(b, score(log_tokens + i + lanes));
    c = hn::Max(c, score(log_tokens + i + 2 * lanes));
    e = hn::Max(e, score(log_tokens + i + 3 * lanes));
  }
  for (; i + lanes <= n; i += lanes) a = hn::Max(a, score(log_tokens + i));
  b = hn::Max(b, score(log_tokens + n - lanes));
  return hn::GetLane(hn::MaxOfLanes(d, hn::Max(hn::Max(a, b), hn::Max(c, e))));
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

float BestOverTokens(std::span<const float> log_tokens, float w4, float raw_saturated,
                     float log_saturation) {
  return HWY_DYNAMIC_DISPATCH(BestOverTokens)(log_tokens.data(), log_tokens.size(), w4,
                                              raw_saturated, log_saturation);
}

double KernelError(const Law& law, double raw) {
  double weights = 0;
  for (const double w : law.w) weights += std::abs(w);
  return kKernelError * (std::abs(law.b) + 20 * weights + std::abs(raw));
}

bool KernelTakes(const Law& law, double gamma) {
  constexpr double kLargest = 1e6;
  const auto fits = [](double x) { return std::abs(x) <= kLargest; };
  return std::all_of(law.w.begin(), law.w.end(), fits) && fits(law.b) && fits(gamma);
}

}  // namespace perflaw
#endif
