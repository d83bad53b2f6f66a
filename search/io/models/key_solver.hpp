// Finds the keys of a family's config from what its formulas must be, one unknown at a time.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "search/io/models/family.hpp"

namespace perflaw {

// What a formula must be at a layer.
struct Equation {
  std::size_t formula;  // of Family::formulas
  Count layer;
  double target;
  bool is_condition;  // only whether it is 0 counts
  bool Holds(double value) const {
    return is_condition ? (value != 0) == (target != 0) : value == target;
  }
};

class KeySolver {
 public:
  using Values = std::map<Count, double>;  // by layer; of a key of one value at layer 0

  // The family must outlive it.
  KeySolver(const Family& family, Count layers)
      : family_(family), layers_(layers), values_(family.keys.size()) {}

  // What is known of a key so far; none where it is empty.
  Values& Of(std::size_t key) { return values_[key]; }
  const Values& Of(std::size_t key) const { return values_[key]; }
  bool IsList(std::size_t key) const { return family_.keys[key].shape != FamilyKey::Shape::kOne; }

  std::vector<Equation>& equations() { return equations_; }
  // The value of a formula; nothing where a key is missing.
  std::optional<double> Known(std::size_t formula, Count layer);

  // Finds what follows from the equations, until nothing more does, and keeps those that are open. False where one cannot hold.
  bool Solve();
  // What nothing forces: class defaults, else other switches, else one or two other numbers. False where no such choice was found.
  bool Assume() { return Assume(0); }

 private:
  Count PlaceOf(std::size_t key, Count layer) const { return IsList(key) ? layer : 0; }
  double Value(std::size_t symbol, Count layer);
  double Evaluate(std::size_t formula, Count layer);
  bool SolveOne(const Equation& equation);
  double Affine(const Equation& equation, std::size_t key, Count place);
  bool Assume(std::size_t from_switch);
  std::vector<std::size_t> OpenKeys() const;
  void AddOpenKeys(std::size_t formula, std::set<std::size_t>& keys) const;
  bool AllHold();
  bool SolvesTheRest();
  bool TryNumbers(const std::vector<std::size_t>& keys, std::size_t from, int how_many);
  std::vector<double> Numbers(std::size_t key);

  const Family& family_;
  Count layers_;
  std::vector<Values> values_;
  std::vector<Equation> equations_;
  std::set<std::size_t> missing_;  // keys that the last evaluation lacked
  bool assumes_defaults_ = false;
};

}  // namespace perflaw
