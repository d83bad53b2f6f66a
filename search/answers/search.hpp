// The best architectures for a budget.
#pragma once

#include <optional>
#include <string>

#include "search/base/control.hpp"
#include "search/io/inputs/study_file.hpp"
#include "search/io/text/inputs.hpp"
#include "search/io/text/json.hpp"
#include "search/io/text/key_place.hpp"
#include "search/study/summary.hpp"

namespace perflaw {

// `study` is a file; `why`, where it is not empty, a point as "layers=80,hidden=8192,..." whose place is asked for.
struct SearchQuestion {
  std::string study, why;
  StudyOverrides overrides;
  bool near_best = false, sensitivity = false;
  int threads = 1;
};

// A search in its three steps, for askers who look at the study before it is solved, or at the designs behind the result.
class AskedSearch {
 public:
  // Reads the study. Throws InputError.
  AskedSearch(SearchQuestion question, Inputs& inputs, const KeyPlace& place = {});

  const ObjectiveFunction& objective() const { return objective_; }
  const Study& study() const { return objective_.study(); }
  const std::optional<Count>& asked() const {
    return asked_;
  }  // the index of the point `why` names

  // By the study's method; an exhaustive search with this checkpoint and these ranks, where they are not null.
  const SearchSummary& Solve(Control& control, Checkpoint* checkpoint = nullptr,
                             Ranks* ranks = nullptr);
  const SearchSummary& summary() const { return summary_; }

  // What `perflaw search` prints as JSON.
  Json Result(Control& control) const;

 private:
  void AddWhatIf(Control& control, Json& result) const;

  SearchQuestion question_;
  Inputs& inputs_;
  Json asked_study_;
  ObjectiveFunction objective_;
  std::optional<Count> asked_;
  SearchSummary summary_;
  int ranks_ = 1;
};

// The three steps in a row.
Json Answer(const SearchQuestion& question, Inputs& inputs, Control& control,
            const KeyPlace& place = {});

}  // namespace perflaw
