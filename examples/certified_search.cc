// The library without the program: a certified search of dense designs for a training budget, in one page.
#include <fmt/format.h>

#include "search/base/control.hpp"
#include "search/bound/certified.hpp"

namespace {

using namespace perflaw;

// C. Wu, R. Tang, "Performance Law of Large Language Models", 2024, section 2.1; configs/laws has its domain and sources.
Law PaperLaw() {
  Law law;
  law.name = "performance-law-2024";
  law.w = {13.95018, 0.23072, -0.48523, 5.39802};
  law.b = 9.19541;
  law.sigma = 5.3228;
  return law;
}

// What is fixed, what may vary, and what may be spent.
Study AskedStudy() {
  Study study;
  study.file = "examples/certified_search.cc";
  study.law = PaperLaw();
  study.inside_domain = false;  // this law was given no domain
  study.base.vocab = 128256;
  study.base.head_dim = 128;
  study.base.kv_heads = 8;
  study.space.axes[kLayersAxis] = Axis(16, 128, 1);
  study.space.axes[kHiddenAxis] = Axis(1024, 16384, 128);
  study.space.axes[kFfnAxis] = Axis(2048, 65536, 128);
  for (const AxisName axis : {kExpertsAxis, kActiveAxis}) study.space.axes[axis] = Axis(1, 1, 1);
  for (const AxisName axis : {kSharedAxis, kTokensAxis}) study.space.axes[axis] = Axis(0, 0, 1);
  study.space.token_rule = TokenRule::kBudget;
  study.budget.train_flops = 3.8e25;
  study.limits = {{Metric::kTotalParams, true, 100e9}};
  study.top = 3;
  return study;
}

}  // namespace

int main() {
  const ObjectiveFunction objective(AskedStudy());
  SearchOptions options;
  Control control;  // another thread may set control.stop
  const SearchSummary found = SearchCertified(objective, options, control);
  fmt::print("{}: {} designs, {} scored\n", StatusName(found.status), found.space_points,
             found.evaluated);
  for (const Design& design : found.best) {
    fmt::print(
        "{} layers x {} hidden x {} FFN, {:.1f}B parameters, {:.2f}T tokens: raw MMLU {:.4f}\n",
        Depth(design.architecture), design.architecture.hidden, LawFfn(design.architecture),
        static_cast<double>(design.total_params) / 1e9, design.model.tokens / 1e12, design.law.raw);
  }
  if (found.upper_bound) {
    fmt::print("proved: no design that is not listed has a raw MMLU over {:.4f}; gap {}\n",
               *found.upper_bound, found.gap.value_or(0));
  }
  return found.status == Status::kOptimal ? 0 : 1;
}
