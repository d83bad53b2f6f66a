// Weighted draws from an inversion's posterior.
#pragma once

#include <atomic>
#include <numeric>
#include <vector>

#include "search/invert/kind_posterior.hpp"

namespace perflaw {

struct Draws {
  std::vector<Traits> traits;
  std::vector<double> weight;  // the greatest is 1; all are 0 where nothing keeps what is known
  std::size_t dense = 0;       // the first so many are dense

  bool IsMoe(std::size_t i) const { return i >= dense; }
  double MoeWeight() const {
    return std::accumulate(weight.begin() + static_cast<std::ptrdiff_t>(dense), weight.end(), 0.0);
  }
  double Total() const { return std::accumulate(weight.begin(), weight.end(), 0.0); }
};

// options.draws of each kind that is possible, in the same places for any number of threads: points of a Sobol sequence, shifted by
// random numbers from the seed. Without the score where `use_score` is false. Where `stop` ends it early what was not drawn has the weight 0,
// as many of each kind.
Draws DrawAll(const ClosedCase& closed, bool use_score, const InversionOptions& options,
              const std::atomic<bool>& stop);

// (sum w)^2 / sum w^2: so many draws of equal weight would tell as much.
double EffectiveDraws(const Draws& draws);

// The places of n draws that stand for all with equal weight, in their order: those below which (i + 1/2) / n of the weight lies. One
// draw may stand more than once; none where all weights are 0.
std::vector<std::size_t> EquallyWeighted(const Draws& draws, std::size_t n);

}  // namespace perflaw
