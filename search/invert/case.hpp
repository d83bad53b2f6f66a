// What is known of a closed model, and the parts of what is told of it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/law.hpp"
#include "search/invert/structure_prior.hpp"
#include "search/learn/size_law.hpp"
#include "search/statistics/quantiles.hpp"

namespace perflaw {

struct Limits {
  double lo = 0, hi = 0;  // in the trait's unit; equal for what is known
};

// coefficients . traits = value + e, e normal.
struct SoftEvidence {
  std::string name;
  Traits coefficients{};
  double value = 0, sigma = 0;
  double scale = 1, power = 1;  // in its own unit it is scale x exp(power x value)
};

struct ScoreEvidence {
  std::string name;
  double mmlu = 0;
  double noise = 0;     // standard deviation, MMLU points: of the measurement alone
  double rounding = 0;  // half a unit of the last digit given
};

// Two measurements of one score, each with its noise; both above 0.
ScoreEvidence Joined(const ScoreEvidence& a, const ScoreEvidence& b);
// Whether their noises would set them as far apart less often than once in 200 times.
bool Contradict(const ScoreEvidence& a, const ScoreEvidence& b);

// A price or a speed by the activated parameters A: ln value = ln(at_70b) + power ln(A / 70e9) + e, e of this standard deviation.
struct PowerLaw {
  double at_70b = 0, power = 0, sigma = 0;
};
SoftEvidence MarketEvidence(const std::string& name, double value, const PowerLaw& law);

// Total parameters by benchmarks' scores.
SoftEvidence SizeEvidence(const SizePrediction& size);

// How many experts a layer has, or activates, by what they hold: of all parameters, or of the activated,
//   ln params = ln(3 experts) + ln layers + ln hidden + ln ffn + beside + e,
// three matrices an expert; `beside` is what attention, embeddings and shared experts add.
enum class Experts { kAll, kActive };
SoftEvidence ExpertsEvidence(const std::string& name, Experts which, Count experts);

struct ClosedCase {
  Law law;
  double gamma = 1;
  StructurePrior prior;
  std::optional<Form> kind;
  std::array<std::optional<Limits>, kTraits> known;
  std::optional<ScoreEvidence> score;
  std::vector<SoftEvidence> soft;
};

// What distributions are given for. Experts count the routed ones as the parameters tell them, of MoE alone.
enum class Quantity {
  kReleased,  // years
  kTotalParams,
  kActiveParams,
  kActiveShare,
  kLayers,
  kHidden,
  kFfn,
  kActivatedFfn,
  kExperts,
  kExpertsActive,
  kTokens,
  kTokensPerParam,
  kTrainFlops,
  kMmlu
};
inline constexpr std::size_t kQuantities = 14;
std::string_view QuantityName(Quantity quantity);

struct Structure {
  TrainedModel model;
  double released = 0;                     // years
  double experts = 1, experts_active = 1;  // as the parameters tell them
  double raw = 0;                          // the law's score of it
  double weight = 0;  // its share of the posterior; of a mode exp(-distance^2/2) among the modes
};

struct ProfileRange {
  std::size_t trait = 0;
  double lo = 0, hi = 0;  // in plain units
};

// Evidence that the rest makes improbable.
struct Conflict {
  std::string evidence;
  double given = 0;          // in plain units
  double low = 0, high = 0;  // the rest's 90 % interval for it
  double chance = 0;         // two-sided: of something as far off, or for a range of lying in it
};

struct InversionOptions {
  int threads = 1;
  std::uint64_t seed = 0;
  Count draws = 1 << 17;  // of each kind
};
inline constexpr Count kMostInversionDraws = Count{1} << 24;  // a few GB of traits
// Throws InputError that names the field, its value and the rule: threads and draws of 1 or more, draws up to kMostInversionDraws.
void Check(const InversionOptions& options);

}  // namespace perflaw
