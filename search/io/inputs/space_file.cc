#include "search/io/inputs/space_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/architecture.hpp"
#include "search/base/error.hpp"

namespace perflaw {
namespace {

constexpr Count kMaxTokens = 1'000'000'000'000'000'000;

Axis ReadAxis(const Json& value, const std::string& file, const std::string& key, Count least,
              Count most) {
  if (value.is_array()) {
    if (value.empty()) throw InputError(file, key, "[]", "must hold at least one value");
    std::vector<Count> values;
    for (std::size_t i = 0; i < value.size(); ++i) {
      values.push_back(ToWhole(value[i], file, fmt::format("{}[{}]", key, i), least, most));
    }
    std::vector<Count> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice != sorted.end())
      throw InputError(file, key, fmt::to_string(*twice), "stands twice on the axis");
    return Axis(std::move(values));
  }
  if (!value.is_object()) {
    throw InputError(file, key, value.dump(),
                     "must be a list of values or {\"from\", \"to\", \"step\"}");
  }
  Fields range(value, file, key);
  const Count from = range.Whole("from", least, most), to = range.Whole("to", least, most);
  const Count step = range.Whole("step", 1, most);
  range.Done();
  if (from > to) range.Fail("from", fmt::format("must be at most to = {}", to));
  return {from, to, step};
}

void ReadTimesHidden(Fields fields, Space& space) {
  const Json& times = fields.Get("times_hidden");
  if (!times.is_array() || times.empty())
    fields.Fail("times_hidden", "must be a list of at least one number");
  for (std::size_t i = 0; i < times.size(); ++i) {
    const std::string key = fields.PathOf(fmt::format("times_hidden[{}]", i));
    const double value = ToNumber(times[i], fields.file(), key, {0, 1024, true});
    if (std::find(space.ffn_times_hidden.begin(), space.ffn_times_hidden.end(), value) !=
        space.ffn_times_hidden.end()) {
      throw InputError(fields.file(), key, fmt::to_string(value), "stands twice on the axis");
    }
    space.ffn_times_hidden.push_back(value);
  }
  space.ffn_multiple_of = fields.Whole("multiple_of", 1, kMaxWidth, 1);
  fields.Done();
  space.axes[kFfnAxis] = Axis(0, static_cast<Count>(times.size()) - 1, 1);
}

void ReadTokens(Fields& fields, Space& space) {
  const Json& value = fields.Get("tokens");
  if (!value.is_string()) {
    space.axes[kTokensAxis] =
        ReadAxis(value, fields.file(), fields.PathOf("tokens"), 1, kMaxTokens);
    return;
  }
  if (value != "budget" && value != "least")
    fields.Fail("tokens", "must be an axis, \"budget\" or \"least\"");
  space.token_rule = value == "budget" ? TokenRule::kBudget : TokenRule::kLeast;
}

}  // namespace

Space ReadSpace(Fields fields) {
  Space space;
  const auto axis = [&](AxisName name, Count least, Count most) {
    const std::string key(kAxisNames[name]);
    space.axes[name] = ReadAxis(fields.Get(key), fields.file(), fields.PathOf(key), least, most);
  };
  axis(kLayersAxis, 1, kMaxLayers);
  axis(kHiddenAxis, 1, kMaxWidth);
  const Json& ffn = fields.Get("ffn");
  if (ffn.is_object() && ffn.contains("times_hidden")) {
    ReadTimesHidden(fields.Object("ffn"), space);
  } else {
    axis(kFfnAxis, 1, kMaxWidth);
  }
  space.axes[kExpertsAxis] = space.axes[kActiveAxis] = Axis(1);
  if (fields.Has("experts")) axis(kExpertsAxis, 1, kMaxWidth);
  if (fields.Has("experts_active")) axis(kActiveAxis, 1, kMaxWidth);
  if (fields.Has("experts_shared")) axis(kSharedAxis, 0, kMaxWidth);
  ReadTokens(fields, space);
  for (const char* key : {"experts", "experts_active", "experts_shared"}) fields.Skip(key);
  fields.Done();
  if (!space.CheckedSize()) throw InputError(fields.file(), "space", "", "has 2^63 points or more");
  return space;
}

}  // namespace perflaw
