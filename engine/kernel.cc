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

// A vector that the law's template takes for a number.
struct Real {
  Vec v;
  explicit HWY_INLINE Real(Vec vec) : v(vec) {}
  explicit HWY_INLINE Real(double x) : v(Constant(x)) {}
  friend HWY_INLINE Real operator+(Real a, Real b) { return Real(hn::Add(a.v, b.v)); }
  friend HWY_INLINE Real operator-(Real a, Real b) { return Real(hn::Sub(a.v, b.v)); }
  friend HWY_INLINE Real operator*(Real a, Real b) { return Real(hn::Mul(a.v, b.v)); }
  friend HWY_INLINE Real operator/(Real a, Real b) { return Real(hn::Div(a.v, b.v)); }
  friend HWY_INLINE Real operator-(Real a) { return Real(hn::Neg(a.v)); }
  friend HWY_INLINE Real min(Real a, Real b) { return Real(hn::Min(a.v, b.v)); }
};

// 2^(x log2 e): the fraction by a polynomial of degree 5 (relative error 1.5e-7), the rest into the exponent. Results are held
// within [2^-126, 2^127]. Highway's own Exp and Log, right to the last bits, take 2 to 3 times as long.
HWY_INLINE Real exp(Real x) {
  const Floats d;
  const Vec power = hn::Min(hn::Max(hn::Mul(x.v, Constant(1.4426950408889634)), Constant(-126)),
                            Constant(127));
  const Vec whole = hn::Round(power);
  const Vec f = hn::Sub(power, whole);
  Vec p = hn::MulAdd(f, Constant(0.0013410004), Constant(0.009676036));
  p = hn::MulAdd(p, f, Constant(0.055502973));
  p = hn::MulAdd(p, f, Constant(0.24022107));
  p = hn::MulAdd(p, f, Constant(0.69314724));
  p = hn::MulAdd(p, f, Constant(1.0000001));
  const auto shift = hn::ShiftLeft<23>(hn::ConvertTo(Ints(), whole));
  return Real(hn::BitCast(d, hn::Add(hn::BitCast(Ints(), p), shift)));
}

// x = 2^k (1 + t) with 1 + t in [sqrt(1/2), sqrt(2)]: k ln 2 + t + t^2 q(t), q of degree 6 (absolute error 1.7e-7). Range: positive
// normal numbers.
HWY_INLINE Real log(Real x) {
  const Floats d;
  const Ints di;
  const auto bits = hn::BitCast(di, x.v);
  const auto k = hn::ShiftRight<23>(hn::Sub(bits, hn::Set(di, 0x3F3504F3)));
  const Vec t = hn::Sub(hn::BitCast(d, hn::Sub(bits, hn::ShiftLeft<23>(k))), Constant(1));
  Vec q = hn::MulAdd(t, Constant(-0.10686375), Constant(0.16172121));
  q = hn::MulAdd(q, t, Constant(-0.17068794));
  q = hn::MulAdd(q, t, Constant(0.19907865));
  q = hn::MulAdd(q, t, Constant(-0.24984668));
  q = hn::MulAdd(q, t, Constant(0.33334583));
  q = hn::MulAdd(q, t, Constant(-0.50000077));
  const Vec log1p = hn::MulAdd(hn::Mul(t, t), q, t);
  return Real(hn::MulAdd(hn::ConvertTo(d, k), Constant(0.69314718055994531), log1p));
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

HWY_INLINE Real Log(const LawRow::Affine& affine, Vec ffn) {
  return log(Real(hn::MulAdd(ffn, Constant(affine.slope), Constant(affine.base))));
}

HWY_INLINE LawTerms<Real> EvaluateLanes(const Law& law, Form form, const RowConstants& row, Vec ffn,
                                        Vec log_ffn) {
  const Real total = Log(row.total, ffn);
  const Real active = form == Form::kMoe ? Log(row.active, ffn) : total;
  const Vec widest = hn::Max(hn::Add(log_ffn, Constant(row.log_widest_slope)),
                             Constant(row.log_least_widest));
  const Real tokens = min(Real(row.log_most_tokens), Real(row.log_flops) - active);
  return HWY_NAMESPACE::EvaluateLaw<Real>(
      law, form,
      {Real(row.log_layers), Real(row.log_hidden), Real(log_ffn), Real(widest),
       tokens, total, active, Real(row.gamma)});
}

struct Columns {
  const float* ffn;
  const float* log_ffn;
  float* raw;
  float* log_tokens;
};

HWY_INLINE void EvaluateAt(const Law& law, Form form, const RowConstants& row,
                           const Columns& columns, std::size_t i) {
  const Floats d;
  const auto terms = EvaluateLanes(law, form, row, hn::LoadU(d, columns.ffn + i),
                                   hn::LoadU(d, columns.log_ffn + i));
  hn::StoreU(terms.raw.v, d, columns.raw + i);
  hn::StoreU(terms.log_tokens.v, d, columns.log_tokens + i);
}

// The last vector overlaps the one before it. Fewer points than lanes go through a buffer.
HWY_INLINE void EvaluateColumns(const Law& law, Form form, const RowConstants& row,
                                const Columns& columns, std::size_t n) {
  const std::size_t lanes = hn::Lanes(Floats());
  if (n >= lanes) {
    for (std::size_t i = 0; i + lanes <= n; i += lanes) EvaluateAt(law, form, row, columns, i);
    if (n % lanes != 0) EvaluateAt(law, form, row, columns, n - lanes);
    return;
  }
  float ffn[hn::MaxLanes(Floats())], log_ffn[hn::MaxLanes(Floats())];
  float raw[hn::MaxLanes(Floats())], log_tokens[hn::MaxLanes(Floats())];
  std::fill_n(ffn, lanes, 1.0f);
  std::fill_n(log_ffn, lanes, 0.0f);
  std::copy_n(columns.ffn, n, ffn);
  std::copy_n(columns.log_ffn, n, log_ffn);
  EvaluateAt(law, form, row, {ffn, log_ffn, raw, log_tokens}, 0);
  std::copy_n(raw, n, columns.raw);
  std::copy_n(log_tokens, n, columns.log_tokens);
}

void EvaluateRow(const Law& law, const LawRow& row, const float* ffn, const float* log_ffn,
                 std::size_t n, float* raw, float* log_tokens) {
  const RowConstants constants = ConstantsOf(row);
  const Columns columns{ffn, log_ffn, raw, log_tokens};
  // Two loops, each with its form's branches resolved.
  if (row.form == Form::kMoe) {
    EvaluateColumns(law, Form::kMoe, constants, columns, n);
  } else {
    EvaluateColumns(law, Form::kDense, constants, columns, n);
  }
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

void EvaluateRow(const Law& law, const LawRow& row, std::span<const float> ffn,
                 std::span<const float> log_ffn, std::span<float> raw,
                 std::span<float> log_tokens) {
  HWY_DYNAMIC_DISPATCH(EvaluateRow)
  (law, row, ffn.data(), log_ffn.data(), ffn.size(), raw.data(), log_tokens.data());
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
