#include "search/answers/search.hpp"

#include <utility>

#include "search/bound/certified.hpp"
#include "search/bound/near_best.hpp"
#include "search/bound/sensitivity.hpp"
#include "search/io/inputs/asked_point.hpp"
#include "search/io/outputs/breakdown.hpp"
#include "search/io/outputs/design.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/io/outputs/search.hpp"
#include "search/io/outputs/what_if.hpp"
#include "search/sweep/ranks.hpp"
#include "search/sweep/sweep.hpp"

namespace perflaw {

AskedSearch::AskedSearch(SearchQuestion question, Inputs& inputs, const KeyPlace& place)
    : question_(std::move(question)),
      inputs_(inputs),
      asked_study_(ParseJson(inputs.Read(question_.study), question_.study)),
      objective_(ParseStudy(asked_study_, question_.study, question_.overrides, inputs)) {
  asked_study_ = Overridden(std::move(asked_study_), question_.overrides);
  if (question_.why.empty()) return;
  const std::string key = place.Key("why");
  asked_ = AskedIndex(ParseAsked(question_.why, place.file, key), study().space, place.file, key);
}

const SearchSummary& AskedSearch::Solve(Control& control, Checkpoint* checkpoint, Ranks* ranks) {
  SearchOptions options;
  options.threads = question_.threads;
  options.asked = asked_;
  options.checkpoint = checkpoint;
  options.ranks = ranks;
  if (ranks != nullptr) ranks_ = ranks->Size();
  summary_ = study().method == Method::kCertified ? SearchCertified(objective_, options, control)
                                                  : Sweep(objective_, options, control);
  return summary_;
}

// The keys of what was asked beside the search; empty where it was not.
void AskedSearch::AddWhatIf(Control& control, Json& result) const {
  result["near_best"] = Json::array();
  result["sensitivity"] = Json::object();
  const bool searched = summary_.status != Status::kInterrupted;
  if (searched && question_.near_best) {
    const auto near = FindNearBest(objective_, summary_, question_.threads, control);
    result["near_best"] = NearBestJson(objective_, near);
  }
  if (searched && question_.sensitivity) {
    const auto all = FindSensitivity(objective_, summary_, question_.threads, control);
    result["sensitivity"] = SensitivityJson(all);
  }
  if (control.stop && (question_.near_best || question_.sensitivity))
    result["warnings"].push_back("interrupted: near_best or sensitivity is missing");
}

Json AskedSearch::Result(Control& control) const {
  Json result =
      Envelope("search", study().law.name, inputs_, question_.threads, summary_.seconds, ranks_);
  Json answer = SearchJson(objective_, summary_, question_.threads);
  for (auto& [key, value] : answer.items()) result[key] = std::move(value);  // may be large
  if (asked_) result["why"] = WhyJson(objective_, *asked_, summary_);
  if (!summary_.best.empty())
    result["breakdown"] = BreakdownJson(objective_, summary_.best.front());
  AddWhatIf(control, result);
  result["study"] = asked_study_;
  result["conventions"] = ConventionsJson();
  return result;
}

Json Answer(const SearchQuestion& question, Inputs& inputs, Control& control,
            const KeyPlace& place) {
  AskedSearch search(question, inputs, place);
  search.Solve(control);
  return search.Result(control);
}

}  // namespace perflaw
