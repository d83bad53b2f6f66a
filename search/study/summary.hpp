// What a search found, and why it stopped.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "search/base/status.hpp"
#include "search/study/objective.hpp"

namespace perflaw {

class Checkpoint;
class Ranks;

std::string_view MethodName(Method method);  // as a study names it

struct SearchOptions {
  int threads = 1;
  std::optional<Count> asked;  // a point whose rank is wanted
  // Of an exhaustive search: where its finished part is kept (rank 0's alone is asked), and the other processes
  // that share it. They must outlive the search.
  Checkpoint* checkpoint = nullptr;
  Ranks* ranks = nullptr;
};
// Throws InputError that names the field, its value and the rule: threads of 1 or more, an asked point of the space.
void Check(const SearchOptions& options, const Space& space);

struct SearchSummary {
  struct Relaxation {
    std::string rule;
    std::optional<double>
        limit;  // the smallest change that admits a point, this rule alone; nothing if none does
  };

  Status status = Status::kOptimal;
  Method method = Method::kExhaustive;
  Count space_points = 0;
  Count evaluated = 0;
  Count resumed = 0;                 // those of `evaluated` that an earlier run had finished
  std::optional<Count> feasible;     // nothing where not every point was looked at
  Count boxes = 0, swept_boxes = 0;  // of branch and bound: bounded, and swept for being small
  std::vector<Design> best;          // in order, at most study.top
  std::optional<Design> best_dense, best_moe;
  std::vector<Design> front;  // by falling first metric of the study's front
  std::vector<std::pair<std::string, Count>>
      rejected;  // points by the first rule that fails, in rule order
  std::vector<std::pair<std::string, double>>
      binding;                         // rules without which the best would be better, and how good
  std::vector<Relaxation> relaxation;  // only when nothing is feasible
  std::optional<double>
      upper_bound;  // the objective of the best design not listed; nothing when all are listed
  std::optional<double> gap =
      0;  // how far that beats the last listed: 0 once proved; nothing when not known
  std::optional<Count>
      rank;  // of the asked point among the feasible, from 1; nothing if it is not one
  double seconds = 0;
};

// Lists the study's number of best designs out of one more, if there are so many, and what bounds the rest.
void ListTop(const ObjectiveFunction& objective, std::vector<Merit> top, SearchSummary& summary);
// Lists the designs of a front.
void ListFront(const ObjectiveFunction& objective, const std::vector<FrontPoint>& front,
               SearchSummary& summary);

}  // namespace perflaw
