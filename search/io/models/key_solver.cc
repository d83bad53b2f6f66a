#include "search/io/models/key_solver.hpp"

#include <algorithm>
#include <cmath>

namespace perflaw {

double KeySolver::Value(std::size_t symbol, Count layer) {
  if (symbol == family_.LayerSymbol()) return AsReal(layer);
  if (symbol >= family_.keys.size())
    return Evaluate(family_.lets[symbol - family_.keys.size()].formula, layer);
  const auto at = values_[symbol].find(PlaceOf(symbol, layer));
  if (at != values_[symbol].end()) return at->second;
  // What a reader takes where the key is not there.
  const FamilyKey& key = family_.keys[symbol];
  if (assumes_defaults_ && (key.absent || key.fallback))
    return Evaluate(key.absent ? *key.absent : *key.fallback, layer);
  missing_.insert(symbol);
  return 0;
}
double KeySolver::Evaluate(std::size_t formula, Count layer) {
  const BoundFormula& bound = family_.formulas[formula];
  return bound.formula.Evaluate<double>(
      [&](std::size_t name) { return Value(bound.symbols[name], layer); });
}
std::optional<double> KeySolver::Known(std::size_t formula, Count layer) {
  missing_.clear();
  const double value = Evaluate(formula, layer);
  return missing_.empty() ? std::optional(value) : std::nullopt;
}

bool KeySolver::Solve() {
  for (bool progress = true; progress;) {
    progress = false;
    std::vector<Equation> open;
    for (const Equation& e : equations_) {
      const auto value = Known(e.formula, e.layer);
      if (value && !e.Holds(*value)) return false;
      if (value) continue;
      if (SolveOne(e)) {
        progress = true;
      } else {
        open.push_back(e);
      }
    }
    equations_ = std::move(open);
  }
  return true;
}

// With the first unknown key of which one value alone makes it hold, without another unknown.
bool KeySolver::SolveOne(const Equation& e) {
  const std::set<std::size_t> unknown = missing_;
  for (const std::size_t key : unknown) {
    const Count place = PlaceOf(key, e.layer);
    const auto holds = [&](double candidate) {
      values_[key][place] = candidate;
      const auto value = Known(e.formula, e.layer);
      values_[key].erase(place);
      return value && e.Holds(*value);
    };
    if (family_.keys[key].is_switch) {
      if (holds(0) == holds(1)) continue;
      values_[key][place] = holds(1) ? 1 : 0;
      return true;
    }
    if (e.is_condition) continue;
    for (const double candidate : {e.target, Affine(e, key, place)}) {
      if (!(candidate >= 0) || !holds(candidate)) continue;
      if (holds(candidate + 1) || (candidate >= 1 && holds(candidate - 1))) continue;
      values_[key][place] = candidate;
      return true;
    }
  }
  return false;
}

// The key's value where the formula is affine in it; else none that holds.
double KeySolver::Affine(const Equation& e, std::size_t key, Count place) {
  double at[2];
  for (const int i : {0, 1}) {
    values_[key][place] = i + 1;
    at[i] = Known(e.formula, e.layer).value_or(std::nan(""));
    values_[key].erase(place);
  }
  const double solved = 1 + (e.target - at[0]) / (at[1] - at[0]);
  return solved == std::floor(solved) ? solved : -1;
}

bool KeySolver::Assume(std::size_t from_switch) {
  if (AllHold()) return true;
  const std::vector<std::size_t> open = OpenKeys();
  if (TryNumbers(open, 0, 1)) return true;
  for (const std::size_t key : open) {
    if (!family_.keys[key].is_switch || key < from_switch) continue;
    for (const double value : {0.0, 1.0}) {
      const auto values = values_;
      const auto equations = equations_;
      values_[key] = {{0, value}};
      if (Solve() && Assume(key + 1)) return true;
      values_ = values;
      equations_ = equations;
    }
  }
  return from_switch == 0 && TryNumbers(open, 0, 2);
}
// Keys of one value that open equations wait for.
std::vector<std::size_t> KeySolver::OpenKeys() const {
  std::set<std::size_t> keys;
  for (const Equation& e : equations_) {
    AddOpenKeys(e.formula, keys);
  }
  return {keys.begin(), keys.end()};
}
void KeySolver::AddOpenKeys(std::size_t formula, std::set<std::size_t>& keys) const {
  for (const std::size_t symbol : family_.formulas[formula].symbols) {
    if (symbol == family_.LayerSymbol()) continue;
    if (symbol >= family_.keys.size()) {
      AddOpenKeys(family_.lets[symbol - family_.keys.size()].formula, keys);
    } else if (!IsList(symbol) && values_[symbol].empty()) {
      keys.insert(symbol);
    }
  }
}
// With defaults for what is unknown.
bool KeySolver::AllHold() {
  assumes_defaults_ = true;
  const bool hold = std::all_of(equations_.begin(), equations_.end(), [&](const Equation& e) {
    const auto value = Known(e.formula, e.layer);
    return value && e.Holds(*value);
  });
  assumes_defaults_ = false;
  return hold;
}
// Whether all holds once what follows from the numbers so far, and from defaults, is found.
bool KeySolver::SolvesTheRest() {
  const auto values = values_;
  const auto equations = equations_;
  assumes_defaults_ = true;
  const bool solved = Solve();
  assumes_defaults_ = false;
  if (solved && AllHold()) return true;
  values_ = values;
  equations_ = equations;
  return false;
}

// One number, or two, with defaults for the others.
bool KeySolver::TryNumbers(const std::vector<std::size_t>& keys, std::size_t from, int how_many) {
  for (std::size_t k = from; k < keys.size(); ++k) {
    if (family_.keys[keys[k]].is_switch) continue;
    for (const double number : Numbers(keys[k])) {
      values_[keys[k]] = {{0, number}};
      if (how_many > 1 ? TryNumbers(keys, k + 1, how_many - 1)
                       : AllHold() || (!family_.keys[keys[k]].fallback && SolvesTheRest()))
        return true;
    }
    values_[keys[k]].clear();
  }
  return false;
}
// What may be tried for a key: layers' numbers, heads, and what an equation gives.
std::vector<double> KeySolver::Numbers(std::size_t key) {
  constexpr std::size_t kMostHeads = 256;
  const bool counts_layers = family_.keys[key].fallback.has_value();
  std::set<double> numbers;
  assumes_defaults_ = true;
  for (const Equation& e : equations_) {
    if (!e.is_condition) numbers.insert(Affine(e, key, 0));
  }
  assumes_defaults_ = false;
  for (std::size_t n = 0; n <= (counts_layers ? static_cast<std::size_t>(layers_) : kMostHeads);
       ++n)
    numbers.insert(static_cast<double>(n));
  numbers.erase(numbers.begin(), numbers.lower_bound(0));
  return {numbers.begin(), numbers.end()};
}

}  // namespace perflaw
