// Where the law was checked: a box over named features of a trained model, and how far outside it a
// point lies.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/units.hpp"

namespace perflaw {

enum class Form { kDense, kMoe };

// The trained model as the law sees it. Every score and every domain check starts here.
struct TrainedModel {
  Form form = Form::kDense;
  double layers = 0, hidden = 0;
  double ffn = 0;         // d; for a MoE of one routed expert
  double widest_ffn = 0;  // d', see WidestFfn; dense: d
  Tokens tokens = 0;
  double total_params = 0;
  double active_params = 0;       // with the input embedding; dense: total_params
  bool softmax_attention = true;  // in every layer, and with all keys
};

enum class Feature {
  kLayers,
  kHidden,
  kActivatedFfn,  // d'
  kTokens,
  kTotalParams,
  kActiveParams,
  kActiveShare,        // A/S; of MoE only, a dense model has 1 by definition
  kAspectRatio,        // h/N
  kActivatedFfnRatio,  // d'/h
  kTokensPerParam,     // T/S
};
inline constexpr std::size_t kFeatures = 10;

// The feature's name in law files and messages.
std::string_view FeatureName(Feature feature);
double FeatureValue(Feature feature, const TrainedModel& model);
// Whether a model of this form has limits of the feature.
inline bool Applies(Feature feature, Form form) {
  return feature != Feature::kActiveShare || form == Form::kMoe;
}

struct Domain {
  struct Range {
    double min = 0, max = 0;  // positive
  };
  std::array<Range, kFeatures> box{};
  double least_discount = 0;  // the smallest u of a checked model

  // The largest excess over a limit, in natural logarithms: 0 inside, ln 2 at twice a maximum.
  double Distance(const TrainedModel& model) const;
};

// A sentence for each limit that the model breaks, what that means for the interval, and for each regime where the law itself is
// known to be out of its depth (tokens past saturation, strong instability). `discount` is the law's u in [0, 1], `effective_tokens` its T'.
std::vector<std::string> DomainWarnings(const Domain& domain, const TrainedModel& model,
                                        double discount, Tokens effective_tokens);

}  // namespace perflaw
