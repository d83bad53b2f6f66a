// The distributions whose quantiles intervals are made of.
#pragma once

namespace perflaw {

// P(Z <= z) of a standard normal Z.
double NormalShareBelow(double z);
// z with P(Z <= z) = share. Range: 0 < share < 1.
double NormalQuantile(double share);

// t with P(T > t) = tail for Student's T. Range: 0 < tail < 0.5, freedom >= 1.
double StudentQuantile(double tail, double freedom);

}  // namespace perflaw
