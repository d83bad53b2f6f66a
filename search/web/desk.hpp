// Where questions are taken in: JSON in, JSON out, and how much may be asked at once. Knows nothing of HTTP but the status of an
// answer.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "search/io/text/inputs.hpp"

namespace perflaw {

struct DeskLimits {
  int most_light = 16, most_heavy = 4;  // questions that are worked on at once
  double search_seconds = 20, other_seconds = 10;
};

struct DeskAnswer {
  int status = 200;  // 400: the question is wrong; 500, 503: no answer now
  std::string body;  // JSON
  bool try_again = false;
};

class Desk {
 public:
  // `configs` must outlive it.
  Desk(const NamedTexts& configs, const DeskLimits& limits) : configs_(configs), limits_(limits) {}

  // As "/api/search".
  static std::vector<std::string> Paths();

  // Works until there is an answer, time is over, or the client at the other end of `socket` leaves.
  // May be called from any thread.
  DeskAnswer Ask(const std::string& path, const std::string& body, int socket);

  // Questions that are worked on now.
  int Working() const { return light_ + heavy_; }

 private:
  const NamedTexts& configs_;
  DeskLimits limits_;
  std::atomic<int> light_{0}, heavy_{0};
};

}  // namespace perflaw
