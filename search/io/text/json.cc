#include "search/io/text/json.hpp"

#include <algorithm>
#include <cmath>

#include "search/base/error.hpp"
#include "search/io/text/nearest.hpp"
#include "search/io/text/numbers.hpp"

namespace perflaw {
namespace {

constexpr int kDeepest = 64;
// From here on a double may stand for a neighbouring whole number.
constexpr double kMostExact = 9007199254740992.0;

std::string RangeText(Range range) {
  const bool low = range.least > -std::numeric_limits<double>::max();
  const bool high = range.most < std::numeric_limits<double>::max();
  if (low && high) {
    return fmt::format("must be a number {} {} and at most {}",
                       range.above ? "above" : "of at least", range.least, range.most);
  }
  if (low)
    return fmt::format("must be a number {} {}", range.above ? "above" : "of at least",
                       range.least);
  return "must be a number";
}

}  // namespace

std::string Shown(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() <= 80) return text;
  std::size_t end = 77;
  while ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    --end;  // not inside a UTF-8 character
  return text.substr(0, end) + "...";
}

Json ParseJson(const std::string& text, const std::string& file, const JsonBounds& bounds) {
  std::vector<std::set<std::string>> seen;  // keys of each open object
  std::vector<std::string> path;            // the key that each of them is at
  std::vector<std::size_t> members;         // of each open object or list
  std::size_t values = 0;
  const auto here = [&] { return path.empty() ? "file" : fmt::format("{}", fmt::join(path, ".")); };
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    const bool opens =
        event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
    const bool closes =
        event == Json::parse_event_t::object_end || event == Json::parse_event_t::array_end;
    if (opens && depth >= kDeepest) {
      throw InputError(file, "file", "", fmt::format("is nested deeper than {} levels", kDeepest));
    }
    if (opens || event == Json::parse_event_t::value) {
      if (++values > bounds.values)
        throw InputError(file, "file", "", fmt::format("holds more than {} values", bounds.values));
      if (!members.empty() && ++members.back() > bounds.members)
        throw InputError(file, here(), "",
                         fmt::format("is, or stands in, a list or object of more than {} members",
                                     bounds.members));
    }
    if (opens) members.push_back(0);
    if (closes) members.pop_back();
    if (event == Json::parse_event_t::object_start) {
      seen.emplace_back();
      path.emplace_back();
    } else if (event == Json::parse_event_t::object_end) {
      seen.pop_back();
      path.pop_back();
    } else if (event == Json::parse_event_t::key) {
      path.back() = parsed.get<std::string>();
      if (!seen.back().insert(path.back()).second)
        throw InputError(file, here(), "", "stands twice in one object");
    }
    return true;
  };
  // The parser takes a zero byte for the end of the text.
  if (text.find('\0') != std::string::npos)
    throw InputError(file, "file", "", "is not JSON: holds a zero byte");
  try {
    return Json::parse(text, watch, true, true);
  } catch (const Json::exception& error) {
    // The message begins with the library's own error number in brackets.
    const std::string message = error.what();
    const std::string place = here();
    throw InputError(file, place.empty() ? "file" : place, "",
                     "is not JSON: " + message.substr(message.find(']') + 2));
  }
}

double ToNumber(const Json& value, const std::string& file, const std::string& key, Range range) {
  std::optional<double> number;
  if (value.is_number()) number = value.get<double>();
  if (value.is_string()) number = ParseNumber(value.get_ref<const std::string&>());
  const bool inside = number && *number <= range.most &&
                      (range.above ? *number > range.least : *number >= range.least);
  if (!inside) throw InputError(file, key, Shown(value), RangeText(range));
  return *number;
}

Count ToWhole(const Json& value, const std::string& file, const std::string& key, Count least,
              Count most) {
  const auto fail = [&] {
    throw InputError(file, key, Shown(value),
                     fmt::format("must be a whole number from {} to {}", least, most));
  };
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(most))
    fail();
  Count whole = 0;
  if (value.is_number_integer()) {
    whole = value.get<Count>();
  } else {
    std::optional<double> number;
    if (value.is_number_float()) number = value.get<double>();
    if (value.is_string()) number = ParseNumber(value.get_ref<const std::string&>());
    if (!number || *number != std::floor(*number) || std::abs(*number) >= kMostExact) fail();
    whole = static_cast<Count>(*number);
  }
  if (whole < least || whole > most) fail();
  return whole;
}

Fields::Fields(const Json& object, std::string file, std::string path)
    : object_(&object), file_(std::move(file)), path_(std::move(path)) {
  if (!object.is_object())
    throw InputError(file_, path_.empty() ? "file" : path_, Shown(object), "must be an object");
}

const Json& Fields::Get(const std::string& key) {
  read_.insert(key);
  const auto at = object_->find(key);
  if (at == object_->end()) throw InputError(file_, PathOf(key), "", "is missing");
  return *at;
}

double Fields::Number(const std::string& key, Range range) {
  return ToNumber(Get(key), file_, PathOf(key), range);
}

std::optional<double> Fields::OptionalNumber(const std::string& key, Range range) {
  read_.insert(key);
  return Has(key) ? std::optional(Number(key, range)) : std::nullopt;
}

Count Fields::Whole(const std::string& key, Count least, Count most) {
  return ToWhole(Get(key), file_, PathOf(key), least, most);
}

Count Fields::Whole(const std::string& key, Count least, Count most, Count fallback) {
  if (Has(key)) return Whole(key, least, most);
  read_.insert(key);
  if (defaults_) defaults_->push_back(fmt::format("{} = {}", PathOf(key), fallback));
  return fallback;
}

bool Fields::Flag(const std::string& key) {
  const Json& value = Get(key);
  if (!value.is_boolean()) Fail(key, "must be true or false");
  return value.get<bool>();
}

bool Fields::Flag(const std::string& key, bool fallback) {
  if (Has(key)) return Flag(key);
  read_.insert(key);
  if (defaults_) defaults_->push_back(fmt::format("{} = {}", PathOf(key), fallback));
  return fallback;
}

const Json* Fields::Find(const std::string& key) const {
  const auto at = object_->find(key);
  return at == object_->end() ? nullptr : &*at;
}

std::string Fields::Text(const std::string& key) {
  const Json& value = Get(key);
  if (!value.is_string()) Fail(key, "must be text");
  return value.get<std::string>();
}

Fields Fields::Object(const std::string& key) { return {Get(key), file_, PathOf(key)}; }

std::size_t Fields::Choice(const std::string& key, const std::vector<std::string>& choices) {
  const std::string text = Text(key);
  const auto at = std::find(choices.begin(), choices.end(), text);
  if (at == choices.end()) Fail(key, fmt::format("must be one of {}", fmt::join(choices, ", ")));
  return static_cast<std::size_t>(at - choices.begin());
}

std::vector<std::string> Fields::Unread() const {
  std::vector<std::string> unread;
  for (const auto& item : object_->items()) {
    if (!read_.contains(item.key())) unread.push_back(item.key());
  }
  return unread;
}

void Fields::Done() const {
  const auto unread = Unread();
  if (unread.empty()) return;
  std::string rule = "unknown key";
  for (const std::string& known : read_) {
    if (!Has(known) && EditDistance(known, unread.front()) <= 2)
      rule += fmt::format("; did you mean \"{}\"?", known);
  }
  Fail(unread.front(), rule);
}

void Fields::Fail(const std::string& key, const std::string& rule) const {
  const auto at = object_->find(key);
  throw InputError(file_, PathOf(key), at == object_->end() ? "" : Shown(*at), rule);
}

Json Real(double value) {
  if (!std::isfinite(value)) return nullptr;
  const auto is_whole = [](double x) {
    return x == std::floor(x) && std::abs(x) < 9007199254740992.0;
  };
  if (is_whole(value)) return static_cast<Count>(value);
  const double rounded = TwelveDigits(value);
  return is_whole(rounded) ? Json(static_cast<Count>(rounded)) : Json(rounded);
}

Json RealOrNull(const std::optional<double>& value) { return value ? Real(*value) : Json(nullptr); }

}  // namespace perflaw
