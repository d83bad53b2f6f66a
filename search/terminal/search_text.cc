#include "search/terminal/search_text.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "engine/units.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/io/text/numbers.hpp"

namespace perflaw {
namespace {

std::string Human(const Json& number) { return HumanCount(number.get<double>()); }

std::string Experts(const Json& row) {
  const Count experts = row.at("experts").get<Count>(),
              shared = row.at("experts_shared").get<Count>();
  if (experts == 1) return "dense";
  return fmt::format("{}/{}{}", row.at("experts_active").get<Count>(), experts,
                     shared > 0 ? fmt::format("+{}", shared) : "");
}

struct Column {
  const char* title;
  const char* key;
};
constexpr Column kOptionalColumns[] = {{"days", "train_days"},
                                       {"USD", "train_usd"},
                                       {"lifetime USD", "lifetime_usd"},
                                       {"bytes/GPU", "train_memory_bytes_per_accelerator"},
                                       {"KV/token", "kv_bytes_per_token"},
                                       {"tok/s", "decode_tokens_per_second"}};

using NamedRows = std::vector<std::pair<std::string, Json>>;

std::vector<std::string> Cells(const std::string& name, const Json& row) {
  const auto human = [&row](const char* key) {
    return row.at(key).is_null() ? "does not fit" : Human(row.at(key));
  };
  std::vector<std::string> cells{name,
                                 row.at("layers").dump(),
                                 row.at("hidden").dump(),
                                 row.at("ffn").dump(),
                                 Experts(row),
                                 human("total_params"),
                                 human("active_params"),
                                 human("tokens"),
                                 fmt::format("{:.3f}", row.at("mmlu").get<double>())};
  for (const Column& c : kOptionalColumns) {
    if (row.contains(c.key)) cells.push_back(human(c.key));
  }
  return cells;
}

// The first row is that of the best.
TextTable Rows(const NamedRows& rows, Tone first) {
  std::vector<std::string> header{"",      "layers", "hidden", "ffn", "experts",
                                  "total", "active", "tokens", "MMLU"};
  for (const Column& c : kOptionalColumns) {
    if (rows.front().second.contains(c.key)) header.emplace_back(c.title);
  }
  TextTable table(header);
  for (const auto& [name, row] : rows)
    table.Add(Cells(name, row), &row == &rows.front().second ? first : Tone::kPlain);
  return table;
}

std::string Headline(const Json& result) {
  const std::string status = result.at("status").get<std::string>();
  const double seconds = result.at("seconds").get<double>();
  if (result.at("method") == "exhaustive") {
    return fmt::format("{}: {} of {} points, {} feasible, {:.2f} s, {} points/s", status,
                       Human(result.at("evaluated")), Human(result.at("space_points")),
                       Human(result.at("feasible")), seconds,
                       Human(result.at("points_per_second")));
  }
  const Json& certificate = result.at("certificate");
  std::string text = fmt::format("{}: {} points, {:.3f} s; {} boxes bounded, {} points scored",
                                 status, Human(result.at("space_points")), seconds,
                                 Human(certificate.at("boxes")), Human(result.at("evaluated")));
  if (!certificate.at("upper_bound").is_null()) {
    text += fmt::format("; proved: no design that is not listed has {} {} {:.6g}",
                        result.at("objective").get<std::string>(),
                        result.at("objective_is_minimized").get<bool>() ? "under" : "over",
                        certificate.at("upper_bound").get<double>());
  }
  return text;
}

void SayNothing(const Json& result, Printout& out) {
  if (result.at("status") == "interrupted")
    return out.Line("Nothing feasible was found before the interrupt.", Tone::kDoubtful);
  out.Line("Nothing is feasible. The smallest change of one rule alone that admits a point:",
           Tone::kBad);
  for (const auto& item : result.at("relaxation").items()) {
    const std::string rule = result.at("rules").at(item.key()).get<std::string>();
    std::string change = "none is enough alone";
    if (!item.value().is_null()) change = fmt::format("{:.12g}", item.value().get<double>());
    if (item.key() == "domain" && !item.value().is_null()) {
      change = fmt::format("the nearest point breaks a limit by a factor of {:.3g}",
                           std::exp(item.value().get<double>()));
    }
    out.Line(fmt::format("  {} ({}): {}", item.key(), rule, change));
  }
}

void SayBest(const Json& result, Printout& out) {
  NamedRows rows;
  for (const Json& row : result.at("best")) rows.emplace_back(fmt::to_string(rows.size() + 1), row);
  const Json &dense = result.at("best_dense"), &moe = result.at("best_moe");
  if (!dense.is_null() && !moe.is_null()) {
    rows.emplace_back("best dense", dense);
    rows.emplace_back("best MoE", moe);
  }
  if (rows.empty()) return SayNothing(result, out);
  out.Table(Rows(rows, Tone::kGood));
  const Json& best = rows.front().second;
  out.Line(fmt::format(
      "The 90% interval of the law's error puts the best at {:.1f} to {:.1f}. Designs closer than "
      "that are not told apart, and the first of many owes its place partly to that error.",
      best.at("mmlu_low90").get<double>(), best.at("mmlu_high90").get<double>()));
}

// Where a metric has no value in a row, the picture leaves it out.
std::array<double, 2> Place(const Json& row, const std::string& x, const std::string& y) {
  const auto value = [&row](const std::string& key) {
    const auto at = row.find(key);
    return at != row.end() && at->is_number() ? at->get<double>()
                                              : std::numeric_limits<double>::quiet_NaN();
  };
  return {value(x), value(y)};
}

// The first metric over the second, and the best among them.
TextChart Front(const Json& result) {
  const std::string y = result.at("pareto")[0], x = result.at("pareto")[1];
  TextChart chart{x, y, {{"front", {}}, {"best", {}}}};
  for (const Json& row : result.at("front")) chart.series[0].points.push_back(Place(row, x, y));
  for (const Json& row : result.at("best")) {
    chart.series[1].points.push_back(Place(row, x, y));
    break;
  }
  return chart;
}

void SayRules(const Json& result, Printout& out) {
  for (const auto& item : result.at("rejected").items()) {
    out.Line(fmt::format("rejected {:>8}  {}: {}", Human(item.value()), item.key(),
                         result.at("rules").at(item.key()).get<std::string>()));
  }
  for (const auto& item : result.at("best_without").items()) {
    out.Line(fmt::format("binding: {}; without it the best would reach {:.6g} ({})", item.key(),
                         item.value().get<double>(), result.at("objective").get<std::string>()));
  }
}

void SayWhy(const Json& why, const std::string& objective, Printout& out) {
  out.Line("");
  std::string text = fmt::format("The asked point, index {}: ", why.at("index").get<Count>());
  if (why.at("feasible").get<bool>()) {
    const std::string rank =
        why.at("rank").is_null() ? "behind those listed" : why.at("rank").dump();
    text += fmt::format("feasible, rank {}, {} {:.6g}", rank, objective,
                        why.at("objective").get<double>());
    if (why.contains("best_objective"))
      text += fmt::format(" against the best's {:.6g}", why.at("best_objective").get<double>());
  } else {
    text += "left out";
  }
  out.Line(text);
  for (const Json& broken : why.at("breaks")) {
    const Json& value = broken.at("value");
    out.Line(fmt::format("  {}: {}{}", broken.at("rule").get<std::string>(),
                         broken.at("text").get<std::string>(),
                         value.is_null() ? "" : fmt::format("; is {:.6g}", value.get<double>())));
  }
  if (!why.at("row").is_null()) out.Table(Rows({{"asked", why.at("row")}}, Tone::kPlain));
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

}  // namespace

Printout SearchPrintout(const Json& result) {
  Printout out;
  out.Line(Headline(result));
  SayBest(result, out);
  if (const auto& front = result.at("front"); !front.empty()) {
    out.Picture(Front(result));
    out.Line(fmt::format("front: {} designs, in the JSON result", front.size()));
  }
  SayRules(result, out);
  out.Lines(NearBestText(result.at("near_best")) + SensitivityText(result.at("sensitivity")));
  out.Warnings(result.at("warnings"));
  out.Echo(Json::array(), result.at("defaults"));
  out.Lines(kConventionsLine);
  if (result.contains("why"))
    SayWhy(result.at("why"), result.at("objective").get<std::string>(), out);
  return out;
}

}  // namespace perflaw
