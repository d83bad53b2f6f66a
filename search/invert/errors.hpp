// How wrong an inversion is: each published model taken for a closed one, and asked of a prior and a law that never saw its family.
#pragma once

#include <string>
#include <vector>

#include "search/invert/invert.hpp"
#include "search/learn/training.hpp"

namespace perflaw {

// The smallest multiple of 0.1 with which intervals of 1.645 sigma around the law's raw scores hold nine in ten of the runs at
// kTellingScore or above that were not distilled: the law's error where inversions work. raw[i] is the law's of run i.
double SigmaOfTelling(const Law& law, const std::vector<ScoredRun>& runs,
                      const std::vector<double>& raw);
// The raw scores by the same law for each.
std::vector<double> RawScores(const Law& law, const std::vector<ScoredRun>& runs);

enum class KnownTokens { kNo, kYes };

struct InvertedRun {
  const ScoredRun* run = nullptr;
  Inversion found;
};
// The runs at kTellingScore or above with nothing known but the score, or its tokens as well. Prior, law of today and its error are learned
// without the run's family. Kinds are open. control.stop ends it after the runs that were whole by then.
std::vector<InvertedRun> InvertLeftOut(const Law& paper, const std::vector<ScoredRun>& runs,
                                       const TrainingOptions& training, KnownTokens tokens,
                                       const InversionOptions& options, Control& control);

struct Calibration {
  double held_90 = 0, held_50 = 0;  // shares of the runs
  double median_error = 0;          // |log10(median / truth)|
  double mean_width = 0;            // of the 90 % intervals, log10
};
// Of total_params, active_params, layers, hidden or tokens. Precondition: not empty.
Calibration CalibrationOf(const std::vector<InvertedRun>& inverted, Quantity quantity);

// What the quantity is of a run.
double TruthOf(const ScoredRun& run, Quantity quantity);

}  // namespace perflaw
