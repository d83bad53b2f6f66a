// The linear least-squares problem behind `fit`, and its solution under each method.
#pragma once

#include <string>
#include <vector>

#include "search/learn/fit_method.hpp"
#include "search/learn/scored_run.hpp"
#include "search/statistics/least_squares.hpp"

namespace perflaw {

// The sixth is gamma^2 - 1 of the runs against the gamma given.
inline constexpr Eigen::Index kColumns = kCoefficients + 1, kB = 4, kBend = 5;

// The linear problem that the runs pose.
struct Problem {
  Matrix x;          // runs x kColumns
  Vector y, weight;  // raw scores without `fixed`; weights, Huber's included
  Vector
      fixed;  // of the raw score what no coefficient here multiplies: a law's terms of size and date
  Vector published;  // the published coefficients, 0 for kBend
  // Of ln N, ln h, ln d and ln T over the published law's domain, taken as even between its limits; the middle of
  // the constant is 1.
  Vector middle, spread;
  std::vector<std::string> families;
  double family_share = 0, sigma = 0;
  double least_bend = 0, most_bend = 0;  // of gamma's limits
};

// Of the runs at these positions.
Problem Pose(const Law& law, const std::vector<ScoredRun>& runs,
             const std::vector<std::size_t>& used, double gamma);
Problem Without(const std::string& family, const Problem& p);

// What a method fits, and how it is held: |held step|^2 is added to the squares, step from the published coefficients.
struct Recipe {
  FitMethod method = FitMethod::kPublished;
  double strength = 0;
  std::vector<Eigen::Index> columns;
  Matrix held;
};

Recipe RecipeOf(const Problem& p, FitMethod method, double strength);

struct Solution {
  Vector beta;  // all kColumns; a gamma that would leave its limits stands at the one, and is held
  Vector leverage;                 // of each run
  Matrix inverse;                  // of X'WX + P over the recipe's columns
  std::vector<Eigen::Index> lost;  // columns that the others explain
};

Solution Solve(const Problem& p, const Recipe& recipe);

// Each run predicted without it: exact for a penalty that does not depend on the run.
Vector LeftOut(const Problem& p, const Solution& s);

}  // namespace perflaw
