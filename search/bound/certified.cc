#include "search/bound/certified.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "search/base/control.hpp"
#include "search/base/parallel.hpp"
#include "search/bound/best_first.hpp"
#include "search/bound/front.hpp"
#include "search/study/spending.hpp"
#include "search/study/variant.hpp"

namespace perflaw {
namespace {

// The best of one kind, when that is not the best of all.
std::optional<Design> BestOfForm(const ObjectiveFunction& objective, const Branches& branches,
                                 Form form, const SearchSummary& summary, int threads,
                                 Control& control) {
  if (summary.best.empty()) return std::nullopt;
  const Design& best = summary.best.front();
  if (best.model.form == form) return best;
  BestFirst search(objective, branches, 1);
  search.Add(form);
  search.Run(threads, control);
  const Merit merit = search.top().Best();
  return merit.index < 0 ? std::nullopt : objective.Describe(merit.index);
}

// Solves again without each rule, one a thread: is there something better than the best?
void FindBinding(const ObjectiveFunction& objective, int threads, Control& control,
                 SearchSummary& summary) {
  const std::vector<Rule>& rules = objective.Rules();
  const Merit best = summary.best.empty() ? Merit{} : objective.MeritOf(summary.best.front());
  std::vector<Merit> without(rules.size());
  ForEachBlock(static_cast<Count>(rules.size()), threads, control.stop, [&](Count i, int) {
    const auto at = static_cast<std::size_t>(i);
    if (rules[at].CanRelax() && !rules[at].IsGoal())
      without[at] = BestOf(Without(objective.study(), rules[at]), 1, control, best);
  });
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (without[i].index >= 0 && StrictlyBetter(without[i], best))
      summary.binding.emplace_back(rules[i].name, objective.ToUser(without[i].value));
  }
}

// Solves again without each rule, for the point that breaks it least.
void FindRelaxation(const ObjectiveFunction& objective, int threads, Control& control,
                    SearchSummary& summary) {
  const Study& study = objective.study();
  for (const Rule& rule : objective.Rules()) {
    if (!rule.CanRelax()) continue;
    SearchSummary::Relaxation relaxation{rule.name, std::nullopt};
    // Looking at every point is no answer in a space that only boxes can search.
    constexpr Count kMostSwept = 1 << 27;
    if (rule.IsGoal() && study.space.Size() > kMostSwept) continue;
    if (rule.IsGoal()) {
      const double highest =
          HighestGoal(study, objective.conditions(), threads, control).value_or(0);
      if (highest > 0) relaxation.limit = highest;
    } else {
      const Merit found = BestOf(Nearest(study, rule), threads, control);
      if (found.index >= 0)
        relaxation.limit =
            objective.conditions().Needed(study, rule, *objective.Describe(found.index));
    }
    summary.relaxation.push_back(relaxation);
  }
}

SearchSummary Summarise(const ObjectiveFunction& objective, const BestFirst& search) {
  SearchSummary summary;
  summary.method = Method::kCertified;
  summary.space_points = objective.study().space.Size();
  ListTop(objective, search.top().Sorted(), summary);
  summary.evaluated = search.work().evaluated;
  summary.boxes = search.work().boxes;
  summary.swept_boxes = search.work().swept_boxes;
  const std::vector<Rule>& rules = objective.Rules();
  for (std::size_t i = 0; i < search.cuts().size(); ++i) {
    if (search.cuts()[i] == 0) continue;
    summary.rejected.emplace_back(i < rules.size() ? rules[i].name : "bound", search.cuts()[i]);
  }
  return summary;
}

// Of a point that is not listed only so much is known: it comes later.
void FindRank(const SearchOptions& options, SearchSummary& summary) {
  for (std::size_t i = 0; i < summary.best.size(); ++i) {
    if (options.asked == summary.best[i].index) summary.rank = static_cast<Count>(i) + 1;
  }
}

void FindFront(const ObjectiveFunction& objective, const Branches& branches, int threads,
               Control& control, SearchSummary& summary) {
  if (objective.study().front.empty()) return;
  const FoundFront front = BoundFront(objective, branches, threads, control);
  ListFront(objective, front.points, summary);
  summary.evaluated += front.evaluated;
  summary.boxes += front.boxes;
}

// What a stopped search can still say: how good a design may be that it has not seen.
void BoundTheRest(const ObjectiveFunction& objective, const BestFirst& search,
                  SearchSummary& summary) {
  summary.upper_bound.reset();
  summary.gap.reset();
  if (summary.best.empty()) return;
  const double last = objective.MeritOf(summary.best.back()).value;
  const double most = std::max(last, search.MostLeft().value);
  summary.upper_bound = objective.ToUser(most);
  summary.gap = std::abs(objective.ToUser(most) - objective.ToUser(last));
}

// What a stop may have left half done says nothing; of a front the designs found so far stand.
void ForgetUnproved(SearchSummary& summary) {
  summary.best_dense.reset();
  summary.best_moe.reset();
  summary.binding.clear();
  summary.relaxation.clear();
}

}  // namespace

SearchSummary SearchCertified(const ObjectiveFunction& objective, const SearchOptions& options,
                              Control& control) {
  Check(options, objective.study().space);
  const auto begin = std::chrono::steady_clock::now();
  const Branches branches(objective);
  BestFirst search(objective, branches, objective.study().top + 1);
  search.Add(Form::kDense);
  search.Add(Form::kMoe);
  const bool whole = search.Run(options.threads, control);
  SearchSummary summary = Summarise(objective, search);
  if (whole) {
    FindRank(options, summary);
    FindFront(objective, branches, options.threads, control, summary);
    summary.best_dense =
        BestOfForm(objective, branches, Form::kDense, summary, options.threads, control);
    summary.best_moe =
        BestOfForm(objective, branches, Form::kMoe, summary, options.threads, control);
    FindBinding(objective, options.threads, control, summary);
    if (summary.best.empty()) FindRelaxation(objective, options.threads, control, summary);
  } else {
    BoundTheRest(objective, search, summary);
  }
  if (control.stop) ForgetUnproved(summary);
  summary.status = !whole || control.stop ? Status::kInterrupted
                   : summary.best.empty() ? Status::kInfeasible
                                          : Status::kOptimal;
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return summary;
}

}  // namespace perflaw
