#include "search/io/inputs/case_file.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "search/base/error.hpp"
#include "search/io/inputs/catalog.hpp"
#include "search/io/inputs/prior_file.hpp"
#include "search/io/inputs/size_file.hpp"
#include "search/io/text/numbers.hpp"

namespace perflaw {
namespace {

constexpr Range kPercent{0, 100, true};
constexpr Count kMostExperts = 100'000;

// Half a unit of the last decimal that the number was given with.
double RoundingOf(double value) {
  constexpr int kMostDecimals = 10;
  double unit = 1;
  for (int i = 0; i < kMostDecimals; ++i, unit /= 10) {
    const double in_units = value / unit;
    if (std::abs(in_units - std::round(in_units)) < 1e-9 * std::max(1.0, std::abs(in_units))) break;
  }
  return unit / 2;
}

// Scores come as percents or as fractions.
double Percent(double value, const std::string& key, std::vector<std::string>& warnings) {
  if (value > 1) return value;
  warnings.push_back(
      fmt::format("evidence.{} = {} is read as a fraction, {} percent", key, value, 100 * value));
  return 100 * value;
}

class CaseReader {
 public:
  CaseReader(const std::string& path, Inputs& inputs)
      : inputs_(inputs),
        root_(ParseJson(inputs.Read(path), path)),
        fields_(root_, path, ""),
        models_(LoadEvidenceModels(inputs)) {}

  CaseFile Read(const std::optional<std::string>& law);

 private:
  void ReadLaws(const std::optional<std::string>& law);
  void ReadEvidence(Fields evidence);
  std::optional<ScoreEvidence> ReadMmlu(Fields& evidence);
  std::optional<ScoreEvidence> ReadPro(Fields& evidence);
  void WarnOfScore(const ScoreEvidence& score);
  void ReadMarket(Fields& evidence, const std::string& key, const PowerLaw& law);
  void ReadSize(Fields& evidence);
  void ReadKnown(Fields known);
  void ReadExperts(Fields& known);
  Limits ReadBounds(Fields& known, std::size_t trait);
  double ReadDate(const Fields& fields, const std::string& key, const Json& value);

  Inputs& inputs_;
  Json root_;
  Fields fields_;
  EvidenceModels models_;
  CaseFile case_;
};

void CaseReader::ReadLaws(const std::optional<std::string>& law) {
  ClosedCase& closed = case_.closed;
  const std::string& file = fields_.file();
  const std::string named = fields_.Has("law") ? fields_.Text("law") : kInversionLaw;
  if (!law && !fields_.Has("law")) case_.defaults.push_back(fmt::format("law = {}", named));
  closed.law =
      law ? LoadLaw(*law, inputs_, "command line", "--law") : LoadLaw(named, inputs_, file, "law");
  const std::string prior = fields_.Has("prior") ? fields_.Text("prior") : kDefaultPrior;
  if (!fields_.Has("prior")) case_.defaults.push_back(fmt::format("prior = {}", prior));
  const PriorFile learned = LoadPrior(prior, inputs_, file, "prior");
  closed.prior = learned.prior;
  const auto sigma = learned.law_sigma.find(closed.law.name);
  if (sigma != learned.law_sigma.end()) closed.law.sigma = sigma->second;
  const auto gamma = fields_.OptionalNumber("gamma", {0, 1000, true});
  closed.gamma = gamma.value_or(1);
  if (!gamma) case_.defaults.emplace_back("gamma = 1");
}

std::optional<ScoreEvidence> CaseReader::ReadMmlu(Fields& evidence) {
  const Json* given = evidence.Find("mmlu");
  if (given == nullptr || given->is_null()) {
    evidence.Skip("mmlu");
    return std::nullopt;
  }
  const Law& law = case_.closed.law;
  const double noise = law.score_noise > 0 ? law.score_noise : models_.mmlu_sigma;
  ScoreEvidence score{"mmlu", 0, noise, 0};
  double as_given = 0;
  if (given->is_object()) {
    Fields fields = evidence.Object("mmlu");
    as_given = fields.Number("value", kPercent);
    score.noise = fields.OptionalNumber("noise", {0, 100}).value_or(noise);
    if (as_given <= 1 && fields.Has("noise")) score.noise *= 100;  // a fraction as well
    const bool instruct =
        fields.Has("setting") && fields.Choice("setting", {"base", "instruct"}) == 1;
    fields.Done();
    score.mmlu = Percent(as_given, "mmlu.value", case_.warnings);
    if (instruct) {
      score.mmlu -= models_.instruct_gain;
      score.noise = std::hypot(score.noise, models_.instruct_sigma);
      case_.defaults.push_back(
          fmt::format("evidence.mmlu: tuning to instructions adds {} +- {} to a base model",
                      models_.instruct_gain, models_.instruct_sigma));
    }
  } else {
    as_given = evidence.Number("mmlu", kPercent);
    score.mmlu = Percent(as_given, "mmlu", case_.warnings);
  }
  score.rounding = RoundingOf(as_given) * (as_given > 1 ? 1 : 100);
  return score;
}

// As the MMLU behind it.
std::optional<ScoreEvidence> CaseReader::ReadPro(Fields& evidence) {
  const Json* given = evidence.Find("mmlu_pro");
  if (given == nullptr || given->is_null()) {
    evidence.Skip("mmlu_pro");
    return std::nullopt;
  }
  const double pro = Percent(evidence.Number("mmlu_pro", kPercent), "mmlu_pro", case_.warnings);
  const double slope = MmluPro(2) - MmluPro(1), least = MmluPro(70);
  if (pro <= least)
    evidence.Fail("mmlu_pro",
                  fmt::format("must be above {:.1f}: the law's scale for MMLU-Pro holds "
                              "above 70 MMLU; give mmlu",
                              least));
  case_.defaults.push_back(
      fmt::format("evidence.mmlu_pro: tells MMLU to {} points", models_.pro_sigma));
  return ScoreEvidence{"mmlu_pro", (pro - MmluPro(0)) / slope, models_.pro_sigma, 0.5 / slope};
}

void CaseReader::ReadMarket(Fields& evidence, const std::string& key, const PowerLaw& law) {
  const auto value = evidence.OptionalNumber(key, kPositive);
  if (!value) return;
  const SoftEvidence e = MarketEvidence(key, *value, law);
  case_.closed.soft.push_back(e);
  case_.defaults.push_back(fmt::format(
      "evidence.{}: tells activated parameters to a factor of {:.1f}", key, std::exp(e.sigma)));
}

void CaseReader::ReadSize(Fields& evidence) {
  const Json* given = evidence.Find("size");
  evidence.Skip("size");
  if (given == nullptr || given->is_null()) return;
  const Json list = given->is_array() ? *given : Json::array({*given});
  if (list.empty()) return;
  const SizePresets presets = LoadSizePresets(inputs_);
  std::vector<SizePrediction> single;
  std::vector<std::string> benchmarks;
  for (const Json& one : list) {
    Fields fields(one, fields_.file(), "evidence.size");
    std::vector<std::string> features{fields.Text("benchmark")};
    std::vector<double> values{fields.Number("score", {})};
    if (features.front() == "mmlu_pro" && case_.closed.score && case_.closed.score->name != "mmlu")
      throw InputError(fields_.file(), "evidence.size", "mmlu_pro",
                       "is counted twice: it stands as evidence.mmlu_pro");
    if (const auto ratio = fields.OptionalNumber("active_ratio", {0, 1, true})) {
      features.emplace_back(kActiveRatio);
      values.push_back(*ratio);
    }
    fields.Done();
    benchmarks.push_back(features.front());
    const SizeLaw& line = presets.Line(features, fields_.file(), "evidence.size.benchmark").law;
    CheckScale(line, values.front(), fields_.file(), "evidence.size.score");
    single.push_back(PredictSize(line, values));
  }
  const SizePrediction size = presets.Together(benchmarks, single, fields_.file(), "evidence.size");
  for (const std::string& warning : size.warnings)
    case_.warnings.push_back("evidence.size: " + warning);
  case_.closed.soft.push_back(SizeEvidence(size));
}

void CaseReader::WarnOfScore(const ScoreEvidence& score) {
  const Law& law = case_.closed.law;
  if (score.mmlu >= HighestScore(law)) {
    case_.warnings.push_back(fmt::format(
        "evidence.{}: {:.1f} MMLU is not below {}, the most that the law {} can give: it "
        "says no more than high",
        score.name, score.mmlu, HighestScore(law), law.name));
  } else if (score.mmlu < kTellingScore) {
    case_.warnings.push_back(
        fmt::format("evidence.{}: {:.1f} MMLU is under {}: so near chance a score tells little",
                    score.name, score.mmlu, kTellingScore));
  }
}

void CaseReader::ReadEvidence(Fields evidence) {
  const auto mmlu = ReadMmlu(evidence), pro = ReadPro(evidence);
  if (mmlu && pro) {
    if (Contradict(*mmlu, *pro))
      case_.warnings.push_back(
          fmt::format("evidence.mmlu and evidence.mmlu_pro contradict each other: {:.1f} and "
                      "{:.1f} on the scale "
                      "of MMLU",
                      mmlu->mmlu, pro->mmlu));
    case_.closed.score = mmlu->noise > 0 ? Joined(*mmlu, *pro) : *mmlu;
  } else if (mmlu || pro) {
    case_.closed.score = mmlu ? mmlu : pro;
  }
  if (case_.closed.score) WarnOfScore(*case_.closed.score);
  ReadMarket(evidence, "usd_per_million_output_tokens", models_.price);
  ReadMarket(evidence, "decode_tokens_per_second", models_.speed);
  ReadSize(evidence);
  evidence.Done();
}

double CaseReader::ReadDate(const Fields& fields, const std::string& key, const Json& value) {
  const auto date = value.is_string() ? ParseYearMonth(value.get<std::string>()) : std::nullopt;
  if (!date || *date < 2018 || *date > 2100)
    fields.Fail(key, "must be a month such as \"2023-03\"");
  return *date;
}

Limits CaseReader::ReadBounds(Fields& known, std::size_t trait) {
  constexpr double kMost[kTraits] = {0, 1e18, 1e18, 1e5, 1e7, 1e7, 1e7, 1e19};
  const std::string key(TraitName(trait));
  const Range size{1, kMost[trait]};
  const Json& given = known.Get(key);
  if (!given.is_object()) {
    const double value = std::log(known.Number(key, size));
    return {value, value};
  }
  Fields range = known.Object(key);
  const double from = range.OptionalNumber("from", size).value_or(size.least);
  const double to = range.OptionalNumber("to", {from, size.most}).value_or(size.most);
  range.Done();
  return {std::log(from), std::log(to)};
}

void CaseReader::ReadExperts(Fields& known) {
  Count most = kMostExperts;
  for (const auto& [key, which] :
       {std::pair("experts", Experts::kAll), {"experts_active", Experts::kActive}}) {
    const Json* given = known.Find(key);
    if (given == nullptr || given->is_null()) {
      known.Skip(key);
      continue;
    }
    const Count experts = known.Whole(key, 1, most);
    most = experts;
    if (case_.closed.kind != Form::kMoe) known.Fail(key, "goes with \"kind\": \"moe\"");
    case_.closed.soft.push_back(ExpertsEvidence(key, which, experts));
    case_.defaults.push_back(fmt::format(
        "known.{}: tells parameters beside the shape to a factor of {:.2f}, for attention, "
        "embeddings and shared experts are not known",
        key, std::exp(case_.closed.soft.back().sigma)));
  }
}

void CaseReader::ReadKnown(Fields known) {
  ClosedCase& closed = case_.closed;
  const Json* kind = known.Find("kind");
  if (kind == nullptr || kind->is_null()) {
    known.Skip("kind");
  } else {
    closed.kind = known.Choice("kind", {"dense", "moe"}) == 1 ? Form::kMoe : Form::kDense;
  }
  for (std::size_t i = 0; i < kTraits; ++i) {
    const std::string key(TraitName(i));
    const Json* given = known.Find(key);
    if (given == nullptr || given->is_null()) {
      known.Skip(key);
      continue;
    }
    if (i != kDateTrait) {
      closed.known[i] = ReadBounds(known, i);
    } else if (given->is_object()) {
      Fields range = known.Object(key);
      closed.known[i] = {ReadDate(range, "from", range.Get("from")),
                         ReadDate(range, "to", range.Get("to"))};
      if (closed.known[i]->lo > closed.known[i]->hi) range.Fail("to", "must not be before from");
      range.Done();
    } else {
      const double date = ReadDate(known, key, known.Get(key));
      closed.known[i] = {date, date};
    }
  }
  ReadExperts(known);
  known.Done();
  const auto &total = closed.known[kTotalTrait], &active = closed.known[kActiveTrait];
  if (total && active && active->lo > total->hi)
    known.Fail("active_params", "must not be more than total_params");
  const auto &ffn = closed.known[kFfnTrait], &widest = closed.known[kWidestTrait];
  if (ffn && widest && ffn->lo > widest->hi)
    known.Fail("ffn", "must not be more than activated_ffn");
  if (closed.kind != Form::kDense) return;
  // In a dense model they are the same.
  for (const auto& [a, b] : {std::pair(kTotalTrait, kActiveTrait), {kFfnTrait, kWidestTrait}}) {
    auto &one = closed.known[a], &other = closed.known[b];
    if (one && other && (one->lo != other->lo || one->hi != other->hi))
      known.Fail(std::string(TraitName(b)),
                 fmt::format("is {} in a dense model: give one of them", TraitName(a)));
    if (other && !one) std::swap(one, other);
    other.reset();
  }
}

CaseFile CaseReader::Read(const std::optional<std::string>& law) {
  case_.name = fields_.Has("name") ? fields_.Text("name") : "";
  ReadLaws(law);
  if (fields_.Has("known")) ReadKnown(fields_.Object("known"));
  if (fields_.Has("evidence")) ReadEvidence(fields_.Object("evidence"));
  if (fields_.Has("guesses")) case_.guesses = fields_.Get("guesses");
  fields_.Skip("sources");
  fields_.Done();
  case_.asked = root_;
  if (law) case_.asked["law"] = *law;
  return std::move(case_);
}

}  // namespace

CaseFile LoadCase(const std::string& path, const std::optional<std::string>& law, Inputs& inputs) {
  return CaseReader(path, inputs).Read(law);
}

}  // namespace perflaw
