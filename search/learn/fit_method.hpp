// The ways of fitting a law to runs, from nothing to everything.
#pragma once

#include <cstddef>
#include <string_view>

namespace perflaw {

enum class FitMethod {
  kPublished,       // nothing is fitted
  kOffset,          // b, held to the published one as the spread of families' offsets says
  kOffsetAndGamma,  // b likewise, and gamma: the runs' infrastructure, within [kLeastGamma, kMostGamma]
  kShrunk,  // w and b; w as if `strength` more runs, spread over the law's domain, obeyed the published one
  kLeastSquares  // w and b, nothing held
};

inline constexpr FitMethod kFitMethods[] = {FitMethod::kPublished, FitMethod::kOffset,
                                            FitMethod::kOffsetAndGamma, FitMethod::kShrunk,
                                            FitMethod::kLeastSquares};
std::string_view FitMethodName(FitMethod method);

// No infrastructure is known outside; at a limit the data say something else than gamma. A gamma given beyond moves the limit to it.
inline constexpr double kLeastGamma = 0.3, kMostGamma = 10;

inline constexpr std::size_t kCoefficients = 5;  // w1 to w4, b

}  // namespace perflaw
