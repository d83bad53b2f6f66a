#include "search/io/inputs/prior_file.hpp"

#include "search/base/error.hpp"
#include "search/io/text/json.hpp"
#include "search/io/text/numbers.hpp"

namespace perflaw {
namespace {

Traits ReadTraits(const Json& list, const std::string& file, const std::string& key) {
  if (!list.is_array() || list.size() != kTraits)
    throw InputError(file, key, list.dump(), fmt::format("must be a list of {} numbers", kTraits));
  Traits traits;
  for (std::size_t i = 0; i < kTraits; ++i) traits[i] = ToNumber(list[i], file, key, {});
  return traits;
}

Gaussian ReadGaussian(Fields fields) {
  Gaussian g;
  g.mean = ReadTraits(fields.Get("mean"), fields.file(), fields.PathOf("mean"));
  const Json& rows = fields.Get("covariance");
  if (!rows.is_array() || rows.size() != kTraits)
    fields.Fail("covariance", fmt::format("must be a list of {} rows", kTraits));
  for (std::size_t i = 0; i < kTraits; ++i) {
    g.covariance[i] = ReadTraits(rows[i], fields.file(), fields.PathOf("covariance"));
    for (std::size_t j = 0; j < i; ++j)
      if (g.covariance[i][j] != g.covariance[j][i]) fields.Fail("covariance", "must be symmetric");
    if (g.covariance[i][i] < 0) fields.Fail("covariance", "must have no negative variance");
  }
  fields.Done();
  return g;
}

// A row of the covariance on a line.
std::string GaussianText(const Gaussian& g) {
  std::vector<std::string> rows;
  for (const Traits& row : g.covariance) rows.push_back(Json(row).dump());
  return fmt::format("{{\"mean\": {},\n    \"covariance\": [\n      {}]}}", Json(g.mean).dump(),
                     fmt::join(rows, ",\n      "));
}

PowerLaw ReadPowerLaw(Fields fields) {
  PowerLaw law;
  law.at_70b = fields.Number("at_70b", kPositive);
  law.power = fields.Number("power", {-10, 10});
  if (law.power == 0) fields.Fail("power", "must not be 0");
  law.sigma = fields.Number("sigma", kPositive);
  fields.Text("source");
  fields.Done();
  return law;
}

double ReadSigma(Fields fields) {
  const double sigma = fields.Number("sigma", kPositive);
  fields.Text("source");
  fields.Done();
  return sigma;
}

}  // namespace

PriorFile LoadPrior(const std::string& name_or_path, Inputs& inputs, const std::string& file,
                    const std::string& key) {
  const std::string path = inputs.Find("priors", name_or_path, file, key);
  const Json root = ParseJson(inputs.Read(path), path);
  Fields fields(root, path, "");
  PriorFile read;
  fields.Text("source");
  fields.Skip("traits");
  read.prior.of_kind = {ReadGaussian(fields.Object("dense")), ReadGaussian(fields.Object("moe"))};
  read.prior.moe_log_odds = fields.Number("moe_log_odds", {});
  read.prior.moe_log_odds_per_year = fields.Number("moe_log_odds_per_year", {});
  fields.Object("law_sigma");
  for (const auto& [law, sigma] : fields.Get("law_sigma").items())
    read.law_sigma[law] = ToNumber(sigma, path, "law_sigma." + law, kPositive);
  fields.Done();
  return read;
}

std::string FormatPrior(const PriorFile& prior, const std::string& source) {
  Json traits = Json::array();
  for (std::size_t i = 0; i < kTraits; ++i) traits.push_back(TraitName(i));
  const StructurePrior& p = prior.prior;
  return fmt::format(
      "{{\n  \"source\": {},\n  \"traits\": {},\n  \"dense\": {},\n  \"moe\": {},\n"
      "  \"moe_log_odds\": {},\n  \"moe_log_odds_per_year\": {},\n  \"law_sigma\": {}\n}}\n",
      Json(source).dump(), traits.dump(), GaussianText(p.of_kind[0]), GaussianText(p.of_kind[1]),
      Json(p.moe_log_odds).dump(), Json(p.moe_log_odds_per_year).dump(),
      Json(prior.law_sigma).dump());
}

EvidenceModels LoadEvidenceModels(Inputs& inputs) {
  const std::string path = inputs.Find("priors", "evidence-2025", "command line", "case");
  const Json root = ParseJson(inputs.Read(path), path);
  Fields fields(root, path, "");
  EvidenceModels read;
  read.price = ReadPowerLaw(fields.Object("usd_per_million_output_tokens"));
  read.speed = ReadPowerLaw(fields.Object("decode_tokens_per_second"));
  Fields instruct = fields.Object("instruct");
  read.instruct_gain = instruct.Number("gain", {-100, 100});
  read.instruct_sigma = instruct.Number("sigma", kPositive);
  instruct.Text("source");
  instruct.Done();
  read.pro_sigma = ReadSigma(fields.Object("mmlu_pro"));
  read.mmlu_sigma = ReadSigma(fields.Object("mmlu"));
  fields.Done();
  return read;
}

}  // namespace perflaw
