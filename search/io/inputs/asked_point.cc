#include "search/io/inputs/asked_point.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <sstream>

#include "search/base/error.hpp"

namespace perflaw {
namespace {

// The axis of that name, kAxes for none.
std::size_t AxisNamed(const std::string& name) {
  return static_cast<std::size_t>(std::find(kAxisNames.begin(), kAxisNames.end(), name) -
                                  kAxisNames.begin());
}

// "points[0]" has the axis as a key of its own; a flag, whose text names it, beside it.
std::string KeyOf(const std::string& key, const std::string& name) {
  return key + (key.starts_with("--") ? " " : ".") + name;
}

std::string NoAxis() {
  return fmt::format("is no axis; the axes are {}", fmt::join(kAxisNames, ", "));
}

}  // namespace

Count AskedIndex(const Json& asked, const Space& space, const std::string& file,
                 const std::string& key) {
  if (!asked.is_object()) throw InputError(file, key, asked.dump(), "must be an object");
  Point point{};
  std::array<bool, kAxes> given{};
  for (const auto& [name, value] : asked.items()) {
    const std::size_t axis = AxisNamed(name);
    if (axis == kAxes)
      throw InputError(file, KeyOf(key, name),
                       value.dump(-1, ' ', false, Json::error_handler_t::replace), NoAxis());
    given[axis] = true;
    point[axis] = ToWhole(value, file, KeyOf(key, name), 0, std::numeric_limits<Count>::max());
  }
  const Point first = space.Decode(0);
  for (std::size_t i = 0; i < kAxes; ++i) {
    if (given[i]) continue;
    if (space.axes[i].size() > 1)
      throw InputError(file, key, asked.dump(),
                       fmt::format("must name the axis {}", kAxisNames[i]));
    point[i] = i == kFfnAxis ? space.Ffn(0, point[kHiddenAxis]) : first[i];
  }
  const auto index = space.Encode(point);
  if (!index) throw InputError(file, key, asked.dump(), "is not a point of the study's space");
  return *index;
}

Json ParseAsked(const std::string& text, const std::string& file, const std::string& key) {
  Json asked = Json::object();
  std::stringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    const auto equals = part.find('=');
    const std::string name = part.substr(0, equals);
    if (equals == std::string::npos) throw InputError(file, key, part, "must be AXIS=VALUE");
    if (AxisNamed(name) == kAxes)
      throw InputError(file, KeyOf(key, name), part.substr(equals + 1), NoAxis());
    if (asked.contains(name))
      throw InputError(file, KeyOf(key, name), part.substr(equals + 1), "this axis stands twice");
    asked[name] = part.substr(equals + 1);
  }
  return asked;
}

}  // namespace perflaw
