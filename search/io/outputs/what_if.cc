#include "search/io/outputs/what_if.hpp"

#include "search/io/outputs/design.hpp"

namespace perflaw {

Json NearBestJson(const ObjectiveFunction& objective, const std::vector<NearBest>& all) {
  const auto row = [&](const std::optional<Design>& design) {
    return DesignOrNull(objective, design);
  };
  Json list = Json::array();
  for (const NearBest& near : all) {
    list.push_back({{"within", near.within},
                    {"at_least", near.at_least},
                    {"at_most", near.at_most},
                    {"cheapest", row(near.cheapest)},
                    {"shallowest", row(near.shallowest)},
                    {"smallest_kv", row(near.smallest_kv)}});
  }
  return list;
}

Json SensitivityJson(const std::vector<Sensitivity>& all) {
  Json object = Json::object();
  for (const Sensitivity& s : all) {
    object[s.limit] = {
        {"mmlu_per_percent", Real(s.mmlu_per_percent)},
        {"change_for_plus_one", s.change_for_plus_one ? Real(*s.change_for_plus_one) : nullptr}};
  }
  return object;
}

}  // namespace perflaw
