#include "search/terminal/what_if.hpp"

#include <fmt/format.h>

#include "search/io/outputs/design.hpp"
#include "search/io/text/numbers.hpp"

namespace perflaw {

Json NearBestJson(const ObjectiveFunction& objective, const std::vector<NearBest>& all) {
  const auto row = [&](const std::optional<Design>& design) {
    return design ? DesignJson(objective, *design) : Json(nullptr);
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

std::string NearBestText(const Json& near_best) {
  std::string text;
  for (const Json& near : near_best) {
    const Count least = near.at("at_least").get<Count>(), most = near.at("at_most").get<Count>();
    const std::string designs =
        least == most ? HumanCount(static_cast<double>(least))
                      : fmt::format("{} to {}", HumanCount(static_cast<double>(least)),
                                    HumanCount(static_cast<double>(most)));
    text += fmt::format("within {} MMLU of the best: {} designs;", near.at("within").get<double>(),
                        designs);
    for (const char* which : {"cheapest", "shallowest", "smallest_kv"}) {
      const Json& row = near.at(which);
      if (row.is_null()) continue;
      text += fmt::format(" {} {} x {} x {} ({} active, KV {}),", which, row.at("layers").dump(),
                          row.at("hidden").dump(), row.at("ffn").dump(),
                          HumanCount(row.at("active_params").get<double>()),
                          HumanCount(row.at("kv_bytes_per_token").get<double>()));
    }
    text.back() = '\n';
  }
  return text;
}

std::string SensitivityText(const Json& sensitivity) {
  std::string text;
  for (const auto& item : sensitivity.items()) {
    const Json& change = item.value().at("change_for_plus_one");
    text += fmt::format("1% more room under {}: {:+.4f} points; +1 point takes {}\n", item.key(),
                        item.value().at("mmlu_per_percent").get<double>(),
                        change.is_null() ? "more than a factor of 16"
                                         : fmt::format("{:+.1f}%", 100 * change.get<double>()));
  }
  return text;
}

}  // namespace perflaw
