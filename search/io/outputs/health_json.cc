#include "search/io/outputs/health_json.hpp"

#include "search/io/text/json.hpp"

namespace perflaw {

Json HealthJson(const Health& h) {
  const auto interval = [&](const std::array<double, 2>& i) {
    return h.gamma ? Json{Real(i[0]), Real(i[1])} : Json{nullptr, nullptr};
  };
  Json answer = {{"verdict", VerdictName(h.verdict)},
                 {"reasons", h.reasons},
                 {"gamma", h.gamma ? Real(*h.gamma) : Json(nullptr)},
                 {"gamma_90", interval(h.gamma_90)},
                 {"gamma_90_with_law_error", interval(h.gamma_90_with_law_error)},
                 {"onset_tokens", h.onset_tokens ? Real(*h.onset_tokens) : Json(nullptr)},
                 {"offset", Real(h.offset)},
                 {"noise_sigma", Real(h.noise_sigma)},
                 {"residuals", Json::array()},
                 {"curve", Json::array()}};
  for (const HealthPoint& p : h.points) {
    answer["residuals"].push_back(Real(p.measured - p.expected));
    answer["curve"].push_back({{"tokens", Real(p.tokens)},
                               {"measured", Real(p.measured)},
                               {"expected", Real(p.expected)},
                               {"low", Real(p.low)},
                               {"high", Real(p.high)}});
  }
  return answer;
}

}  // namespace perflaw
