// Is a training run as healthy as the law expects? The law's gamma lowers a curve by a constant,
//   raw(T; gamma) = raw(T; 1) - W x1^2 (gamma^2 - 1),  W = w1 + w2 + w3 + w4,  u(gamma = 1) = exp(-x1^2),
// and so does the offset of a lab (its data, its recipe). One curve cannot tell them apart; an earlier
// healthy run of the same recipe or a break inside the curve can.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/law.hpp"

namespace perflaw {

// One evaluation: tokens > 0, MMLU in percent, in [0, 100].
struct CurvePoint {
  Tokens tokens = 0;
  double mmlu = 0;
};
// Checkpoints of one run with strictly increasing tokens.
using Curve = std::vector<CurvePoint>;
inline constexpr std::size_t kFewestPoints = 3;

enum class Verdict { kHealthy, kSuspect, kAbnormal };
std::string_view VerdictName(Verdict verdict);

struct HealthPoint {
  Tokens tokens = 0;
  double measured = 0;
  double expected = 0;       // Bounded(raw at gamma 1 + offset)
  double low = 0, high = 0;  // where 90 % of a healthy run's scores lie
};

struct Health {
  Verdict verdict = Verdict::kHealthy;
  std::vector<std::string> reasons;
  // Nothing where no checkpoint is informative: a score at chance says nothing about gamma.
  std::optional<double> gamma;
  // Meaningful where gamma is there: from the noise of the scores alone, and with the law's error.
  std::array<double, 2> gamma_90{}, gamma_90_with_law_error{};
  // Where the run leaves the course of its earlier part: the first checkpoint after a fall, or where a curve bends.
  std::optional<Tokens> onset_tokens;
  double offset = 0;       // of the references from the law at gamma 1, MMLU points; 0 without
  double noise_sigma = 0;  // of one score, MMLU points
  std::vector<HealthPoint> points;
};

// Compares a run of `model` (its tokens are not used) with the law at gamma 1 and with `references`, runs of
// the same shape and recipe known to be healthy.
//   shift = how far the run lies under the references (without: under the law) at the same tokens,
//   gamma = sqrt(max(0, 1 + shift / (W x1^2))).
// Informative are the scores after a curve has left chance; once a reference has left it, all of the run's.
// With references the run is abnormal when the shift is beyond noise at the 99 % level and above 2 MMLU plus
// twice their spread, suspect when only beyond noise. Without, a shift of more than 2 sigma of the law is
// suspect and never abnormal.
// A departure is found with at most 0.5 % false alarms (Bonferroni over its candidates, normal noise). Where references with
// eight informative scores or more cover the run's tokens it is one from their course, and abnormal when it ends more than
// 2 MMLU under it. Elsewhere a curve that only rises less or levels off, as healthy ones do, is suspect; it is
// abnormal when its scores themselves fall, beyond their noise and by more than 2 MMLU. Less is suspect.
// Gamma, noise and the band are of the checkpoints before a departure.
// Range: at least kFewestPoints points in every curve, positive sizes in `model`.
Health CheckHealth(const Law& law, const TrainedModel& model, const Curve& run,
                   const std::vector<Curve>& references);

}  // namespace perflaw
