#include "search/study/summary.hpp"

#include "search/base/error.hpp"

namespace perflaw {

std::string_view MethodName(Method method) {
  return method == Method::kCertified ? "certified" : "exhaustive";
}

void Check(const SearchOptions& options, const Space& space) {
  constexpr const char* kOptions = "search options";
  Demand(options.threads >= 1, kOptions, "threads", options.threads, "must be at least 1");
  if (options.asked) {
    Demand(*options.asked >= 0 && *options.asked < space.Size(), kOptions, "asked", *options.asked,
           "must be a point of the space");
  }
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
