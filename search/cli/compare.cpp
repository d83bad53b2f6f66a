#include <fmt/format.h>

#include "engine/cost.hpp"
#include "engine/count.hpp"
#include "search/base/error.hpp"
#include "search/cli/shell/command.hpp"
#include "search/cli/shell/describe.hpp"
#include "search/cli/shell/output.hpp"
#include "search/io/inputs/catalog.hpp"
#include "search/io/models/dtype.hpp"
#include "search/io/models/model_config.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/io/outputs/prediction.hpp"
#include "search/io/text/files.hpp"
#include "search/io/text/numbers.hpp"
#include "search/terminal/text_table.hpp"

namespace perflaw {
namespace {

struct CompareFlags {
  std::vector<std::string> models;
  std::string law = kDefaultLaw, gamma = "1", tokens, context = "4096", dtype = "bf16";
  std::string accelerator, count = "1", batch = "1";
  bool json = false;
};

// What the flags ask of every model alike.
struct Question {
  Law law;
  double gamma = 1;
  std::optional<Tokens> tokens;
  Count context = 0;
  double bytes = 2;
  std::optional<Serving> serving;
};

Json Row(const Model& model, std::size_t index, const Question& q) {
  const Architecture& a = model.architecture;
  const ParamCounts counts = CountParams(a);
  const auto total = static_cast<double>(counts.Total()),
             active = static_cast<double>(counts.Active());
  Json row = {{"model", model.name},
              {"index", index},
              {"layers", a.layers},
              {"hidden", a.hidden},
              {"ffn", LawFfn(a)},
              {"experts", a.moe ? a.moe->experts : 1},
              {"experts_active", a.moe ? a.moe->active : 1},
              {"experts_shared", a.moe ? a.moe->shared : 0},
              {"heads", a.heads},
              {"total_params", counts.Total()},
              {"active_params", counts.Active()},
              {"active_params_excluding_input_embedding", ActiveExcludingInputEmbedding(a)},
              {"active_share", Real(active / total)},
              {"ffn_ratio", Real(static_cast<double>(LawFfn(a)) / static_cast<double>(a.hidden))},
              {"aspect_ratio", Real(static_cast<double>(a.hidden) / static_cast<double>(a.layers))},
              {"weight_bytes", Real(total * q.bytes)},
              {"kv_bytes_per_token", Real(KvBytesPerToken(a, q.context, q.bytes))},
              {"prefill_flops_per_token", Real(PrefillFlopsPerToken(a, q.context))}};
  if (q.serving) {
    const double rate = DecodeTokensPerSecond(a, *q.serving);
    row["decode_tokens_per_second"] = rate > 0 ? Real(rate) : Json(nullptr);  // null: does not fit
    row["prefill_seconds"] = Real(PrefillSeconds(a, *q.serving));
  }
  row["tokens"] = q.tokens ? Real(*q.tokens) : Json(nullptr);
  if (q.tokens) {
    const Json prediction = PredictionJson(q.law, AsTrained(a, counts, *q.tokens), q.gamma);
    for (const char* key : {"train_flops", "mmlu", "mmlu_raw"}) row[key] = prediction.at(key);
    row["tokens_per_param"] = Real(*q.tokens / total);
    row["mmlu_low90"] = prediction.at("interval_90")[0];
    row["mmlu_high90"] = prediction.at("interval_90")[1];
    row["domain_distance"] = prediction.at("domain").at("distance");
    row["domain_warnings"] = prediction.at("domain").at("warnings");
  }
  return row;
}

// Whole numbers up to a million as they stand, so that shapes read exactly.
std::string Cell(const Json& value) {
  if (value.is_number_integer() && value.get<Count>() < 1'000'000) return value.dump();
  if (value.is_number()) return HumanCount(value.get<double>());
  return value.is_null() ? "-" : value.dump();
}

// One column a model, one line a quantity.
Printout ComparePrintout(const Json& rows) {
  std::vector<std::string> header{"model"};
  for (const Json& row : rows) header.push_back(row.at("model").get<std::string>());
  TextTable table(header);
  for (const auto& item : rows[0].items()) {
    if (item.key() == "model" || item.key() == "index" || item.key() == "domain_warnings") continue;
    std::vector<std::string> line{item.key()};
    for (const Json& row : rows) line.push_back(Cell(row.at(item.key())));
    table.Add(std::move(line));
  }
  Printout out;
  out.Table(std::move(table));
  for (const Json& row : rows) {
    for (const Json& warning : row.value("domain_warnings", Json::array()))
      out.Warnings(
          Json::array({row.at("model").get<std::string>() + ": " + warning.get<std::string>()}));
  }
  return out;
}

Question Ask(const CompareFlags& flags, Inputs& inputs) {
  Question q;
  q.law = LoadLaw(flags.law, inputs, "command line", "--law");
  q.gamma = kFlags.Number("gamma", flags.gamma, {0, 1000, true});
  if (!flags.tokens.empty()) q.tokens = kFlags.Number("tokens", flags.tokens, {0, 1e30, true});
  q.context = kFlags.Whole("context", flags.context, 1, kMaxWidth);
  q.bytes = DtypeBytes(flags.dtype, "command line", "--dtype");
  if (!flags.accelerator.empty()) {
    Serving s;
    std::vector<std::string> prices;  // none is used here
    s.accelerator =
        LoadAccelerator(flags.accelerator, inputs, "command line", "--accelerator", {}, prices);
    s.count = kFlags.Whole("count", flags.count, 1, kMaxWidth);
    s.batch = kFlags.Whole("batch", flags.batch, 1, kMaxWidth);
    s.context = q.context;
    s.weight_bytes = s.kv_bytes = q.bytes;
    q.serving = s;
  }
  return q;
}

int Compare(const CompareFlags& flags) {
  const Stopwatch stopwatch;
  Inputs inputs;
  std::vector<std::string> defaults, notes;
  const Question question = Ask(flags, inputs);
  Json rows = Json::array();
  for (const std::string& name : flags.models) {
    const std::string path = FindConfig("models", name, "command line", "model");
    const Model model = ParseModel(inputs.Read(path), path);
    for (const std::string& used : model.defaults) defaults.push_back(model.name + ": " + used);
    for (const std::string& note : model.notes) notes.push_back(model.name + ": " + note);
    rows.push_back(Row(model, rows.size(), question));
  }
  if (!flags.json) {
    Printout out = ComparePrintout(rows);
    out.Echo(notes, defaults);
    out.Lines(kConventionsLine);
    Print(out);
    return kDone;
  }
  Json result = Envelope("compare", question.law.name, inputs, 1, stopwatch.Seconds());
  result["context"] = question.context;
  result["dtype"] = flags.dtype;
  result["rows"] = rows;
  result["defaults"] = defaults;
  result["notes"] = notes;
  result["conventions"] = ConventionsJson();
  PrintJson(result);
  return kDone;
}

}  // namespace

void AddCompare(CLI::App& app, int& status) {
  auto flags = std::make_shared<CompareFlags>();
  CLI::App* command = app.add_subcommand("compare", "architectures side by side");
  command
      ->add_option("models", flags->models,
                   "config.json files, short forms or names in configs/models")
      ->required()
      ->type_name(kTakesModel);
  command
      ->add_option("--tokens", flags->tokens,
                   "training tokens, as 15T: adds the score and the training FLOPs")
      ->type_name(kTakesTokens);
  const auto add = [&](const char* flag, std::string& value, const char* type, const char* what) {
    return command->add_option(flag, value, what)->type_name(type)->capture_default_str();
  };
  add("--gamma", flags->gamma, kTakesNumber,
      "precision loss of the training infrastructure; 1 is good");
  add("--context", flags->context, kTakesTokens, "tokens of a sequence");
  AddDtype(*command, flags->dtype);
  auto* accelerator =
      command
          ->add_option("--accelerator", flags->accelerator,
                       "a name in configs/hardware or a path: adds decode and prefill speed")
          ->type_name(kTakesAccelerator);
  add("--count", flags->count, kTakesNumber, "accelerators that serve")->needs(accelerator);
  add("--batch", flags->batch, kTakesNumber, "sequences decoded together")->needs(accelerator);
  AddLaw(*command, flags->law);
  AddJson(*command, flags->json);
  AddExamples(*command,
              {"perflaw compare llama-3.1-8b qwen3-30b-a3b --tokens 15T",
               "perflaw compare llama-3.1-8b mixtral-8x7b --accelerator h100-sxm --count 8"});
  command->callback([flags, &status] { status = Compare(*flags); });
}

}  // namespace perflaw
