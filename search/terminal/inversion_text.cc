#include "search/terminal/inversion_text.hpp"

#include <fmt/format.h>

#include "search/io/text/numbers.hpp"

namespace perflaw {
namespace {

std::string Cell(const std::string& name, const Json& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return value.get<std::string>();
  const auto number = value.get<double>();
  if (name == "active_share") return fmt::format("{:.3f}", number);
  return number < 1000 ? fmt::format("{:.3g}", number) : HumanCount(number);
}

TextTable IntervalTable(const Json& answer) {
  TextTable table({"", "5%", "25%", "median", "75%", "95%", "identified"});
  for (const Json& row : IntervalRows(answer)) {
    const std::string name = row.at("name").get<std::string>();
    std::vector<std::string> cells{name};
    for (const char* share : {"q05", "q25", "q50", "q75", "q95"})
      cells.push_back(Cell(name, row.at(share)));
    const Json& identified = row.at("identified");
    cells.push_back(identified.is_null() ? "" : fmt::format("{:.2f}", identified.get<double>()));
    table.Add(std::move(cells));
  }
  return table;
}

TextTable StructureTable(const Json& rows, const char* weight) {
  TextTable table({"kind", "layers", "hidden", "ffn", "experts", "tokens", "total", "active",
                   "released", "MMLU", weight});
  for (const Json& row : rows) {
    const bool moe = row.at("kind") == "moe";
    table.Add({row.at("kind").get<std::string>(), row.at("layers").dump(), row.at("hidden").dump(),
               row.at("ffn").dump(),
               moe ? row.at("experts_active").dump() + "/" + row.at("experts").dump() : "-",
               Cell("", row.at("tokens")), Cell("", row.at("total_params")),
               Cell("", row.at("active_params")), row.at("released").get<std::string>(),
               fmt::format("{:.2f}", row.at("mmlu").get<double>()),
               fmt::format("{:.3f}", row.at("weight").get<double>())},
              &row == &rows.front() ? Tone::kGood : Tone::kPlain);
  }
  return table;
}

void SayPosterior(const Json& answer, Printout& out) {
  const Json& odds = answer.at("odds");
  const bool interrupted = answer.at("status") == "interrupted";
  if (odds.at("moe").is_null()) {
    return interrupted
               ? out.Line("interrupted before there was a posterior", Tone::kDoubtful)
               : out.Line("nothing that is known fits together: there is no posterior", Tone::kBad);
  }
  if (interrupted) out.Line("interrupted: by the draws so far", Tone::kDoubtful);
  out.Line(fmt::format("dense {:.0f}%, mixture of experts {:.0f}%",
                       100 * odds.at("dense").get<double>(), 100 * odds.at("moe").get<double>()));
  out.Table(IntervalTable(answer));
  out.Line("plausible structures, sizes rounded, with their share of the posterior:");
  out.Table(StructureTable(answer.at("structures"), "share"));
}

}  // namespace

Json IntervalRows(const Json& answer) {
  Json rows = Json::array();
  for (const auto& [name, quantiles] : answer.at("intervals").items()) {
    Json row = {{"name", name}};
    row.update(quantiles);
    row["identified"] = answer.at("identified").value(name, Json(nullptr));
    rows.push_back(std::move(row));
  }
  return rows;
}

Printout InversionPrintout(const Json& answer) {
  Printout out;
  if (const auto& name = answer.at("name").get<std::string>(); !name.empty()) out.Line(name);
  SayPosterior(answer, out);
  if (answer.at("status") != "interrupted" || !answer.at("modes").empty()) {
    out.Line("modes: what the law itself gives this score, the most plausible first:");
    out.Table(StructureTable(answer.at("modes"), "weight"));
  }
  for (const Json& finding : answer.at("findings")) out.Line(finding.get<std::string>());
  out.Warnings(answer.at("warnings"));
  out.Echo(Json::array(), answer.at("defaults"));
  return out;
}

}  // namespace perflaw
