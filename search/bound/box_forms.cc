#include "search/bound/box_forms.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace perflaw {
namespace {

constexpr Count kCachedCounts = 1024;

Enclosure Constant(double positive) { return Enclosure(std::log(positive)); }

Enclosure Max(const Enclosure& a, const Enclosure& b) { return -min(-a, -b); }

// Outward by far more than rounding can do to the engine's monotone formulas, differences of parameter counts
// included.
Interval WithMargin(double a, double b) {
  constexpr double kMargin = 1e-9;
  const double lo = std::min(a, b), hi = std::max(a, b);
  return {lo - std::abs(lo) * kMargin, hi + (std::isfinite(hi) ? std::abs(hi) * kMargin : 0)};
}

}  // namespace

AxisName AxisOfVariable(std::size_t variable) {
  constexpr AxisName kOf[] = {kLayersAxis,  kHiddenAxis, kFfnAxis,
                              kExpertsAxis, kActiveAxis, kTokensAxis};
  return kOf[variable];
}

FormMaker::FormMaker(const ObjectiveFunction& objective, const Lattice& lattice)
    : objective_(&objective), lattice_(&lattice) {
  const Study& study = objective.study();
  has_planes_ = study.heads_fixed || !study.base.mla;
  const LatticeAxis &shared = lattice.axis(kSharedAxis), &layers = lattice.axis(kLayersAxis);
  if (!has_planes_ || shared.size() > kCachedCounts) return;
  for (Count i = 0; i < shared.size(); ++i)
    counts_.push_back(CountsWith(static_cast<Count>(shared.Value(i)), 0));
  if (study.base.pattern.order.empty() || shared.size() * layers.size() > kCachedCounts) return;
  for (Count n = 0; n < layers.size(); ++n) {
    for (Count i = 0; i < shared.size(); ++i)
      counts_.push_back(
          CountsWith(static_cast<Count>(shared.Value(i)), static_cast<Count>(layers.Value(n))));
  }
}

const FormMaker::Counts& FormMaker::CountsOf(const Box& box, Counts& made) const {
  const Count shared = box.lo[kSharedAxis], layers = box.lo[kLayersAxis];
  const bool one_depth =
      !objective_->study().base.pattern.order.empty() && layers == box.hi[kLayersAxis];
  const auto known = static_cast<std::size_t>(
      shared + (one_depth ? lattice_->axis(kSharedAxis).size() * (1 + layers) : 0));
  if (known < counts_.size()) return counts_[known];
  made = CountsWith(static_cast<Count>(lattice_->axis(kSharedAxis).Value(shared)),
                    one_depth ? static_cast<Count>(lattice_->axis(kLayersAxis).Value(layers)) : 0);
  return made;
}

Interval FormMaker::PatternRatio(double least) const {
  const MixerPattern& pattern = objective_->study().base.pattern;
  const Count from = DenseLayers(), period = static_cast<Count>(pattern.order.size());
  double lo = 1, hi = 1;
  for (int m = 0; m < static_cast<int>(pattern.mixers.size()); ++m) {
    const double share = AsReal(LayersWith(pattern, m, 0, period)) / AsReal(period);
    for (Count rest = 0; rest < period; ++rest) {
      const double more = AsReal(LayersWith(pattern, m, from, from + rest)) - share * AsReal(rest);
      lo = std::min(lo, 1 + more / (share * least));
      hi = std::max(hi, 1 + more / (share * least));
    }
  }
  return {lo, hi};
}

Count FormMaker::DenseLayers() const {
  return lattice_->form() == Form::kMoe ? objective_->study().moe_base.dense_layers : 0;
}

FormMaker::Counts FormMaker::CountsWith(Count shared, Count layers) const {
  return {CountWith(shared, layers, Routed::kAll), CountWith(shared, layers, Routed::kActive)};
}

Posynomial FormMaker::CountWith(Count shared, Count layers, Routed routed) const {
  const Study& study = objective_->study();
  const auto variable = [](std::size_t i) { return Posynomial::Variable(i); };
  Point point{};
  point[kExpertsAxis] = lattice_->form() == Form::kMoe ? 2 : 1;
  point[kSharedAxis] = shared;
  const StackTemplate a = TemplateAt(study, point);

  TemplateSizes<Posynomial> z;
  z.hidden = variable(kHiddenVariable);
  z.heads = HeadsFollow(study) ? Posynomial::Variable(kHiddenVariable, 1 / AsReal(a.head_dim))
                               : Posynomial(a.heads);
  Posynomial ffn = variable(kFfnVariable);
  if (!study.space.ffn_times_hidden.empty()) ffn = ffn * z.hidden;
  if (lattice_->form() == Form::kMoe) {
    z.dense_layers = Posynomial(a.moe->dense_layers);
    z.moe_layers = variable(kLayersVariable);
    z.ffn = Posynomial(a.ffn);
    z.expert_ffn = ffn;
    z.experts = variable(kExpertsVariable);
    z.active = variable(kActiveVariable);
    z.shared = Posynomial(shared);
    z.shared_ffn = a.moe->shared_ffn > 0 ? Posynomial(a.moe->shared_ffn) : ffn;
  } else {
    z.dense_layers = variable(kLayersVariable);
    z.ffn = ffn;
  }
  const Count dense = DenseLayers(), period = static_cast<Count>(a.pattern.order.size());
  for (int m = 0; m < static_cast<int>(a.pattern.mixers.size()); ++m) {
    const double share = AsReal(LayersWith(a.pattern, m, 0, period)) / AsReal(period);
    const Posynomial varied =
        layers > 0 ? Posynomial(LayersWith(a.pattern, m, dense, std::max(dense, layers)))
                   : Posynomial::Variable(kLayersVariable, share);
    z.dense_by_mixer.push_back(
        lattice_->form() == Form::kMoe ? Posynomial(LayersWith(a.pattern, m, 0, dense)) : varied);
    z.moe_by_mixer.push_back(varied);
  }
  ArchitectureOf<Posynomial> stack;
  MakeStack(a, a.moe ? &*a.moe : nullptr, z, stack);
  return CountBlocks<Posynomial>(stack, routed).Sum();
}

BoxForms::BoxForms(const FormMaker& maker, const Box& box) : maker_(maker), box_(box) {
  const Lattice& lattice = *maker.lattice_;
  const Study& study = maker.objective_->study();
  const Count dense_layers = maker.DenseLayers();
  for (std::size_t i = 0; i < kBoxVariables; ++i) {
    const AxisName name = AxisOfVariable(i);
    const LatticeAxis& axis = lattice.axis(name);
    if (name == kTokensAxis && study.space.token_rule != TokenRule::kAxis) continue;
    const double less = name == kLayersAxis ? AsReal(dense_layers) : 0;
    variables_.Set(i, axis.Value(box.lo[name]) - less, axis.Value(box.hi[name]) - less);
  }
  layers_ = variables_.Log(kLayersVariable);
  if (dense_layers > 0)
    layers_ = LogOf(Posynomial::Variable(kLayersVariable) + Posynomial(dense_layers), variables_);
  hidden_ = variables_.Log(kHiddenVariable);
  ffn_ = variables_.Log(kFfnVariable);
  // By how much rounding to a multiple may change ln d: up to the next one, or a hair down, see Space::Ffn.
  Interval rounding(0);
  if (!study.space.ffn_times_hidden.empty()) {
    const double wanted = variables_.lo[kFfnVariable] * variables_.lo[kHiddenVariable];
    const double multiple = AsReal(study.space.ffn_multiple_of) / wanted;
    rounding = {-2e-9 * multiple, std::log1p(multiple) + 1e-15};
    ffn_ = ffn_ + hidden_ + Enclosure::Within(rounding);
  }
  // Parameters stray from their share of a pattern no further than the layers of any one mixer do.
  const bool of_depths =
      !study.base.pattern.order.empty() && box.lo[kLayersAxis] != box.hi[kLayersAxis];
  const Interval ratio =
      of_depths ? maker.PatternRatio(variables_.lo[kLayersVariable]) : Interval(1);
  if (maker.has_planes_ && ratio.lo > 0) {
    FormMaker::Counts made;
    const FormMaker::Counts& counts = maker.CountsOf(box, made);
    // No count grows faster than the FFN does.
    Enclosure wider = Enclosure::Within(rounding);
    if (of_depths) wider = wider + Enclosure::Within(log(WithMargin(ratio.lo, ratio.hi)));
    total_ = LogOf(counts.total, variables_, kBoxVariables) + wider;
    active_ = lattice.form() == Form::kMoe
                  ? LogOf(counts.active, variables_, kBoxVariables + 1) + wider
                  : total_;
  } else {
    total_ = Enclosure::Within(
        log(WithMargin(Corner(false).model.total_params, Corner(true).model.total_params)));
    active_ = Enclosure::Within(
        log(WithMargin(Corner(false).model.active_params, Corner(true).model.active_params)));
  }
  widest_ = LogWidest();
  tokens_ = LogTokens();
}

// The law's d' as the FFN times how many experts of it stand together, see WidestFfn.
Enclosure BoxForms::LogWidest() const {
  if (maker_.lattice_->form() == Form::kDense) return ffn_;
  const Study& study = maker_.objective_->study();
  const LatticeAxis& shared_axis = maker_.lattice_->axis(kSharedAxis);
  const double shared = shared_axis.Value(box_.lo[kSharedAxis]);
  const Interval ratio = (ffn_ - hidden_).Both();  // of logarithms
  constexpr double kMargin = 1e-9;
  Enclosure together = Constant(std::max(shared, 1.0));
  if (ratio.hi < -kMargin) {
    const Posynomial active = Posynomial::Variable(kActiveVariable);
    together = LogOf(active + Posynomial(static_cast<Count>(shared)), variables_);
  } else if (ratio.lo < kMargin) {
    together = Enclosure::Within(
        {together.range.lo, std::log(variables_.hi[kActiveVariable] + shared) * (1 + kMargin)});
  }
  if (const Count shared_ffn = study.moe_base.shared_ffn; shared_ffn > 0)
    return WidestBeside(shared * AsReal(shared_ffn));
  const Enclosure widest = ffn_ + together;
  return study.moe_base.dense_layers > 0 ? Max(widest, Constant(AsReal(study.base.ffn))) : widest;
}

// d' where shared experts have a width of their own, `shared` channels merged.
Enclosure BoxForms::WidestBeside(double shared) const {
  const Study& study = maker_.objective_->study();
  const Interval ratio = (ffn_ - hidden_).Both();  // of logarithms
  constexpr double kMargin = 1e-9;
  const double dense = study.moe_base.dense_layers > 0 ? AsReal(study.base.ffn) : 0;
  const auto least = [&](const Enclosure& x) {
    const double most = std::max(dense, shared);
    return most > 0 ? Max(x, Constant(most)) : x;
  };
  if (ratio.lo > kMargin) return least(ffn_);
  // Fine-grained: the activated experts and the shared ones together.
  const auto together = [&](double log_ffn, double active) {
    return std::log(std::exp(log_ffn) * active + shared);
  };
  const Interval ffn = ffn_.Both();
  const double low = together(ffn.lo, variables_.lo[kActiveVariable]),
               high = together(ffn.hi, variables_.hi[kActiveVariable]);
  const Enclosure fine = Enclosure::Within(WithMargin(low, high));
  if (ratio.hi < -kMargin) return least(fine);
  return least(Enclosure::Within({ffn.lo, fine.range.hi}));
}

namespace {

LawInput<Enclosure> InputOf(const Enclosure& layers, const Enclosure& hidden, const Enclosure& ffn,
                            const Enclosure& widest, const Enclosure& tokens,
                            const Enclosure& total, const Enclosure& active, double gamma) {
  const Enclosure params_unit = Constant(kParamsUnit);
  return {layers,
          hidden,
          ffn,
          widest,
          tokens - Constant(kTokensUnit),
          total - params_unit,
          active - params_unit,
          gamma};
}

}  // namespace

Enclosure BoxForms::LogTokens() {
  const Study& study = maker_.objective_->study();
  const Law& law = study.law;
  if (study.space.token_rule == TokenRule::kAxis) return variables_.Log(kTokensVariable);
  if (study.space.token_rule == TokenRule::kBudget) {
    const Enclosure affordable = Constant(*study.budget.train_flops / 6) - active_;
    const auto& most = study.budget.max_tokens;
    return most ? min(Constant(*most), affordable) : affordable;
  }
  // As ObjectiveFunction spends the least: down from saturation as far as the wanted score allows.
  constexpr double kBeyondSaturation = 1e3, kHair = 1e-11;
  const Form form = maker_.lattice_->form();
  const auto saturated =
      EvaluateLaw(law, form,
                  InputOf(layers_, hidden_, ffn_, widest_, Enclosure(kBeyondSaturation), total_,
                          active_, study.gamma));
  const double wanted = maker_.objective_->LeastRaw();
  const Enclosure hair = Enclosure::Within({-kHair, kHair});
  const Enclosure fraction =
      min(Enclosure(0.0), (Enclosure(wanted) - saturated.raw) / Enclosure(law.w[3]));
  const Enclosure tokens = saturated.log_tokens + fraction + Constant(kTokensUnit) + hair;
  if (tokens.Both().lo < 0) return Max(tokens, Enclosure(0.0));  // one token at least
  raw_ = min(Enclosure(wanted), saturated.raw) + hair * Enclosure(1 + std::abs(wanted) + law.w[3]);
  return tokens;
}

const Enclosure& BoxForms::Raw() {
  if (!raw_) {
    const Study& study = maker_.objective_->study();
    const Form form = maker_.lattice_->form();
    raw_ =
        EvaluateLaw(study.law, form,
                    InputOf(layers_, hidden_, ffn_, widest_, tokens_, total_, active_, study.gamma))
            .raw;
  }
  return *raw_;
}

Enclosure BoxForms::Balance() {
  const auto& ceiling = maker_.objective_->study().law.ceiling;
  const Enclosure raw = ceiling ? Emerged(*ceiling, Raw()) : Raw();
  const auto [lo, hi] = raw.Both();
  const Interval both = {-Square(Interval(lo)).hi, Square(Interval(hi)).hi};
  const Enclosure square = lo >= 0 ? Square(raw) : hi <= 0 ? -Square(raw) : Enclosure::Within(both);
  return square / log(Enclosure(1.0) + exp(layers_));
}

Enclosure BoxForms::Of(Feature feature) {
  switch (feature) {
    case Feature::kLayers:
      return layers_;
    case Feature::kHidden:
      return hidden_;
    case Feature::kActivatedFfn:
      return widest_;
    case Feature::kTokens:
      return tokens_;
    case Feature::kTotalParams:
      return total_;
    case Feature::kActiveParams:
      return active_;
    case Feature::kActiveShare:
      return active_ - total_;
    case Feature::kAspectRatio:
      return hidden_ - layers_;
    case Feature::kActivatedFfnRatio:
      return widest_ - hidden_;
    case Feature::kTokensPerParam:
      return tokens_ - total_;
  }
  return {};
}

Enclosure BoxForms::Of(Metric metric) {
  const ObjectiveFunction& objective = *maker_.objective_;
  switch (metric) {
    case Metric::kLayers:
      return layers_;
    case Metric::kHidden:
      return hidden_;
    case Metric::kFfn:
      return ffn_;
    case Metric::kExperts:
      return variables_.Log(kExpertsVariable);
    case Metric::kExpertsActive:
      return variables_.Log(kActiveVariable);
    case Metric::kFfnRatio:
      return ffn_ - hidden_;
    case Metric::kAspectRatio:
      return hidden_ - layers_;
    case Metric::kTotalParams:
      return total_;
    case Metric::kActiveParams:
      return active_;
    case Metric::kActiveShare:
      return active_ - total_;
    case Metric::kWeightBytes:
      return total_ + Constant(objective.study().weight_bytes);
    case Metric::kKvBytesPerToken: {
      if (!objective.study().base.pattern.order.empty()) {
        // A stack may keep none.
        constexpr double kNone = std::numeric_limits<double>::min();
        const Interval kept = Corners(metric);
        return Enclosure::Within(log(Interval{std::max(kept.lo, kNone), std::max(kept.hi, kNone)}));
      }
      StackTemplate one_layer = objective.study().base;
      one_layer.layers = 1;
      return layers_ + Constant(KvBytesPerToken(ToStack(one_layer), 1, objective.study().kv_bytes));
    }
    case Metric::kTokens:
      return tokens_;
    case Metric::kTokensPerParam:
      return tokens_ - total_;
    case Metric::kTrainFlops:
      return Constant(6) + active_ + tokens_;
    case Metric::kTrainDays:
    case Metric::kTrainUsd:
    case Metric::kTrainKwh: {
      constexpr Flops kUnit = 1e20;
      return Of(Metric::kTrainFlops) +
             Constant(ValueOfFlops(metric, objective.study(), kUnit) / kUnit);
    }
    case Metric::kMmlu:
      return Raw();
    default:
      return Enclosure::Within(Corners(metric));
  }
}

// Every metric without a form of its own rises in every axis, but decode speed, which falls.
Interval BoxForms::Corners(Metric metric) {
  const ObjectiveFunction& objective = *maker_.objective_;
  if (metric != Metric::kLifetimeUsd)
    return WithMargin(objective.Value(metric, Corner(false)),
                      objective.Value(metric, Corner(true)));
  // Serving rises; training follows the tokens.
  const Serve& serve = *objective.study().inference;
  const auto serving = [&](bool high) {
    return *ServingUsd(Corner(high).architecture, Corner(high).Params(), serve.serving,
                       *serve.tokens);
  };
  return exp(Of(Metric::kTrainUsd).Both()) + WithMargin(serving(false), serving(true));
}

bool BoxForms::FitsServing() {
  return perflaw::FitsServing(Corner(false).architecture, Corner(false).Params(),
                              maker_.objective_->study().inference->serving);
}

const Design& BoxForms::Corner(bool high) {
  std::optional<Design>& corner = high ? high_ : low_;
  if (!corner) {
    const Lattice& lattice = *maker_.lattice_;
    Point point{};
    for (std::size_t i = 0; i < kAxes; ++i)
      point[i] = static_cast<Count>(lattice.axis(i).Value(high ? box_.hi[i] : box_.lo[i]));
    const Space& space = maker_.objective_->study().space;
    if (!space.ffn_times_hidden.empty()) {
      const auto entry = high ? box_.hi[kFfnAxis] : box_.lo[kFfnAxis];
      point[kFfnAxis] = space.Ffn(lattice.axis(kFfnAxis).Position(entry), point[kHiddenAxis]);
    }
    corner = DesignAt(maker_.objective_->study(), point);
  }
  return *corner;
}

}  // namespace perflaw
