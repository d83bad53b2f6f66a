// Minimisation by NLopt. It is a C library: no exception may pass through it, and its random numbers and clock are
// not used.
#pragma once

#include <functional>
#include <stdexcept>
#include <vector>

namespace perflaw {

// f(x); fills `gradient`, already of x's size, unless it is null.
using MinimisedFunction =
    std::function<double(const std::vector<double>& x, std::vector<double>* gradient)>;

enum class Optimiser {
  kDirect,  // DIRECT-L: everywhere between the bounds, without gradients or constraints
  kSlsqp,   // sequential quadratic programming: near the start, with gradients and constraints
};

struct MinimiserOptions {
  Optimiser optimiser = Optimiser::kSlsqp;
  double low = 0, high = 1;  // of every coordinate
  int evaluations = 1000;    // at most; ending there is a normal end
  double tolerance_x = 0;    // ends when a step moves no coordinate by more than this share of it
  double tolerance_constraints = 1e-9;
};

struct Constraints {
  std::vector<MinimisedFunction> at_most_0, equal_0;
};

// The optimiser found no way on; what() says why in a sentence.
struct NoMinimum : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Moves x to where `function` is least under the constraints, as far as its optimiser can tell, and returns the value there. Where
// rounding ends it early x is as good as rounding lets it be. What a function throws ends it, and is thrown on. Throws NoMinimum
// where it found no way on, x being then anywhere, std::invalid_argument for a problem that the optimiser does not take,
// std::bad_alloc.
// Range: x is within the bounds and not empty.
double Minimise(const MinimisedFunction& function, const Constraints& constraints,
                const MinimiserOptions& options, std::vector<double>& x);

}  // namespace perflaw
