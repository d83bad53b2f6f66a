#include "search/statistics/distributions.hpp"

#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numbers>

namespace perflaw {

double NormalShareBelow(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

double NormalQuantile(double share) { return boost::math::quantile(boost::math::normal(), share); }

double StudentQuantile(double tail, double freedom) {
  return boost::math::quantile(
      boost::math::complement(boost::math::students_t_distribution<double>(freedom), tail));
}

}  // namespace perflaw
