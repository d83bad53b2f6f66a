#include "search/io/inputs/study_file.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "search/base/error.hpp"
#include "search/io/inputs/catalog.hpp"
#include "search/io/inputs/space_file.hpp"
#include "search/io/models/dtype.hpp"
#include "search/io/models/short_form.hpp"
#include "search/statistics/distributions.hpp"

namespace perflaw {
namespace {

const std::vector<std::string> kRecomputeNames = {"none", "selective", "full"};

// gamma as a number, or the risk-quantile of a log-normal {"median", "p90", "risk"}.
double ReadGamma(Fields& fields) {
  const Range range{0, 1000, true};
  if (!fields.Get("gamma").is_object()) return fields.Number("gamma", range);
  Fields spread = fields.Object("gamma");
  const double median = spread.Number("median", range);
  const double p90 = spread.Number("p90", {median, range.most});
  const double risk = spread.Number("risk", {0.001, 0.999});
  spread.Done();
  const double gamma =
      median * std::exp(std::log(p90 / median) / NormalQuantile(0.9) * NormalQuantile(risk));
  if (!(gamma > 0 && gamma <= range.most))
    spread.Fail("risk", fmt::format("leads to gamma {:.3g}, which must be above 0 and at most {}",
                                    gamma, range.most));
  return gamma;
}

double Dtype(Fields& fields, const std::string& key) {
  return DtypeBytes(fields.Text(key), fields.file(), fields.PathOf(key));
}

}  // namespace

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
  if ((days || usd) && !budget.run)
    fields.Fail("accelerator", "is missing: days and usd are limits of accelerators");
  fields.Done();
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

namespace {

Parallelism ReadTraining(Fields fields, const Budget& budget, std::vector<std::string>& defaults) {
  fields.EchoDefaults(&defaults);
  Parallelism p;
  p.data = fields.Whole("data_parallel", 1, kMaxWidth, 1);
  p.tensor = fields.Whole("tensor_parallel", 1, kMaxWidth, 1);
  p.pipeline = fields.Whole("pipeline_parallel", 1, kMaxWidth, 1);
  p.expert = fields.Whole("expert_parallel", 1, kMaxWidth, 1);
  p.zero = static_cast<int>(fields.Whole("zero", 0, 3, 0));
  p.micro_batch = fields.Whole("micro_batch", 1, kMaxWidth, 1);
  p.context = fields.Whole("context", 1, kMaxWidth);
  p.sequence_parallel = fields.Flag("sequence_parallel", false);
  if (fields.Has("recompute")) {
    p.recompute = Recompute{static_cast<int>(fields.Choice("recompute", kRecomputeNames))};
  } else {
    defaults.emplace_back("training.recompute = none");
  }
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
  s.weight_bytes = Dtype(fields, "dtype");
  s.kv_bytes = fields.Has("kv_dtype") ? Dtype(fields, "kv_dtype") : s.weight_bytes;
  if (!fields.Has("kv_dtype")) defaults.emplace_back("inference.kv_dtype = inference.dtype");
  serve.tokens = fields.OptionalNumber("serve_tokens", kPositive);
  fields.Done();
  return serve;
}

Metric ReadMetric(const std::string& name, const std::string& file, const std::string& key) {
  if (const auto metric = FindMetric(name)) return *metric;
  std::vector<std::string_view> names;
  for (const MetricInfo& info : kMetricTable) names.push_back(info.name);
  throw InputError(file, key, '"' + name + '"',
                   fmt::format("must be a metric: {}", fmt::join(names, ", ")));
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

struct Extreme {
  Metric metric;
  bool maximize;
};

// {"maximize": metric} or {"minimize": metric}.
Extreme ReadExtreme(Fields fields) {
  const bool maximize = fields.Has("maximize");
  const std::string way = maximize ? "maximize" : "minimize";
  const Metric metric = ReadMetric(fields.Text(way), fields.file(), fields.PathOf(way));
  fields.Done();
  return {metric, maximize};
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
  const Json& value = fields.Get("objective");
  if (value.is_string()) return NamedObjective(fields, study);
  const auto [metric, maximize] = ReadExtreme(fields.Object("objective"));
  Objective objective;
  objective.metric = metric;
  objective.maximize = maximize;
  objective.name = fmt::format("{} {}", maximize ? "maximize" : "minimize", MetricName(metric));
  return objective;
}

FrontMetric ReadFrontMetric(const Json& value, const std::string& file, const std::string& key) {
  if (value.is_string()) {
    const Metric metric = ReadMetric(value.get<std::string>(), file, key);
    return {metric, InfoOf(metric).Is(kLargerIsBetter), 0};
  }
  const auto [metric, maximize] = ReadExtreme(Fields(value, file, key));
  return {metric, maximize, 0};
}

std::vector<FrontMetric> ReadFront(Fields& fields) {
  const Json& names = fields.Get("pareto");
  if (!names.is_array() || names.size() < 2 || names.size() > kMaxFrontMetrics)
    fields.Fail("pareto", fmt::format("must be a list of 2 to {} metrics", kMaxFrontMetrics));
  std::vector<FrontMetric> front;
  const auto find = [&front](Metric metric) {
    return std::find_if(front.begin(), front.end(),
                        [&](const FrontMetric& f) { return f.metric == metric; });
  };
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string key = fmt::format("pareto[{}]", i);
    const FrontMetric read = ReadFrontMetric(names[i], fields.file(), key);
    if (find(read.metric) != front.end()) fields.Fail("pareto", "names a metric twice");
    front.push_back(read);
  }
  if (!fields.Has("resolution")) return front;
  const Json& object = fields.Get("resolution");
  Fields resolution = fields.Object("resolution");
  for (const auto& item : object.items()) {
    const auto at = find(ReadMetric(item.key(), fields.file(), resolution.PathOf(item.key())));
    if (at == front.end()) resolution.Fail(item.key(), "must be a metric of pareto");
    at->resolution = resolution.Number(item.key(), {0, std::numeric_limits<double>::max()});
  }
  resolution.Done();
  return front;
}

Method ReadMethod(const std::string& name, const std::string& file, const std::string& key) {
  if (name == "exhaustive") return Method::kExhaustive;
  if (name == "certified") return Method::kCertified;
  throw InputError(file, key, '"' + name + '"', "must be certified or exhaustive");
}

Law ReadLaw(Fields& fields, const StudyOverrides& overrides, Inputs& inputs,
            std::vector<std::string>& defaults) {
  fields.Skip("law");
  if (overrides.law) return LoadLaw(*overrides.law, inputs, "command line", "--law");
  if (fields.Has("law")) return LoadLaw(fields.Text("law"), inputs, fields.file(), "law");
  defaults.push_back(fmt::format("law = {}", kDefaultLaw));
  return LoadLaw(kDefaultLaw, inputs, fields.file(), "law");
}

// Reads the template and what it must be for any point.
void ReadBase(Fields fields, Study& study) {
  ReadTemplate(fields, study.base, study.moe_base);
  const StackTemplate& a = study.base;
  study.heads_fixed = a.heads > 0;
  if (study.heads_fixed && a.heads % KvHeadsOf(a) != 0)
    fields.Fail("kv_heads", fmt::format("must divide the {} heads", a.heads));
}

}  // namespace

Study ParseStudy(const Json& root, const std::string& file, const StudyOverrides& overrides,
                 Inputs& inputs) {
  Fields fields(root, file, "");
  Study study;
  study.file = file;
  const auto given = [&](const char* key, bool overridden, const char* fallback) {
    fields.Skip(key);
    if (!fields.Has(key) && !overridden)
      study.defaults.push_back(fmt::format("{} = {}", key, fallback));
    return fields.Has(key);
  };
  study.law = ReadLaw(fields, overrides, inputs, study.defaults);
  EchoRecipe(study.law, study.defaults);
  if (given("gamma", overrides.gamma.has_value(), "1")) study.gamma = ReadGamma(fields);
  if (overrides.gamma) study.gamma = *overrides.gamma;
  ReadBase(fields.Object("template"), study);
  study.space = ReadSpace(fields.Object("space"));
  if (fields.Has("budget"))
    study.budget = ReadBudget(fields.Object("budget"), inputs, study.defaults);
  if (fields.Has("training"))
    study.training = ReadTraining(fields.Object("training"), study.budget, study.defaults);
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
  if (given("objective", false, "mmlu")) study.objective = ReadObjective(fields, study);
  if (given("domain", false, "inside"))
    study.inside_domain = fields.Choice("domain", {"inside", "any"}) == 0;
  if (given("top", overrides.top.has_value(), "20")) study.top = fields.Whole("top", 1, 10000);
  if (overrides.top) study.top = *overrides.top;
  if (fields.Has("pareto")) {
    study.front = ReadFront(fields);
  } else if (fields.Has("resolution")) {
    fields.Fail("resolution", "needs pareto");
  }
  if (given("method", overrides.method.has_value(), "certified"))
    study.method = ReadMethod(fields.Text("method"), file, "method");
  if (overrides.method) study.method = ReadMethod(*overrides.method, "command line", "--method");
  for (const char* key : {"$schema", "budget", "training", "inference", "constraints", "objective",
                          "pareto", "resolution"})
    fields.Skip(key);
  fields.Done();
  if (study.space.token_rule == TokenRule::kBudget && !study.budget.train_flops) {
    throw InputError(file, "space.tokens", "\"budget\"",
                     "needs a budget: train_flops, days or usd");
  }
  return study;
}

Study LoadStudy(const std::string& path, const StudyOverrides& overrides, Inputs& inputs) {
  return ParseStudy(ParseJson(inputs.Read(path), path), path, overrides, inputs);
}

Json Overridden(Json root, const StudyOverrides& overrides) {
  if (overrides.law) root["law"] = *overrides.law;
  if (overrides.gamma) root["gamma"] = Real(*overrides.gamma);
  if (overrides.top) root["top"] = *overrides.top;
  if (overrides.method) root["method"] = *overrides.method;
  return root;
}

}  // namespace perflaw
