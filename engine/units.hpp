// Names for quantities, so that a signature reads with its units. All units are decimal and base
// units: parameters, tokens, FLOPs, bytes, seconds, dollars; never billions, gibibytes or days
// inside the engine.
#pragma once

#include <cstdint>
#include <limits>

namespace perflaw {

using Count = std::int64_t;  // exact: layers, channels, parameters
using Tokens = double;       // real: a budget seldom buys a whole number
using Flops = double;
using FlopsPerSecond = double;
using Bytes = double;
using BytesPerSecond = double;
using Seconds = double;
using Dollars = double;
using Watts = double;
using KilowattHours = double;
using KilogramsCo2 = double;

constexpr double AsReal(Count n) { return static_cast<double>(n); }

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();
inline constexpr double kSecondsPerHour = 3600.0;
inline constexpr double kSecondsPerDay = 86400.0;

}  // namespace perflaw
