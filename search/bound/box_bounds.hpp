// From a box of a lattice to what its points can be worth at most, and to the rules that all of them break.
#pragma once

#include <cstdint>
#include <vector>

#include "search/bound/box_forms.hpp"

namespace perflaw {

// What a box's feasible points can be worth.
struct BoxBound {
  Merit most;              // none has a better merit
  std::uint64_t kept = 0;  // bit i: every point keeps condition i
  std::size_t split = 0;   // the axis to split, that which the bound owes most to
};

// How many points were ruled out: by each rule, and as the last entry by the bound.
using Cuts = std::vector<Count>;

// A box after a look at its rules.
struct Screened {
  std::optional<BoxForms> forms;  // nothing while the box holds several numbers of shared experts
  std::uint64_t kept = 0;  // bit i: every point keeps rule number i of those that forms can tell
  // The rules that some points may keep and some may break, as functions that are >= 0 where they are kept.
  std::vector<Enclosure> slacks;
  std::vector<int> rules;
};

class BoxBounds {
 public:
  // Both must outlive this.
  BoxBounds(const ObjectiveFunction& objective, const Lattice& lattice);

  // Bounds the feasible points of a box, and takes off the box what cannot be one, or cannot be better than
  // `to_beat`; all of that is counted in `cuts`. Nothing when no point is left. `kept` is what is known of a
  // larger box. Safe to call from several threads.
  std::optional<BoxBound> Bound(Box& box, std::uint64_t kept, const Merit& to_beat,
                                Cuts& cuts) const;

  // The steps of that. Each is false, and has counted the box, when no point is left.
  bool Screen(Box& box, std::uint64_t kept, Cuts& cuts, Screened& screened) const;
  bool TrimByRules(const Screened& screened, Box& box, Cuts& cuts) const;
  // Takes off what lies where the plane is under `least`. False when nothing is left.
  bool Trim(const Enclosure& plane, double least, const BoxForms& forms, Box& box) const;
  // The axis to which a plane over the box owes most, the longest where it does not tell; always one with more than
  // one value. Precondition: the box holds more than one point.
  std::size_t SplitAxis(const Enclosure& plane, const BoxForms& forms, const Box& box) const;

  const Lattice& lattice() const { return maker_.lattice(); }

 private:
  // A function of the box that is >= 0 where a condition is kept, but for its tolerance: +-(metric or feature - limit).
  Enclosure SlackOf(const Condition& condition, BoxForms& forms) const;
  // The first rule that no point of the box keeps, if any; else the open ones.
  int FindOpen(Screened& screened) const;
  bool TrimExperts(Box& box) const;

  FormMaker maker_;
  std::vector<Condition> conditions_;  // those that apply to the lattice
};

// The multiplier >= 0 that makes the highest point of plane + multiplier x other lowest.
double BestMultiplier(const Enclosure& plane, const Enclosure& other);

// The highest point of a plane.
inline double Highest(const Enclosure& plane) { return plane.mid + plane.Reach() + plane.above; }

// goal + multipliers . slacks, for multipliers >= 0 that make its plane's highest point low: by weak duality
// that bounds the goal wherever every slack is >= 0. Found by a few rounds of coordinate descent.
Enclosure Relax(const Enclosure& goal, const std::vector<Enclosure>& slacks);

}  // namespace perflaw
