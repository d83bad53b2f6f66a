#include "search/io/inputs/expand_file.hpp"

#include "engine/architecture.hpp"
#include "engine/cost.hpp"
#include "engine/count.hpp"
#include "search/base/error.hpp"
#include "search/io/inputs/catalog.hpp"
#include "search/io/inputs/space_file.hpp"
#include "search/io/inputs/study_file.hpp"
#include "search/io/models/short_form.hpp"
#include "search/io/text/key_place.hpp"

namespace perflaw {
namespace {

double CountedParams(const Fields& fields, const DesignSpace& targets, const GrowthStage& stage) {
  StackTemplate a = targets.base;
  a.layers = static_cast<Count>(stage.layers);
  a.hidden = static_cast<Count>(stage.hidden);
  a.ffn = static_cast<Count>(stage.ffn);
  if (HeadsFollow(targets)) {
    if (a.hidden % a.head_dim != 0)
      fields.Fail(
          "hidden",
          fmt::format("must be a multiple of template.head_dim = {}, or give params", a.head_dim));
    a.heads = a.hidden / a.head_dim;
  }
  if (const auto bad = Validate(a))
    throw InputError(fields.file(), fields.PathOf(bad->field), bad->value, bad->rule);
  return static_cast<double>(CountParams(ToStack(a)).Total());
}

// `targets` is where a template may count the parameters; null: they must be given.
GrowthStage ReadStage(Fields fields, const DesignSpace* targets, bool needs_tokens) {
  GrowthStage stage;
  stage.layers = static_cast<double>(fields.Whole("layers", 1, kMaxLayers));
  stage.hidden = static_cast<double>(fields.Whole("hidden", 1, kMaxWidth));
  stage.ffn = static_cast<double>(fields.Whole("ffn", 1, kMaxWidth));
  if (needs_tokens || fields.Has("tokens")) stage.tokens = fields.Number("tokens", kSizeRange);
  stage.params = targets != nullptr && !fields.Has("params")
                     ? CountedParams(fields, *targets, stage)
                     : fields.Number("params", kSizeRange);
  fields.Done();
  return stage;
}

Space ReadTargets(Fields& fields) {
  Json space = fields.Get("space");
  Fields given = fields.Object("space");  // refuses what is no object
  for (const char* key : {"experts", "experts_active", "experts_shared", "tokens"}) {
    if (given.Has(key))
      given.Fail(key, "is no axis of a growth study: dense targets, tokens by the budget");
  }
  space["tokens"] = "budget";
  Space read = ReadSpace(Fields(space, fields.file(), "space"));
  if (read.Size() > kMaxTargets) {
    throw InputError(fields.file(), "space", fmt::format("{} targets", read.Size()),
                     fmt::format("must have at most {}", kMaxTargets));
  }
  return read;
}

void ReadSearch(Fields& fields, Inputs& inputs, ExpansionStudy& study,
                std::vector<std::string>& defaults) {
  Fields base = fields.Object("template");
  ReadTemplate(base, study.targets.base, study.targets.moe_base);
  study.targets.heads_fixed = study.targets.base.heads > 0;
  study.targets.space = ReadTargets(fields);
  const Budget budget = ReadBudget(fields.Object("budget"), inputs, defaults);
  if (budget.max_tokens)
    throw InputError(fields.file(), "budget.max_tokens", "",
                     "is no limit of a growth study: the budget pays for all tokens");
  if (!budget.train_flops)
    throw InputError(fields.file(), "budget.train_flops", "", "is missing: or days, or usd");
  study.budget = *budget.train_flops;
  if (!fields.Has("domain")) defaults.emplace_back("domain = inside");
  study.inside_domain = !fields.Has("domain") || fields.Choice("domain", {"inside", "any"}) == 0;
  Fields from = fields.Object("from");
  study.moment_free = !from.Has("tokens");
  study.from = ReadStage(from, &study.targets, false);
  const double spent = TrainFlops(study.from.params, study.from.tokens);
  if (spent > study.budget) {
    from.Fail("tokens",
              fmt::format("cost {:.4g} FLOPs of the {:.4g} of the budget, which pays for the "
                          "whole training",
                          spent, study.budget));
  }
}

void RefuseShrinking(Fields& fields, const GrowthStage& from, const GrowthStage& to) {
  const struct {
    const char* name;
    double from, to;
  } sizes[] = {{"layers", from.layers, to.layers},
               {"hidden", from.hidden, to.hidden},
               {"ffn", from.ffn, to.ffn},
               {"params", from.params, to.params}};
  for (const auto& size : sizes) {
    if (size.to < size.from)
      throw InputError(fields.file(), std::string("to.") + size.name,
                       fmt::format("{:.12g}", size.to),
                       fmt::format("must be at least from.{} = {:.12g}: the formula is of growth",
                                   size.name, size.from));
  }
}

}  // namespace

ExpansionFile LoadExpansion(const std::string& path, const std::optional<std::string>& law,
                            std::optional<double> gamma, Inputs& inputs) {
  const Json root = ParseJson(inputs.Read(path), path);
  Fields fields(root, path, "");
  ExpansionFile read;
  ExpansionStudy& study = read.study;
  const std::string named = fields.Has("law") ? fields.Text("law") : kDefaultLaw;
  study.law =
      law ? LoadLaw(*law, inputs, "command line", "--law") : LoadLaw(named, inputs, path, "law");
  if (!law && !fields.Has("law")) read.defaults.push_back(fmt::format("law = {}", kDefaultLaw));
  EchoRecipe(study.law, read.defaults);
  const auto own_gamma = fields.OptionalNumber("gamma", {0, 1000, true});
  study.gamma = gamma.value_or(own_gamma.value_or(1));
  if (!gamma && !own_gamma) read.defaults.emplace_back("gamma = 1");
  if (fields.Has("to")) {
    if (fields.Has("space")) fields.Fail("to", "is one plan, and space a search: give one of them");
    study.from = ReadStage(fields.Object("from"), nullptr, true);
    study.to = ReadStage(fields.Object("to"), nullptr, true);
    RefuseShrinking(fields, study.from, *study.to);
  } else {
    ReadSearch(fields, inputs, study, read.defaults);
  }
  fields.Done();
  read.asked = root;
  if (law) read.asked["law"] = *law;
  if (gamma) read.asked["gamma"] = Real(*gamma);
  return read;
}

}  // namespace perflaw
