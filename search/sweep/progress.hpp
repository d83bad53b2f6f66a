// The finished part of a sweep: what a rank sends to another and what a store keeps for a later run.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "search/sweep/tally.hpp"

namespace perflaw {

// Numbered chunks of a space, as disjoint ranges in order, so that many take little room.
class ChunkSet {
 public:
  struct Range {
    Count first, end;  // first <= chunk < end
  };

  void Add(Range range);  // range.first < range.end
  void Merge(const ChunkSet& other);
  // Those of [0, chunks) that are not in the set, in order.
  std::vector<Count> Missing(Count chunks) const;
  Count Size() const;
  const std::vector<Range>& Ranges() const { return ranges_; }

 private:
  std::vector<Range> ranges_;
};

struct Progress {
  Progress(const ObjectiveFunction& objective, const Merit& asked) : tally(objective, asked) {}

  void Merge(const Progress& other);

  ChunkSet finished;
  Tally tally;  // of the points of the finished chunks
  // When the space holds nothing feasible for TokenRule::kLeast: the highest goal that a point reaches, 0 if
  // none does; nothing while that is not known.
  std::optional<double> highest_goal;
};

// Every bit of it, so that a sum over ranks or runs is the same as over one. Counts and IEEE doubles in
// little-endian order.
std::string Pack(const Progress& progress);
// The progress of the same objective and asked point. Throws std::runtime_error when the bytes are none.
Progress Unpack(std::string_view bytes, const ObjectiveFunction& objective, const Merit& asked);

// Where the finished part of a sweep outlives its process.
class Checkpoint {
 public:
  virtual ~Checkpoint() = default;
  // What earlier runs finished, packed; empty when there were none.
  virtual std::string Load() = 0;
  // Keeps all of it or, when it throws, what was kept before.
  virtual void Save(const Progress& progress) = 0;
};

}  // namespace perflaw
