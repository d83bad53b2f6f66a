#include "search/answers/compare.hpp"

#include <optional>

#include "engine/cost.hpp"
#include "engine/count.hpp"
#include "search/base/stopwatch.hpp"
#include "search/io/models/dtype.hpp"
#include "search/io/models/model_source.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/io/outputs/prediction.hpp"

namespace perflaw {
namespace {

// What is asked of every model alike.
struct Terms {
  Law law;
  double gamma = 1;
  std::optional<Tokens> tokens;
  Count context = 0, long_context = 0;
  double bytes = 2;
  bool as_stored = true;  // weights of a quantized config take the bytes that it says
  std::optional<Serving> serving;
};

Json Row(const Model& model, std::size_t index, const Terms& q, const KeyPlace& place) {
  const Architecture& a = model.architecture;
  const ParamCounts counts = CountParams(a);
  const Outline outline = OutlineOf(a);
  const Count depth = Depth(a);
  const LayerWords words = WordsOf(a);
  const auto total = static_cast<double>(counts.Total()),
             active = static_cast<double>(counts.Active());
  const Bytes weights = q.as_stored && model.quantization
                            ? model.quantization->WeightBytes(counts.total)
                            : total * q.bytes;
  Json row = {{"model", model.name},
              {"index", index},
              {"layers", depth},
              {"hidden", a.hidden},
              {"ffn", LawFfn(a)},
              {"experts", outline.experts},
              {"experts_active", outline.active},
              {"experts_shared", outline.shared},
              {"heads", outline.heads},
              {"mixers", words.mixer},
              {"ffns", words.ffn},
              {"total_params", counts.Total()},
              {"active_params", counts.Active()},
              {"active_params_excluding_input_embedding", ActiveExcludingInputEmbedding(a)},
              {"active_share", Real(active / total)},
              {"ffn_ratio", Real(static_cast<double>(LawFfn(a)) / static_cast<double>(a.hidden))},
              {"aspect_ratio", Real(AsReal(a.hidden) / AsReal(depth))},
              {"weight_bytes", Real(weights)},
              {"kv_bytes_per_token", Real(KvBytesPerToken(a, q.context, q.bytes))},
              {"state_bytes_per_sequence", Real(StateBytesPerSequence(a, q.bytes))},
              {"prefill_flops_per_token", Real(PrefillFlopsPerToken(a, q.context))},
              {"prefill_flops_per_token_long", Real(PrefillFlopsPerToken(a, q.long_context))}};
  if (q.serving) {
    Serving serving = *q.serving;
    serving.weight_bytes = weights / total;
    const double rate = DecodeTokensPerSecond(a, {counts.Total(), counts.Active()}, serving);
    row["decode_tokens_per_second"] = rate > 0 ? Real(rate) : Json(nullptr);  // null: does not fit
    row["prefill_seconds"] = Real(PrefillSeconds(a, serving));
  }
  row["tokens"] = q.tokens ? Real(*q.tokens) : Json(nullptr);
  if (q.tokens) {
    const Json prediction =
        PredictionJson(q.law, TrainedOn(a, *q.tokens, model.name, place), q.gamma);
    for (const char* key : {"train_flops", "mmlu", "mmlu_raw"}) row[key] = prediction.at(key);
    row["tokens_per_param"] = Real(*q.tokens / total);
    row["mmlu_low90"] = prediction.at("interval_90")[0];
    row["mmlu_high90"] = prediction.at("interval_90")[1];
    row["domain_distance"] = prediction.at("domain").at("distance");
    row["domain_warnings"] = prediction.at("domain").at("warnings");
  }
  return row;
}

Terms ReadTerms(const CompareQuestion& question, Inputs& inputs, const KeyPlace& place) {
  Terms q;
  q.law = LoadLaw(question.law, inputs, place.file, place.Key("law"));
  q.gamma = place.Number("gamma", question.gamma, kGammaRange);
  if (!question.tokens.empty()) q.tokens = place.Number("tokens", question.tokens, kTokensRange);
  q.context = place.Whole("context", question.context, 1, kMaxWidth);
  q.long_context = place.Whole("long_context", question.long_context, 1, kMaxWidth);
  if (!question.dtype.empty()) {
    q.bytes = DtypeBytes(question.dtype, place.file, place.Key("dtype"));
    q.as_stored = false;
  }
  if (!question.accelerator.empty()) {
    Serving s;
    std::vector<std::string> prices;  // none is used here
    s.accelerator = LoadAccelerator(question.accelerator, inputs, place.file,
                                    place.Key("accelerator"), {}, prices);
    s.count = place.Whole("count", question.count, 1, kMaxWidth);
    s.batch = place.Whole("batch", question.batch, 1, kMaxWidth);
    s.context = q.context;
    s.kv_bytes = q.bytes;
    q.serving = s;
  }
  return q;
}

}  // namespace

Json Answer(const CompareQuestion& question, Inputs& inputs, Control&, const KeyPlace& place) {
  const Stopwatch stopwatch;
  std::vector<std::string> defaults, notes;
  const Terms terms = ReadTerms(question, inputs, place);
  Json rows = Json::array();
  for (const std::string& name : question.models) {
    const Model model = ReadModel(name, question.options, inputs, place);
    for (const std::string& used : model.defaults) defaults.push_back(model.name + ": " + used);
    for (const std::string& note : model.notes) notes.push_back(model.name + ": " + note);
    rows.push_back(Row(model, rows.size(), terms, place));
  }
  Json result = Envelope("compare", terms.law.name, inputs, 1, stopwatch.Seconds());
  result["context"] = terms.context;
  result["long_context"] = terms.long_context;
  result["dtype"] = question.dtype.empty() ? "bf16" : question.dtype;
  result["rows"] = rows;
  result["defaults"] = defaults;
  result["notes"] = notes;
  result["conventions"] = ConventionsJson();
  return result;
}

}  // namespace perflaw
