#include "search/io/inputs/asked_point.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>

#include "search/base/error.hpp"

namespace perflaw {
namespace {

// Two free axes, the others of one value each.
Space TwoAxes() {
  Space space;
  for (Axis& axis : space.axes) axis = Axis(1, 1, 1);
  space.axes[kLayersAxis] = Axis(16, 32, 16);
  space.axes[kHiddenAxis] = Axis(1024, 3072, 1024);
  return space;
}

std::string ErrorOf(const std::function<void()>& call) {
  try {
    call();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(AskedPoint, IsTheIndexOfItsAxes) {
  const Space space = TwoAxes();
  for (Count index = 0; index < space.Size(); ++index) {
    const Point point = space.Decode(index);
    const Json asked = {{"layers", point[kLayersAxis]}, {"hidden", point[kHiddenAxis]}};
    EXPECT_EQ(AskedIndex(asked, space, "request", "points[0]"), index);
    const std::string text =
        fmt::format("hidden={},layers={}", point[kHiddenAxis], point[kLayersAxis]);
    EXPECT_EQ(AskedIndex(ParseAsked(text, "command line", "--why"), space, "command line", "--why"),
              index);
  }
}

TEST(AskedPoint, AWrongAxisIsNamedAsItsKey) {
  const Space space = TwoAxes();
  const std::pair<Json, const char*> requests[] = {
      {{{"x", 3}}, "request: points[0].x = 3: is no axis; the axes are layers, hidden,"},
      {{{"layers", "many"}}, "request: points[0].layers = \"many\": must be"},
      {{{"layers", 16}}, "request: points[0] = {\"layers\":16}: must name the axis hidden"},
      {7, "request: points[0] = 7: must be an object"}};
  for (const auto& [asked, message] : requests) {
    const Json& point = asked;
    const std::string error = ErrorOf([&] { AskedIndex(point, space, "request", "points[0]"); });
    EXPECT_TRUE(error.starts_with(message)) << error;
  }
  const std::pair<const char*, const char*> flags[] = {
      {"x=3", "command line: --why x = 3: is no axis; the axes are layers, hidden,"},
      {"layers", "command line: --why = layers: must be AXIS=VALUE"},
      {"layers=16,layers=32", "command line: --why layers = 32: this axis stands twice"}};
  for (const auto& [text, message] : flags) {
    const char* given = text;
    const std::string error = ErrorOf([&] { ParseAsked(given, "command line", "--why"); });
    EXPECT_TRUE(error.starts_with(message)) << error;
  }
}

}  // namespace
}  // namespace perflaw
