#include "search/answers/reproduce.hpp"

#include <utility>

#include "search/answers/reproduce_inversions.hpp"
#include "search/answers/reproduce_paper.hpp"
#include "search/base/status.hpp"
#include "search/base/stopwatch.hpp"
#include "search/io/outputs/envelope.hpp"

namespace perflaw {

ReproduceAnswer Reproduce(Inputs& inputs, Control& control) {
  const Stopwatch stopwatch;
  Reproduction made = ReproducePaper(inputs);
  if (!control.stop) AddInversions(inputs, made, control);
  ReproduceAnswer answer;
  Json checks = Json::array();
  for (const ReproductionCheck& check : made.checks) {
    checks.push_back({{"what", check.what},
                      {"expected", check.expected},
                      {"got", Real(check.got)},
                      {"ok", check.ok}});
    answer.ok = answer.ok && check.ok;
  }
  answer.result = Envelope("reproduce", "", inputs, 1, stopwatch.Seconds());
  answer.result["checks"] = std::move(checks);
  if (control.stop) answer.result["status"] = StatusName(Status::kInterrupted);
  answer.tables = std::move(made.tables);
  return answer;
}

}  // namespace perflaw
