#include "search/io/inputs/catalog.hpp"

#include <cmath>

#include "search/base/error.hpp"
#include "search/io/text/json.hpp"
#include "search/io/text/numbers.hpp"

namespace perflaw {

namespace {

double ReadMonth(Fields& fields, const std::string& key) {
  const auto date = ParseYearMonth(fields.Text(key));
  if (!date) fields.Fail(key, "must be a date as 2024-06");
  return *date;
}

// What the paper's form does not have; absent keys mean the paper's.
void ReadModernTerms(Fields& fields, Law& law) {
  law.w_active = fields.OptionalNumber("w_active", {}).value_or(0);
  law.w_sparsity = fields.OptionalNumber("w_sparsity", {}).value_or(0);
  law.log_saturation = std::log(fields.OptionalNumber("saturation", kPositive).value_or(1));
  law.expands = fields.Flag("expands", true);
  law.ceiling = fields.OptionalNumber("ceiling", {kChance + 10, 100});
  law.score_noise = fields.OptionalNumber("score_noise", {0, 100}).value_or(0);
  if (!fields.Has("recipe")) return;
  Fields recipe = fields.Object("recipe");
  law.recipe.per_year = recipe.Number("per_year", {});
  law.recipe.until = ReadMonth(recipe, "until");
  law.recipe.date = ReadMonth(recipe, "year_month");
  recipe.Done();
}

}  // namespace

Law LoadLaw(const std::string& name_or_path, Inputs& inputs, const std::string& file,
            const std::string& key) {
  const std::string path = inputs.Find("laws", name_or_path, file, key);
  const Json root = ParseJson(inputs.Read(path), path);
  Fields fields(root, path, "");
  Law law;
  law.name = fields.Text("name");
  const Json& w = fields.Get("w");
  if (!w.is_array() || w.size() != law.w.size()) fields.Fail("w", "must be a list of 4 numbers");
  for (std::size_t i = 0; i < law.w.size(); ++i)
    law.w[i] = ToNumber(w[i], path, fmt::format("w[{}]", i), {});
  law.b = fields.Number("b", {});
  law.sigma = fields.Number("sigma", kPositive);
  law.family_share = fields.Number("family_share", {1e-6, 1 - 1e-6});
  ReadModernTerms(fields, law);
  Fields box = fields.Object("domain");
  for (std::size_t i = 0; i < kFeatures; ++i) {
    Fields range = box.Object(std::string(FeatureName(Feature{static_cast<int>(i)})));
    Domain::Range& limits = law.domain.box[i];
    limits.min = range.Number("min", kPositive);
    limits.max = range.Number("max", {limits.min});
    range.Done();
  }
  box.Done();
  law.domain.least_discount = fields.Number("least_discount", {0, 1});
  for (const char* source : {"source", "sigma_source", "domain_source"}) fields.Text(source);
  fields.Done();
  return law;
}

Law AtAskedDate(const Law& law, const std::string& year_month, const KeyPlace& place) {
  if (year_month.empty()) return law;
  const auto date = ParseYearMonth(year_month);
  if (!date)
    throw InputError(place.file, place.Key("year_month"), year_month, "must be a date as 2024-06");
  return AtRecipeDate(law, *date);
}

void EchoRecipe(const Law& law, std::vector<std::string>& defaults) {
  if (law.recipe.per_year != 0)
    defaults.push_back("law.recipe.year_month = " + FormatYearMonth(law.recipe.date));
}

std::string FormatLaw(const Law& law, const std::string& source) {
  Json box = Json::object();
  for (std::size_t i = 0; i < kFeatures; ++i) {
    box[std::string(FeatureName(Feature{static_cast<int>(i)}))] = {{"min", law.domain.box[i].min},
                                                                   {"max", law.domain.box[i].max}};
  }
  Json root = {{"name", law.name},
               {"source", source},
               {"w", law.w},
               {"b", law.b},
               {"w_active", law.w_active},
               {"w_sparsity", law.w_sparsity},
               {"saturation", std::exp(law.log_saturation)},
               {"expands", law.expands}};
  if (law.ceiling) root["ceiling"] = *law.ceiling;
  root["score_noise"] = law.score_noise;
  if (law.recipe.per_year != 0) {
    root["recipe"] = {{"per_year", law.recipe.per_year},
                      {"until", FormatYearMonth(law.recipe.until)},
                      {"year_month", FormatYearMonth(law.recipe.date)}};
  }
  root.update(Json{{"sigma", law.sigma},
                   {"sigma_source", source},
                   {"family_share", law.family_share},
                   {"domain", box},
                   {"least_discount", law.domain.least_discount},
                   {"domain_source", source}});
  return root.dump(2) + "\n";
}

Accelerator LoadAccelerator(const std::string& name_or_path, Inputs& inputs,
                            const std::string& file, const std::string& key,
                            std::optional<Dollars> usd_per_hour,
                            std::vector<std::string>& defaults) {
  const std::string path = inputs.Find("hardware", name_or_path, file, key);
  const Json root = ParseJson(inputs.Read(path), path);
  Fields fields(root, path, "");
  Accelerator accelerator;
  accelerator.name = fields.Text("name");
  accelerator.peak = fields.Number("bf16_dense_flops", kPositive);
  accelerator.memory = fields.Number("memory_bytes", kPositive);
  accelerator.bandwidth = fields.Number("bandwidth_bytes_per_second", kPositive);
  accelerator.tdp = fields.Number("tdp_watts", kPositive);
  std::vector<const char*> figures = {"bf16_dense_flops", "memory_bytes",
                                      "bandwidth_bytes_per_second", "tdp_watts", "usd_per_hour"};
  const auto published = [&](const char* figure) {
    if (fields.Has(figure)) figures.push_back(figure);
    return fields.OptionalNumber(figure, kPositive);
  };
  accelerator.fp16 = published("fp16_dense_flops");
  accelerator.tf32 = published("tf32_dense_flops");
  accelerator.fp8 = published("fp8_dense_flops");
  accelerator.fp4 = published("fp4_dense_flops");
  if (published("scale_up_accelerators"))
    accelerator.scale_up = fields.Whole("scale_up_accelerators", 2, kMaxWidth);
  accelerator.scale_up_bandwidth = published("scale_up_bytes_per_second");
  if (accelerator.scale_up.has_value() != accelerator.scale_up_bandwidth.has_value())
    fields.Fail(accelerator.scale_up ? "scale_up_bytes_per_second" : "scale_up_accelerators",
                "is missing: a scale-up domain has a size and a bandwidth");
  accelerator.network = published("network_bytes_per_second");
  const bool priced = !fields.Get("usd_per_hour").is_null();
  if (priced) accelerator.usd_per_hour = fields.Number("usd_per_hour", kPositive);
  const std::string dated = priced ? fields.Text("usd_dated") : "";
  fields.Skip("usd_dated");
  Fields sources = fields.Object("sources");
  for (const char* figure : figures) sources.Text(figure);
  sources.Done();
  fields.Done();
  if (usd_per_hour) {
    accelerator.usd_per_hour = usd_per_hour;
  } else if (priced) {
    const std::string price_key = key.substr(0, key.find("accelerator")) + "usd_per_hour";
    defaults.push_back(fmt::format("{} = {} for {} (a list price of {})", price_key,
                                   *accelerator.usd_per_hour, accelerator.name, dated));
  }
  return accelerator;
}

}  // namespace perflaw
