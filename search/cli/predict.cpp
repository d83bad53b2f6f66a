#include <fmt/format.h>

#include "engine/count.hpp"
#include "search/cli/command.hpp"
#include "search/error.hpp"
#include "search/io/catalog.hpp"
#include "search/io/files.hpp"
#include "search/io/result.hpp"
#include "search/io/table_file.hpp"
#include "search/io/text.hpp"
#include "search/io/text_table.hpp"

namespace perflaw {
namespace {

struct PredictOptions {
  std::string model, table, law = kDefaultLaw;
  std::string layers, hidden, ffn, params, active_params, activated_ffn, tokens, gamma = "1";
  bool json = false;
};

constexpr Range kAnySize{0, 1e30, true};

double Required(const char* flag, const std::string& text, Range range = kAnySize) {
  if (text.empty()) throw InputError("command line", flag, "", "is missing");
  return FlagNumber(flag, text, range);
}

Count Whole(const char* flag, const std::string& text, Count most) {
  if (text.empty()) throw InputError("command line", flag, "", "is missing");
  return FlagWhole(flag, text, 1, most);
}

TrainedModel FromFlags(const PredictOptions& o) {
  TrainedModel m;
  m.layers = static_cast<double>(Whole("--layers", o.layers, kMaxLayers));
  m.hidden = static_cast<double>(Whole("--hidden", o.hidden, kMaxWidth));
  m.ffn = static_cast<double>(Whole("--ffn", o.ffn, kMaxWidth));
  m.widest_ffn = m.ffn;
  m.total_params = m.active_params = Required("--params", o.params);
  m.tokens = Required("--tokens", o.tokens);
  if (!o.active_params.empty()) {
    m.form = Form::kMoe;
    m.active_params = Required("--active-params", o.active_params);
    if (m.active_params > m.total_params) {
      throw InputError("command line", "--active-params", o.active_params,
                       "must be at most --params");
    }
  }
  if (!o.activated_ffn.empty()) {
    if (m.form == Form::kDense) {
      throw InputError("command line", "--activated-ffn", o.activated_ffn,
                       "is of a MoE: needs --active-params");
    }
    m.widest_ffn = static_cast<double>(Whole("--activated-ffn", o.activated_ffn, kMaxWidth));
  }
  return m;
}

Json PredictTable(const PredictOptions& options, const Law& law, double gamma, Inputs& inputs) {
  const CsvTable table = ParseCsv(inputs.Read(options.table), options.table);
  Json rows = Json::array();
  for (const TableModel& entry : ReadModels(table)) {
    Json row = {{"model", entry.name}};
    row.update(PredictionJson(law, entry.model, gamma));
    for (const auto& [column, value] : entry.carried) {
      // A column may have the name of one of the program's own keys.
      const std::string key = row.contains(column) ? "table_" + column : column;
      const auto number = ParseNumber(value);
      row[key] = number ? Real(*number) : Json(value);
    }
    rows.push_back(std::move(row));
  }
  return {{"rows", rows}};
}

std::string Text(const Json& p) {
  const auto number = [&](const char* key) { return p.at(key).get<double>(); };
  std::string text =
      fmt::format("MMLU {:.2f}, 90% interval {:.1f} to {:.1f}", number("mmlu"),
                  p.at("interval_90")[0].get<double>(), p.at("interval_90")[1].get<double>());
  if (!p.at("mmlu_pro").is_null()) text += fmt::format("; MMLU-Pro {:.1f}", number("mmlu_pro"));
  text += fmt::format("\n{}: {} parameters, {} activated, {} tokens, gamma {}\n",
                      p.at("form").get<std::string>(), HumanCount(number("total_params")),
                      HumanCount(number("active_params")), HumanCount(number("tokens")),
                      number("gamma"));
  text += fmt::format("{} layers, hidden {}, FFN d {}, widest block a token passes d' {}\n",
                      p.at("layers").dump(), p.at("hidden").dump(), p.at("ffn").dump(),
                      p.at("activated_ffn").dump());
  text += fmt::format(
      "unstable discount {:.3f}, effective tokens {}, expansion factor {:.3f}, training {:.3g} "
      "FLOPs (6 A T)\n",
      number("unstable_discount"), HumanCount(number("effective_tokens")),
      number("expansion_factor"), number("train_flops"));
  for (const Json& warning : p.at("domain").at("warnings"))
    text += "warning: " + warning.get<std::string>() + "\n";
  return text + EchoText(p.value("notes", Json::array()), p.value("defaults", Json::array())) +
         kConventionsLine;
}

std::string TableText(const Json& rows) {
  TextTable table({"model", "MMLU", "90% low", "90% high", "domain"});
  for (const Json& row : rows) {
    const bool inside = row.at("domain").at("inside").get<bool>();
    table.Add({row.at("model").get<std::string>(),
               fmt::format("{:.2f}", row.at("mmlu").get<double>()),
               fmt::format("{:.1f}", row.at("interval_90")[0].get<double>()),
               fmt::format("{:.1f}", row.at("interval_90")[1].get<double>()),
               inside ? "inside" : "outside"});
  }
  return table.Format();
}

int Predict(const PredictOptions& options) {
  const Stopwatch stopwatch;
  Inputs inputs;
  const Law law = LoadLaw(options.law, inputs, "command line", "--law");
  const double gamma = FlagNumber("--gamma", options.gamma, {0, 1000, true});
  Json answer;
  if (!options.table.empty()) {
    answer = PredictTable(options, law, gamma, inputs);
  } else if (!options.model.empty()) {
    const std::string path = FindConfig("models", options.model, "command line", "--model");
    const Model model = ParseModel(inputs.Read(path), path);
    const Tokens tokens = Required("--tokens", options.tokens);
    answer = PredictionJson(
        law, AsTrained(model.architecture, CountParams(model.architecture), tokens), gamma);
    answer["defaults"] = model.defaults;
    answer["notes"] = model.notes;
  } else {
    answer = PredictionJson(law, FromFlags(options), gamma);
  }
  if (options.json) {
    Json result = Envelope("predict", law.name, inputs, 1, stopwatch.Seconds());
    result.update(answer);
    result["conventions"] = ConventionsJson();
    PrintJson(result);
  } else {
    Print(answer.contains("rows") ? TableText(answer.at("rows")) : Text(answer));
  }
  return kDone;
}

}  // namespace

void AddPredict(CLI::App& app, int& status) {
  auto options = std::make_shared<PredictOptions>();
  CLI::App* command =
      app.add_subcommand("predict", "the score of one architecture, or of each row of a table");
  auto* model = command->add_option("--model", options->model,
                                    "a config.json, a short form, or a name in configs/models");
  auto* table = command->add_option("--table", options->table, "a CSV table of models");
  table->excludes(model);
  const auto shape = [&](const char* flag, std::string& value, const char* what) {
    command->add_option(flag, value, what)->excludes(model)->excludes(table);
  };
  shape("--layers", options->layers, "transformer layers");
  shape("--hidden", options->hidden, "hidden size");
  shape("--ffn", options->ffn, "FFN size; of one expert for a MoE");
  shape("--params", options->params, "total parameters, as 70B");
  shape("--active-params", options->active_params, "activated parameters; makes it a MoE");
  shape("--activated-ffn", options->activated_ffn,
        "widest FFN block a token passes through; default --ffn");
  command->add_option("--tokens", options->tokens, "training tokens, as 15T")->excludes(table);
  command->add_option("--gamma", options->gamma,
                      "precision loss of the training infrastructure; 1 is good");
  AddLaw(*command, options->law);
  AddJson(*command, options->json);
  command->callback([options, &status] { status = Predict(*options); });
}

}  // namespace perflaw
