#include "search/io/outputs/inversion_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "search/io/inputs/catalog.hpp"
#include "search/io/text/json.hpp"
#include "search/io/text/numbers.hpp"

namespace perflaw {
namespace {

constexpr const char* kNames[] = {"q05", "q25", "q50", "q75", "q95"};

bool IsDate(const std::string& name) { return name == "released"; }

Json Value(const std::string& name, double value) {
  return IsDate(name) ? Json(FormatYearMonth(value)) : Real(value);
}

Json QuantilesJson(const std::string& name, const Quantiles& q, double unit = 1) {
  const double values[] = {q.q05, q.q25, q.q50, q.q75, q.q95};
  Json json = Json::object();
  for (std::size_t i = 0; i < 5; ++i) json[kNames[i]] = Value(name, unit * values[i]);
  return json;
}

Json StructureJson(const Law& law, const Structure& s) {
  const TrainedModel& m = s.model;
  const bool moe = m.form == Form::kMoe;
  return {{"kind", moe ? "moe" : "dense"},
          {"layers", Real(std::round(m.layers))},
          {"hidden", Real(std::round(m.hidden))},
          {"ffn", Real(std::round(m.ffn))},
          {"activated_ffn", Real(std::round(m.widest_ffn))},
          {"experts", moe ? Real(std::round(s.experts)) : Json(1)},
          {"experts_active", moe ? Real(std::round(s.experts_active)) : Json(1)},
          {"tokens", Real(m.tokens)},
          {"total_params", Real(m.total_params)},
          {"active_params", Real(m.active_params)},
          {"released", FormatYearMonth(s.released)},
          {"mmlu", Real(Bounded(law, s.raw))},
          {"mmlu_raw", Real(s.raw)},
          {"weight", Real(s.weight)}};
}

// By columns, which are shorter than rows.
Json SampleJson(const Law& law, const std::vector<Structure>& sample) {
  Json columns = Json::object();
  for (const Structure& s : sample) {
    const Json row = StructureJson(law, s);
    for (const char* key : {"kind", "released", "total_params", "active_params", "layers", "hidden",
                            "ffn", "activated_ffn", "tokens", "mmlu"})
      columns[key].push_back(row.at(key));
  }
  return columns;
}

bool IsKnown(const ClosedCase& closed, const std::string& name) {
  for (std::size_t i = 0; i < kTraits; ++i) {
    const auto& known = closed.known[i];
    if (TraitName(i) == name && known) return known->lo == known->hi;
  }
  return false;
}

// A plain sentence on what the evidence says of a field.
std::string Finding(const std::string& name, bool known, double identified, const Quantiles& q) {
  if (known) return fmt::format("{}: known", name);
  constexpr double kHardly = 0.1, kPartly = 0.5;
  const char* how = identified < kHardly   ? "not identified by this evidence"
                    : identified < kPartly ? "partly identified"
                                           : "identified";
  if (IsDate(name)) {
    return fmt::format("{}: {}, 90% within {} to {}", name, how, FormatYearMonth(q.q05),
                       FormatYearMonth(q.q95));
  }
  const auto number = [](double x) { return x < 1000 ? fmt::format("{:.3g}", x) : HumanCount(x); };
  return fmt::format("{}: {}, 90% within {} to {}, a factor of {:.1f} either way", name, how,
                     number(q.q05), number(q.q95), std::sqrt(q.q95 / q.q05));
}

Json ConflictsJson(const Inversion& inversion) {
  Json conflicts = Json::array();
  for (const Conflict& c : inversion.conflicts) {
    const bool kind = c.evidence == "kind";
    conflicts.push_back(
        {{"evidence", c.evidence},
         {"given", kind ? Json(nullptr) : Value(c.evidence, c.given)},
         {"expected_90",
          kind ? Json(nullptr) : Json{Value(c.evidence, c.low), Value(c.evidence, c.high)}},
         {"chance", Real(c.chance)}});
  }
  return conflicts;
}

std::vector<std::string> Warnings(const CaseFile& file, const Inversion& inversion) {
  std::vector<std::string> warnings = file.warnings;
  for (const Conflict& c : inversion.conflicts) {
    warnings.push_back(
        fmt::format("contradiction: by the prior, the law and all else that is given, {} as it is "
                    "has a chance of "
                    "{:.2g}",
                    c.evidence, c.chance));
  }
  if (const auto& score = file.closed.score; score && !inversion.modes.empty()) {
    constexpr double kFar = 0.5;
    const double nearest = Bounded(file.closed.law, inversion.modes.front().raw);
    if (std::abs(nearest - score->mmlu) > kFar) {
      warnings.push_back(fmt::format(
          "by the law nothing within reach has this score: the modes are the nearest, {:.1f}",
          nearest));
    }
  }
  constexpr double kFew = 10'000;
  if (inversion.effective_draws < kFew && std::isfinite(inversion.moe_share)) {
    warnings.push_back(
        fmt::format("the evidence lies where the prior hardly reaches: {:.0f} effective draws; "
                    "intervals may be off "
                    "by more than 2%, and --draws helps",
                    inversion.effective_draws));
  }
  const Domain& domain = file.closed.law.domain;
  const Feature features[] = {Feature::kTotalParams, Feature::kTokens};
  const Quantity quantities[] = {Quantity::kTotalParams, Quantity::kTokens};
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& q = inversion.posterior[static_cast<std::size_t>(quantities[i])];
    const double most = domain.box[static_cast<std::size_t>(features[i])].max;
    if (q && q->q50 > most * (1 + 1e-9)) {
      warnings.push_back(fmt::format(
          "{} of {} (the middle) lies beyond {}, the most that the law was checked with",
          FeatureName(features[i]), HumanCount(q->q50), HumanCount(most)));
    }
  }
  return warnings;
}

}  // namespace

TrainingRun PricedRun(Inputs& inputs, std::vector<std::string>& defaults) {
  constexpr const char* kAccelerator = "h100-sxm";
  constexpr double kMfu = 0.4;
  TrainingRun run;
  run.accelerator =
      LoadAccelerator(kAccelerator, inputs, "inversion", "accelerator", std::nullopt, defaults);
  run.count = 1;
  run.mfu = kMfu;
  defaults.push_back(fmt::format("train_usd: {} at MFU {}", kAccelerator, kMfu));
  return run;
}

Json InversionJson(const CaseFile& file, const Inversion& inversion, const TrainingRun& run) {
  const Law& law = file.closed.law;
  Json intervals = Json::object(), priors = Json::object(), identified = Json::object(),
       findings = Json::array();
  for (std::size_t i = 0; i < kQuantities; ++i) {
    const Quantity quantity{static_cast<int>(i)};
    const std::string name(QuantityName(quantity));
    const auto &posterior = inversion.posterior[i], &prior = inversion.prior[i];
    if (!posterior) continue;
    intervals[name] = QuantilesJson(name, *posterior);
    if (quantity == Quantity::kTrainFlops) {
      const auto usd = CostOfTraining(1e20, run).usd;
      intervals["train_usd"] = QuantilesJson("train_usd", *posterior, *usd / 1e20);
    }
    if (!prior || quantity == Quantity::kMmlu) continue;
    priors[name] = QuantilesJson(name, *prior);
    const bool known = IsKnown(file.closed, name);
    const double share = known ? 1 : Identified(*posterior, *prior, !IsDate(name));
    identified[name] = Real(share);
    findings.push_back(Finding(name, known, share, *posterior));
  }
  Json modes = Json::array(), structures = Json::array(), ranges = Json::object();
  for (const Structure& s : inversion.modes) modes.push_back(StructureJson(law, s));
  for (const Structure& s : inversion.structures) structures.push_back(StructureJson(law, s));
  for (const ProfileRange& range : inversion.ranges) {
    const std::string name(TraitName(range.trait));
    ranges[name] = {Value(name, range.lo), Value(name, range.hi)};
  }
  return {{"status", StatusName(inversion.status)},
          {"name", file.name},
          {"gamma", Real(file.closed.gamma)},
          {"law_sigma", Real(law.sigma)},
          {"odds", {{"dense", Real(1 - inversion.moe_share)}, {"moe", Real(inversion.moe_share)}}},
          {"intervals", intervals},
          {"prior", priors},
          {"ranges", ranges},
          {"identified", identified},
          {"findings", findings},
          {"structures", structures},
          {"sample", SampleJson(law, inversion.sample)},
          {"modes", modes},
          {"conflicts", ConflictsJson(inversion)},
          {"effective_draws", Real(inversion.effective_draws)},
          {"guesses", file.guesses},
          {"case", file.asked},
          {"warnings", Warnings(file, inversion)},
          {"defaults", file.defaults}};
}

}  // namespace perflaw
