#include "search/sweep/sweep.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "search/base/control.hpp"
#include "search/base/parallel.hpp"
#include "search/study/spending.hpp"
#include "search/sweep/row_sweep.hpp"

namespace perflaw {
namespace {

// A block takes about as long whether its points are scored one by one or screened.
constexpr Count kScoredBlock = 1 << 14, kScreenedBlock = 1 << 18;
// Ranks share out chunks of blocks and a checkpoint names them, so there should be neither few nor very many.
constexpr Count kLeastChunkPoints = 1 << 18, kMostChunks = 1 << 16;

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// How a space divides. It depends on nothing but the study.
struct Division {
  Division(Count all_points, Count points_of_block)
      : points(all_points), block_points(points_of_block) {
    const Count blocks = (points - 1) / block_points + 1;
    chunk_blocks = std::max(kLeastChunkPoints / block_points, (blocks - 1) / kMostChunks + 1);
    chunks = (blocks - 1) / chunk_blocks + 1;
  }
  Count PointsOf(Count chunk) const {
    const Count chunk_points = chunk_blocks * block_points;
    return std::min(chunk_points, points - chunk * chunk_points);
  }

  Count points, block_points, chunk_blocks, chunks;
};

// body(first, end, slot) for the points of every block of the chunks.
template <class Body>
void ForEachBlockOf(const std::vector<Count>& chunks, const Division& division, int threads,
                    const std::atomic<bool>& stop, const Body& body) {
  const Count blocks = static_cast<Count>(chunks.size()) * division.chunk_blocks;
  ForEachBlock(blocks, threads, stop, [&](Count i, int slot) {
    const Count chunk = chunks[static_cast<std::size_t>(i / division.chunk_blocks)];
    const Count block = chunk * division.chunk_blocks + i % division.chunk_blocks;
    // The last chunk may be short.
    if (block > (division.points - 1) / division.block_points) return;
    const Count first = block * division.block_points;
    body(first, first + std::min(division.block_points, division.points - first),
         static_cast<std::size_t>(slot));
  });
}

Merit MeritOfAsked(const ObjectiveFunction& objective, const SearchOptions& options) {
  if (!options.asked) return {};
  const Outcome outcome = objective.Evaluate(*options.asked);
  return outcome.rule == kNoRule ? outcome.merit : Merit{};
}

// How many chunks to sweep before the next save or message: about a second of work, or more where handing over
// takes long. Time decides only how often the sum so far is handed over, never what is in it.
class Pace {
 public:
  Count Chunks() const { return chunks_; }
  void Adapt(double working, double handing_over) {
    const double wanted = std::max(1.0, 20 * handing_over);
    if (working < wanted / 2) chunks_ *= 2;
    if (working > wanted * 2) chunks_ = std::max<Count>(1, chunks_ / 2);
  }

 private:
  Count chunks_ = 1;
};

// What one process does of a sweep.
class SweepRun {
 public:
  SweepRun(const ObjectiveFunction& objective, const SearchOptions& options, Control& control,
           Ranks& ranks)
      : objective_(objective),
        options_(options),
        control_(control),
        ranks_(ranks),
        tables_(TablesOf(objective)),
        division_(objective.study().space.Size(), tables_ ? kScreenedBlock : kScoredBlock),
        none_(objective, MeritOfAsked(objective, options)),
        whole_(none_),
        unfinished_(none_.tally) {}

  SearchSummary Lead();
  void Follow();

 private:
  template <class HandOver>
  void SweepMine(bool often, const HandOver& hand_over);
  Progress SweepChunks(const std::vector<Count>& chunks);
  void Resume();
  int Gather();
  void Save();
  SearchSummary Summarise();

  const ObjectiveFunction& objective_;
  const SearchOptions& options_;
  Control& control_;
  Ranks& ranks_;
  std::optional<RowTables> tables_;
  Division division_;
  Progress none_;     // what all start from
  Progress whole_;    // on rank 0, of all ranks and earlier runs
  Tally unfinished_;  // of points in chunks that a stop left unfinished
  Count resumed_ = 0;
};

Progress SweepRun::SweepChunks(const std::vector<Count>& chunks) {
  std::vector<Tally> tallies(static_cast<std::size_t>(options_.threads), none_.tally);
  ForEachBlockOf(chunks, division_, options_.threads, control_.stop,
                 [&](Count first, Count end, std::size_t slot) {
                   SweepBlock(objective_, tables_, tallies[slot], first, end);
                   control_.done.fetch_add(end - first, std::memory_order_relaxed);
                   if (ranks_.Stopped()) control_.stop = true;
                 });
  Progress part = none_;
  for (const Tally& tally : tallies) part.tally.Merge(tally);
  Count all = 0;
  for (const Count chunk : chunks) all += division_.PointsOf(chunk);
  if (part.tally.evaluated < all) {
    unfinished_.Merge(part.tally);
    return none_;
  }
  for (const Count chunk : chunks) part.finished.Add({chunk, chunk + 1});
  return part;
}

// Every Size()-th of the chunks that nobody has finished; `often`: hand_over(part) after each second or so.
template <class HandOver>
void SweepRun::SweepMine(bool often, const HandOver& hand_over) {
  const std::vector<Count> missing = whole_.finished.Missing(division_.chunks);
  std::vector<Count> mine;
  const auto step = static_cast<std::size_t>(ranks_.Size());
  for (auto i = static_cast<std::size_t>(ranks_.Rank()); i < missing.size(); i += step)
    mine.push_back(missing[i]);
  Pace pace;
  for (auto next = mine.begin(); next != mine.end() && !control_.stop;) {
    const auto count =
        often ? std::min<Count>(pace.Chunks(), mine.end() - next) : mine.end() - next;
    const auto begin = Clock::now();
    const Progress part = SweepChunks({next, next + count});
    const double working = SecondsSince(begin);
    hand_over(part);
    pace.Adapt(working, SecondsSince(begin) - working);
    next += count;
  }
  if (control_.stop) ranks_.Stop();
}

void SweepRun::Resume() {
  if (options_.checkpoint == nullptr) return;
  if (const std::string kept = options_.checkpoint->Load(); !kept.empty())
    whole_ = Unpack(kept, objective_, none_.tally.asked);
  resumed_ = whole_.tally.evaluated;
  control_.resumed = resumed_;
  control_.done = resumed_;
}

void SweepRun::Save() {
  if (options_.checkpoint != nullptr) options_.checkpoint->Save(whole_);
}

// A message is 'm' while more is to come from its sender and 'l' in the last, then a packed progress.
void SweepRun::Follow() {
  whole_ = Unpack(ranks_.Broadcast(""), objective_, none_.tally.asked);
  SweepMine(true, [&](const Progress& part) { ranks_.Send('m' + Pack(part)); });
  ranks_.Send('l' + Pack(none_));
}

// Merges what the other ranks sent, and returns how many of them said that it was their last.
int SweepRun::Gather() {
  int ended = 0;
  for (const std::string& message : ranks_.Receive()) {
    const Progress part =
        Unpack(std::string_view(message).substr(1), objective_, none_.tally.asked);
    whole_.Merge(part);
    control_.done.fetch_add(part.tally.evaluated, std::memory_order_relaxed);
    ended += message.front() == 'l' ? 1 : 0;
  }
  return ended;
}

SearchSummary SweepRun::Lead() {
  Resume();
  Progress finished = none_;
  finished.finished = whole_.finished;
  ranks_.Broadcast(Pack(finished));
  int others = ranks_.Size() - 1;
  SweepMine(others > 0 || options_.checkpoint != nullptr, [&](const Progress& part) {
    whole_.Merge(part);
    others -= Gather();
    Save();
  });
  for (auto saved = Clock::now(); others > 0;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    if (control_.stop || ranks_.Stopped()) {
      control_.stop = true;
      ranks_.Stop();
    }
    others -= Gather();
    if (others > 0 && SecondsSince(saved) < 1) continue;
    Save();
    saved = Clock::now();
  }
  return Summarise();
}

SearchSummary SweepRun::Summarise() {
  SearchSummary summary;
  summary.space_points = division_.points;
  summary.resumed = resumed_;
  Tally seen = whole_.tally;
  seen.Merge(unfinished_);
  Report(seen, summary);
  summary.status = summary.evaluated < summary.space_points ? Status::kInterrupted
                   : summary.best.empty()                   ? Status::kInfeasible
                                                            : Status::kOptimal;
  if (summary.status == Status::kInfeasible &&
      objective_.study().space.token_rule == TokenRule::kLeast) {
    if (!whole_.highest_goal) {
      whole_.highest_goal =
          HighestGoal(objective_.study(), objective_.conditions(), options_.threads, control_);
      Save();
    }
    const auto goal = std::find_if(objective_.Rules().begin(), objective_.Rules().end(),
                                   [](const Rule& rule) { return rule.IsGoal(); });
    for (SearchSummary::Relaxation& relaxation : summary.relaxation) {
      if (relaxation.rule != goal->name) continue;
      relaxation.limit = whole_.highest_goal;
      if (whole_.highest_goal == 0) relaxation.limit.reset();
    }
    if (!whole_.highest_goal) summary.status = Status::kInterrupted;
  }
  // What was not looked at may be better than all that was.
  if (summary.status == Status::kInterrupted) {
    summary.upper_bound.reset();
    summary.gap.reset();
    summary.binding.clear();
    summary.relaxation.clear();
    summary.rank.reset();
  }
  return summary;
}

}  // namespace

SearchSummary Sweep(const ObjectiveFunction& objective, const SearchOptions& options,
                    Control& control) {
  Check(options, objective.study().space);
  const auto begin = Clock::now();
  OneRank alone;
  Ranks& ranks = options.ranks == nullptr ? alone : *options.ranks;
  SweepRun run(objective, options, control, ranks);
  if (ranks.Rank() != 0) {
    run.Follow();
    return {};
  }
  SearchSummary summary = run.Lead();
  summary.seconds = SecondsSince(begin);
  return summary;
}

}  // namespace perflaw
