#include "search/sweep/progress.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>
#include <type_traits>

namespace perflaw {
namespace {

static_assert(std::endian::native == std::endian::little, "Pack copies bytes as they stand");

class Writer {
 public:
  template <class T>
  void Put(const T& value) {
    static_assert(std::is_arithmetic_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void Put(const Merit& merit) {
    Put(merit.value);
    Put(merit.tie);
    Put(merit.index);
  }
  void Put(const std::optional<double>& value) {
    Put(static_cast<char>(value.has_value()));
    Put(value.value_or(0));
  }
  template <class T>
  void PutAll(const std::vector<T>& items) {
    Put(static_cast<Count>(items.size()));
    for (const T& item : items) Put(item);
  }
  void Put(const ChunkSet::Range& range) {
    Put(range.first);
    Put(range.end);
  }
  void Put(const FrontPoint& point) {
    for (const double value : point.values) Put(value);
    Put(point.index);
  }
  void Put(const RuleTally& rule) {
    Put(rule.rejected);
    Put(rule.best_without);
    Put(rule.nearest);
  }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}

  template <class T>
  void Get(T& value) {
    static_assert(std::is_arithmetic_v<T>);
    Need(sizeof value);
    std::memcpy(&value, left_.data(), sizeof value);
    left_.remove_prefix(sizeof value);
  }
  void Get(Merit& merit) {
    Get(merit.value);
    Get(merit.tie);
    Get(merit.index);
  }
  void Get(std::optional<double>& value) {
    char has = 0;
    double number = 0;
    Get(has);
    Get(number);
    value = has != 0 ? std::optional(number) : std::nullopt;
  }
  void Get(ChunkSet::Range& range) {
    Get(range.first);
    Get(range.end);
  }
  void Get(FrontPoint& point) {
    for (double& value : point.values) Get(value);
    Get(point.index);
  }
  void Get(RuleTally& rule) {
    Get(rule.rejected);
    Get(rule.best_without);
    Get(rule.nearest);
  }
  // add(item) for each of a list's items.
  template <class T, class Add>
  void GetAll(const Add& add) {
    Count size = 0;
    Get(size);
    for (Count i = 0; i < size; ++i) {
      T item;
      Get(item);
      add(item);
    }
  }
  void Done() const { Check(left_.empty()); }
  static void Check(bool right) {
    if (!right) throw std::runtime_error("the packed progress of a sweep is not of this study");
  }

 private:
  void Need(std::size_t size) const { Check(left_.size() >= size); }
  std::string_view left_;
};

}  // namespace

void ChunkSet::Add(Range range) {
  // Those that touch the new range become one with it.
  const auto first = std::lower_bound(ranges_.begin(), ranges_.end(), range.first,
                                      [](const Range& r, Count chunk) { return r.end < chunk; });
  auto last = first;
  for (; last != ranges_.end() && last->first <= range.end; ++last) {
    range.first = std::min(range.first, last->first);
    range.end = std::max(range.end, last->end);
  }
  ranges_.insert(ranges_.erase(first, last), range);
}

void ChunkSet::Merge(const ChunkSet& other) {
  for (const Range& range : other.ranges_) Add(range);
}

std::vector<Count> ChunkSet::Missing(Count chunks) const {
  std::vector<Count> missing;
  Count chunk = 0;
  for (const Range& range : ranges_) {
    for (; chunk < range.first; ++chunk) missing.push_back(chunk);
    chunk = range.end;
  }
  for (; chunk < chunks; ++chunk) missing.push_back(chunk);
  return missing;
}

Count ChunkSet::Size() const {
  Count size = 0;
  for (const Range& range : ranges_) size += range.end - range.first;
  return size;
}

void Progress::Merge(const Progress& other) {
  finished.Merge(other.finished);
  tally.Merge(other.tally);
  if (other.highest_goal) highest_goal = other.highest_goal;
}

std::string Pack(const Progress& progress) {
  const Tally& tally = progress.tally;
  Writer out;
  out.PutAll(progress.finished.Ranges());
  out.Put(progress.highest_goal);
  out.Put(tally.evaluated);
  out.Put(tally.feasible);
  out.Put(tally.ahead_of_asked);
  out.Put(tally.best_dense);
  out.Put(tally.best_moe);
  out.PutAll(tally.rules);
  out.PutAll(tally.top.Sorted());
  out.PutAll(tally.front.Points());
  return out.Take();
}

Progress Unpack(std::string_view bytes, const ObjectiveFunction& objective, const Merit& asked) {
  Progress progress(objective, asked);
  Tally& tally = progress.tally;
  Reader in(bytes);
  in.GetAll<ChunkSet::Range>([&](const ChunkSet::Range& range) {
    Reader::Check(range.first < range.end);
    progress.finished.Add(range);
  });
  in.Get(progress.highest_goal);
  in.Get(tally.evaluated);
  in.Get(tally.feasible);
  in.Get(tally.ahead_of_asked);
  in.Get(tally.best_dense);
  in.Get(tally.best_moe);
  std::vector<RuleTally> rules;
  in.GetAll<RuleTally>([&](const RuleTally& rule) { rules.push_back(rule); });
  Reader::Check(rules.size() == tally.rules.size());
  tally.rules = std::move(rules);
  in.GetAll<Merit>([&](const Merit& merit) { tally.top.Add(merit); });
  in.GetAll<FrontPoint>([&](const FrontPoint& point) { tally.front.Add(point); });
  in.Done();
  return progress;
}

}  // namespace perflaw
