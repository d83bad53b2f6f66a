#include "search/study/summary.hpp"

#include <algorithm>

namespace perflaw {

std::string_view StatusName(Status status) {
  switch (status) {
    case Status::kOptimal:
      return "optimal";
    case Status::kInfeasible:
      return "infeasible";
    case Status::kInterrupted:
      return "interrupted";
  }
  return "";
}

std::string_view MethodName(Method method) {
  return method == Method::kCertified ? "certified" : "exhaustive";
}

void ListTop(const ObjectiveFunction& objective, std::vector<Merit> top, SearchSummary& summary) {
  const auto listed = static_cast<std::size_t>(objective.study().top);
  if (top.size() > listed) {
    summary.upper_bound = objective.ToUser(top[listed].value);
    summary.gap = 0;  // the list is in order
    top.resize(listed);
  }
  for (const Merit& merit : top) summary.best.push_back(*objective.Describe(merit.index));
}

void ListFront(const ObjectiveFunction& objective, const std::vector<FrontPoint>& front,
               SearchSummary& summary) {
  for (const FrontPoint& point : front) summary.front.push_back(*objective.Describe(point.index));
}

}  // namespace perflaw
