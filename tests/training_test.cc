#include "search/training.hpp"

#include <gtest/gtest.h>

#include <cstdio>

#include "search/fit.hpp"
#include "search/io/catalog.hpp"
#include "search/io/run_file.hpp"

namespace perflaw {
namespace {
TEST(Training, Prints) {
  Inputs inputs;
  const Law paper = LoadLaw("performance-law-2024", inputs, "", "");
  const auto runs = ReadPublishedModels(inputs);
  Law law = TrainLaw(paper, runs, {});
  const auto left = LeaveFamiliesOut(paper, runs, {});
  CalibrateErrors(runs, left, law);
  double all = 0, high = 0, n = 0, h = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const double e = std::abs(runs[i].mmlu - Bounded(left[i].law, left[i].raw));
    all += e, ++n;
    if (runs[i].mmlu > 35) high += e, ++h;
  }
  std::printf("%zu %.4f %.4f\n%s\n", runs.size(), all / n, high / h, FormatLaw(law, "x").c_str());
  for (std::size_t known : {1u, 3u}) {
    double sum = 0, count = 0;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      std::vector<ScoredRun> others;
      for (std::size_t j = 0; j < runs.size(); ++j)
        if (j != i && runs[j].family == runs[i].family) others.push_back(runs[j]);
      if (others.size() < known) continue;
      double own = 0, ways = 0;
      std::vector<bool> take(others.size());
      std::fill(take.begin(), take.begin() + known, true);
      do {
        std::vector<ScoredRun> given;
        for (std::size_t j = 0; j < others.size(); ++j)
          if (take[j]) given.push_back(others[j]);
        Law base = left[i].law;
        base.sigma = law.sigma;
        base.family_share = law.family_share;
        base.domain = law.domain;
        FitOptions o;
        o.resamples = 2;
        Law fitted = base;
        bool any = false;
        for (auto& g : given) any |= g.mmlu >= kNearChance;
        if (any) fitted = FitLaw(base, given, o, "x").law;
        own += std::abs(runs[i].mmlu - PredictScore(LawOf(fitted, runs[i]), runs[i].model, 1).mmlu);
        ++ways;
      } while (std::prev_permutation(take.begin(), take.end()));
      sum += own / ways, ++count;
    }
    std::printf("known %zu: %.3f over %.0f\n", known, sum / count, count);
  }
}
}  // namespace
}  // namespace perflaw
