#include "search/io/study_file.hpp"

#include <algorithm>
#include <cmath>

#include "search/error.hpp"
#include "search/io/catalog.hpp"
#include "search/io/short_form.hpp"

namespace perflaw {
namespace {

constexpr double kNormalQuantile90 = 1.2815515655446004;
constexpr Count kMaxTokens = 1'000'000'000'000'000'000;
const std::vector<std::string> kRecomputeNames = {"none", "selective", "full"};

// The standard normal quantile, by bisection of its distribution function to the last bit.
double NormalQuantile(double probability) {
  double low = -40, high = 40;
  for (int i = 0; i < 200; ++i) {
    const double middle = (low + high) / 2;
    (std::erfc(-middle / std::sqrt(2.0)) / 2 < probability ? low : high) = middle;
  }
  return high;
}

Axis ReadAxis(const Json& value, const std::string& file, const std::string& key, Count least,
              Count most) {
  if (value.is_array()) {
    if (value.empty()) throw InputError(file, key, "[]", "must hold at least one value");
    std::vector<Count> values;
    for (std::size_t i = 0; i < value.size(); ++i) {
      values.push_back(ToWhole(value[i], file, fmt::format("{}[{}]", key, i), least, most));
    }
    std::vector<Count> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice != sorted.end())
      throw InputError(file, key, fmt::to_string(*twice), "stands twice on the axis");
    return Axis(std::move(values));
  }
  if (!value.is_object()) {
    throw InputError(file, key, value.dump(),
                     "must be a list of values or {\"from\", \"to\", \"step\"}");
  }
  Fields range(value, file, key);
  const Count from = range.Whole("from", least, most), to = range.Whole("to", least, most);
  const Count step = range.Whole("step", 1, most);
  range.Done();
  if (from > to) range.Fail("from", fmt::format("must be at most to = {}", to));
  return {from, to, step};
}

void ReadTimesHidden(Fields fields, Space& space) {
  const Json& times = fields.Get("times_hidden");
  if (!times.is_array() || times.empty())
    fields.Fail("times_hidden", "must be a list of at least one number");
  for (std::size_t i = 0; i < times.size(); ++i) {
    const std::string key = fields.PathOf(fmt::format("times_hidden[{}]", i));
    const double value = ToNumber(times[i], fields.file(), key, {0, 1024, true});
    if (std::find(space.ffn_times_hidden.begin(), space.ffn_times_hidden.end(), value) !=
        space.ffn_times_hidden.end()) {
      throw InputError(fields.file(), key, fmt::to_string(value), "stands twice on the axis");
    }
    space.ffn_times_hidden.push_back(value);
  }
  space.ffn_multiple_of = fields.Whole("multiple_of", 1, kMaxWidth, 1);
  fields.Done();
  space.axes[kFfnAxis] = Axis(0, static_cast<Count>(times.size()) - 1, 1);
}

void ReadTokens(Fields& fields, Space& space) {
  const Json& value = fields.Get("tokens");
  if (!value.is_string()) {
    space.axes[kTokensAxis] =
        ReadAxis(value, fields.file(), fields.PathOf("tokens"), 1, kMaxTokens);
    return;
  }
  if (value != "budget" && value != "least")
    fields.Fail("tokens", "must be an axis, \"budget\" or \"least\"");
  space.token_rule = value == "budget" ? TokenRule::kBudget : TokenRule::kLeast;
}

Space ReadSpace(Fields fields) {
  Space space;
  const auto axis = [&](AxisName name, Count least, Count most) {
    const std::string key(kAxisNames[name]);
    space.axes[name] = ReadAxis(fields.Get(key), fields.file(), fields.PathOf(key), least, most);
  };
  axis(kLayersAxis, 1, kMaxLayers);
  axis(kHiddenAxis, 1, kMaxWidth);
  const Json& ffn = fields.Get("ffn");
  if (ffn.is_object() && ffn.contains("times_hidden")) {
    ReadTimesHidden(fields.Object("ffn"), space);
  } else {
    axis(kFfnAxis, 1, kMaxWidth);
  }
  space.axes[kExpertsAxis] = space.axes[kActiveAxis] = Axis(1);
  if (fields.Has("experts")) axis(kExpertsAxis, 1, kMaxWidth);
  if (fields.Has("experts_active")) axis(kActiveAxis, 1, kMaxWidth);
  if (fields.Has("experts_shared")) axis(kSharedAxis, 0, kMaxWidth);
  ReadTokens(fields, space);
  for (const char* key : {"experts", "experts_active", "experts_shared"}) fields.Skip(key);
  fields.Done();
  if (!space.CheckedSize()) throw InputError(fields.file(), "space", "", "has 2^63 points or more");
  return space;
}

Budget ReadBudget(Fields fields, Inputs& inputs, std::vector<std::string>& defaults) {
  Budget budget;
  budget.train_flops = fields.OptionalNumber("train_flops", kPositive);
  budget.max_tokens = fields.OptionalNumber("max_tokens", kPositive);
  const auto days = fields.OptionalNumber("days", kPositive),
             usd = fields.OptionalNumber("usd", kPositive);
  if (int(budget.train_flops.has_value()) + int(days.has_value()) + int(usd.has_value()) > 1) {
    fields.Fail(days ? "days" : "usd",
                "only one of train_flops, days and usd may limit the budget");
  }
  if (fields.Has("accelerator")) {
    TrainingRun run;
    const auto price = fields.OptionalNumber("usd_per_hour", kPositive);
    run.accelerator = LoadAccelerator(fields.Text("accelerator"), inputs, fields.file(),
                                      fields.PathOf("accelerator"), price, defaults);
    run.mfu = fields.Number("mfu", {0, 1, true});
    run.count = days ? fields.Whole("count", 1, kMaxWidth) : fields.Whole("count", 1, kMaxWidth, 0);
    run.power_usage_effectiveness =
        fields.OptionalNumber("power_usage_effectiveness", {1, 10}).value_or(1);
    run.kilograms_co2_per_kwh = fields.OptionalNumber("kg_co2_per_kwh", {0});
    if (!fields.Has("power_usage_effectiveness")) {
      defaults.emplace_back("budget.power_usage_effectiveness = 1 (accelerators alone)");
    }
    budget.run = run;
  }
  fields.Done();
  if ((days || usd) && !budget.run)
    fields.Fail("accelerator", "is missing: days and usd are limits of accelerators");
  if (days) {
    budget.train_flops = budget.run->accelerator.peak * budget.run->mfu *
                         static_cast<double>(budget.run->count) * *days * kSecondsPerDay;
  }
  if (usd) {
    const auto& price = budget.run->accelerator.usd_per_hour;
    if (!price) fields.Fail("usd_per_hour", "is missing: this accelerator has no list price");
    budget.train_flops =
        *usd / *price * kSecondsPerHour * budget.run->accelerator.peak * budget.run->mfu;
  }
  return budget;
}

Parallelism ReadTraining(Fields fields, const Budget& budget) {
  Parallelism p;
  p.data = fields.Whole("data_parallel", 1, kMaxWidth, 1);
  p.tensor = fields.Whole("tensor_parallel", 1, kMaxWidth, 1);
  p.pipeline = fields.Whole("pipeline_parallel", 1, kMaxWidth, 1);
  p.expert = fields.Whole("expert_parallel", 1, kMaxWidth, 1);
  p.zero = static_cast<int>(fields.Whole("zero", 0, 3, 0));
  p.micro_batch = fields.Whole("micro_batch", 1, kMaxWidth, 1);
  p.context = fields.Whole("context", 1, kMaxWidth);
  p.sequence_parallel = fields.Flag("sequence_parallel", false);
  if (fields.Has("recompute"))
    p.recompute = Recompute{static_cast<int>(fields.Choice("recompute", kRecomputeNames))};
  fields.Done();
  if (p.data % p.expert != 0) {
    fields.Fail("expert_parallel", fmt::format("must divide data_parallel = {}", p.data));
  }
  const double used =
      static_cast<double>(p.data) * static_cast<double>(p.tensor) * static_cast<double>(p.pipeline);
  if (budget.run && budget.run->count > 0 && used != static_cast<double>(budget.run->count)) {
    fields.Fail("data_parallel",
                fmt::format("data x tensor x pipeline = {} must be budget.count = {}", used,
                            budget.run->count));
  }
  return p;
}

Serve ReadInference(Fields fields, Inputs& inputs, std::vector<std::string>& defaults) {
  Serve serve;
  Serving& s = serve.serving;
  const auto price = fields.OptionalNumber("usd_per_hour", kPositive);
  s.accelerator = LoadAccelerator(fields.Text("accelerator"), inputs, fields.file(),
                                  fields.PathOf("accelerator"), price, defaults);
  s.count = fields.Whole("count", 1, kMaxWidth);
  s.batch = fields.Whole("batch", 1, kMaxWidth);
  s.context = fields.Whole("context", 1, kMaxWidth);
  s.weight_bytes = DtypeBytes(fields, "dtype");
  s.kv_bytes = fields.Has("kv_dtype") ? DtypeBytes(fields, "kv_dtype") : s.weight_bytes;
  if (!fields.Has("kv_dtype")) defaults.emplace_back("inference.kv_dtype = inference.dtype");
  serve.tokens = fields.OptionalNumber("serve_tokens", kPositive);
  fields.Done();
  return serve;
}

Metric ReadMetric(const std::string& name, const std::string& file, const std::string& key) {
  if (const auto metric = FindMetric(name)) return *metric;
  throw InputError(file, key, '"' + name + '"',
                   fmt::format("must be a metric: {}", fmt::join(kMetricNames, ", ")));
}

std::vector<Limit> ReadConstraints(Fields fields, const Json& object) {
  std::vector<Limit> limits;
  for (const auto& item : object.items()) {
    const Metric metric = ReadMetric(item.key(), fields.file(), fields.PathOf(item.key()));
    Fields limit = fields.Object(item.key());
    const auto min = limit.OptionalNumber("min", {}), max = limit.OptionalNumber("max", {});
    limit.Done();
    if (!min && !max) fields.Fail(item.key(), "must have a min or a max");
    if (min && max && *min > *max) limit.Fail("min", fmt::format("must be at most max = {}", *max));
    if (min) limits.push_back({metric, false, *min});
    if (max) limits.push_back({metric, true, *max});
  }
  return limits;
}

Objective NamedObjective(Fields& fields, const Study& study) {
  constexpr std::size_t kCheapest = 1;
  const std::size_t choice =
      fields.Choice("objective", {"mmlu", "cheapest", "shallowest", "balance"});
  Objective objective;
  objective.name = fields.Text("objective");
  const bool has_floor = std::any_of(study.limits.begin(), study.limits.end(), [](const Limit& l) {
    return l.metric == Metric::kMmlu && !l.is_max;
  });
  if (objective.name == "shallowest") objective.goal = Goal::kShallowest;
  if (objective.name == "balance") objective.goal = Goal::kBalance;
  if (choice == kCheapest) {
    const bool priced = study.budget.run && study.budget.run->accelerator.usd_per_hour;
    objective.metric = priced ? Metric::kTrainUsd : Metric::kTrainFlops;
    objective.maximize = false;
  }
  if ((objective.name == "cheapest" || objective.name == "shallowest") && !has_floor) {
    fields.Fail("objective", "needs constraints.mmlu.min");
  }
  return objective;
}

Objective ReadObjective(Fields& fields, const Study& study) {
  if (!fields.Has("objective")) return {};
  const Json& value = fields.Get("objective");
  if (value.is_string()) return NamedObjective(fields, study);
  Fields extreme = fields.Object("objective");
  Objective objective;
  objective.maximize = extreme.Has("maximize");
  const std::string way = objective.maximize ? "maximize" : "minimize";
  objective.metric = ReadMetric(extreme.Text(way), fields.file(), extreme.PathOf(way));
  objective.name = fmt::format("{} {}", way, MetricName(objective.metric));
  extreme.Done();
  return objective;
}

void RefuseWhatIsToCome(Fields& fields, const StudyOverrides& overrides) {
  std::string method = "exhaustive";
  if (fields.Has("method")) {
    fields.Choice("method", {"exhaustive", "certified"});
    method = fields.Text("method");
  }
  method = overrides.method.value_or(method);
  if (method != "exhaustive") {
    throw InputError(fields.file(), "method", '"' + method + '"',
                     "only the exhaustive method is there yet");
  }
  for (const char* key : {"pareto", "resolution"}) {
    if (fields.Has(key)) fields.Fail(key, "fronts are not there yet");
  }
}

}  // namespace

double DtypeBytes(const std::string& dtype, const std::string& file, const std::string& key) {
  if (dtype == "fp32") return 4;
  if (dtype == "bf16" || dtype == "fp16") return 2;
  if (dtype == "fp8" || dtype == "int8") return 1;
  if (dtype == "fp4" || dtype == "int4") return 0.5;
  throw InputError(file, key, '"' + dtype + '"',
                   "must be one of fp32, bf16, fp16, fp8, int8, fp4, int4");
}

double DtypeBytes(Fields& fields, const std::string& key) {
  return DtypeBytes(fields.Text(key), fields.file(), fields.PathOf(key));
}

double ReadGamma(Fields& fields) {
  const Range range{0, 1000, true};
  if (!fields.Get("gamma").is_object()) return fields.Number("gamma", range);
  Fields spread = fields.Object("gamma");
  const double median = spread.Number("median", range);
  const double p90 = spread.Number("p90", {median, range.most});
  const double risk = spread.Number("risk", {0.001, 0.999});
  spread.Done();
  return median * std::exp(std::log(p90 / median) / kNormalQuantile90 * NormalQuantile(risk));
}

Study LoadStudy(const std::string& path, const StudyOverrides& overrides, Inputs& inputs) {
  const Json root = ParseJson(inputs.Read(path), path);
  Fields fields(root, path, "");
  Study study;
  study.file = path;
  const auto defaulted = [&](const char* key, const std::string& value) {
    fields.Skip(key);
    if (!fields.Has(key)) study.defaults.push_back(fmt::format("{} = {}", key, value));
    return !fields.Has(key);
  };
  const bool no_law = defaulted("law", kDefaultLaw);
  const std::string law = overrides.law ? *overrides.law
                          : no_law      ? kDefaultLaw
                                        : fields.Text("law");
  study.law = LoadLaw(law, inputs, path, "law");
  if (!defaulted("gamma", "1")) study.gamma = ReadGamma(fields);
  if (overrides.gamma) study.gamma = *overrides.gamma;
  Fields base = fields.Object("template");
  ReadTemplate(base, study.base, study.moe_base);
  study.heads_fixed = study.base.heads > 0;
  study.space = ReadSpace(fields.Object("space"));
  if (fields.Has("budget"))
    study.budget = ReadBudget(fields.Object("budget"), inputs, study.defaults);
  if (fields.Has("training"))
    study.training = ReadTraining(fields.Object("training"), study.budget);
  if (fields.Has("inference"))
    study.inference = ReadInference(fields.Object("inference"), inputs, study.defaults);
  if (study.inference) {
    study.weight_bytes = study.inference->serving.weight_bytes;
    study.kv_bytes = study.inference->serving.kv_bytes;
  } else {
    study.defaults.emplace_back("weights and KV cache in bf16");
  }
  if (fields.Has("constraints")) {
    study.limits = ReadConstraints(fields.Object("constraints"), root.at("constraints"));
  }
  study.objective = ReadObjective(fields, study);
  if (!defaulted("domain", "inside"))
    study.inside_domain = fields.Choice("domain", {"inside", "any"}) == 0;
  if (!defaulted("top", "20")) study.top = fields.Whole("top", 1, 10000);
  if (overrides.top) study.top = *overrides.top;
  RefuseWhatIsToCome(fields, overrides);
  for (const char* key :
       {"$schema", "budget", "training", "inference", "constraints", "objective", "method"})
    fields.Skip(key);
  fields.Done();
  if (study.space.token_rule == TokenRule::kBudget && !study.budget.train_flops) {
    throw InputError(path, "space.tokens", "\"budget\"",
                     "needs a budget: train_flops, days or usd");
  }
  return study;
}

}  // namespace perflaw
