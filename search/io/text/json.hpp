// Strict JSON in: comments allowed; a key twice, an unknown key, a wrong type or a value out of
// range is an InputError that names file, key, value and rule.
#pragma once

#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/units.hpp"

namespace perflaw {

using Json = nlohmann::ordered_json;

// How much a text may hold: members of one object or list, and values in all.
struct JsonBounds {
  std::size_t members = std::numeric_limits<std::size_t>::max(), values = members;
};

// Parses the text of `file`. Throws InputError for malformed text, a key twice, nesting above 64
// levels, a number that no double holds, or as soon as a bound is passed.
Json ParseJson(const std::string& text, const std::string& file, const JsonBounds& bounds = {});

// A value as messages show it: its JSON, of at most 80 bytes.
std::string Shown(const Json& value);

// What a number may be. `most` is inclusive; `least` too unless `above` is set.
struct Range {
  double least = -std::numeric_limits<double>::max(), most = std::numeric_limits<double>::max();
  bool above = false;
};
inline constexpr Range kPositive{0, std::numeric_limits<double>::max(), true};

// Reads the members of one object and knows which were read; Done() refuses the others.
class Fields {
 public:
  // `path` is the dotted path of the object in the file, "" for the root. Throws unless `object` is
  // one.
  Fields(const Json& object, std::string file, std::string path);

  bool Has(const std::string& key) const { return object_->contains(key); }
  const Json& Get(const std::string& key);  // required
  double Number(const std::string& key, Range range);
  std::optional<double> OptionalNumber(const std::string& key, Range range);
  Count Whole(const std::string& key, Count least, Count most);
  Count Whole(const std::string& key, Count least, Count most, Count fallback);
  bool Flag(const std::string& key);
  bool Flag(const std::string& key, bool fallback);
  std::string Text(const std::string& key);
  Fields Object(const std::string& key);
  // The position of the text in `choices`.
  std::size_t Choice(const std::string& key, const std::vector<std::string>& choices);

  // From now on a default that is used is written to `defaults` as "path = value".
  void EchoDefaults(std::vector<std::string>* defaults) { defaults_ = defaults; }
  // The value of a key, which then counts as read no more and no less than before; null when absent.
  const Json* Find(const std::string& key) const;

  // Marks a key as read elsewhere.
  void Skip(const std::string& key) { read_.insert(key); }
  // Keys not read so far, in file order.
  std::vector<std::string> Unread() const;
  // Refuses unread keys, naming the nearest known one.
  void Done() const;

  [[noreturn]] void Fail(const std::string& key,
                         const std::string& rule) const;  // the value is shown
  const std::string& file() const { return file_; }
  std::string PathOf(const std::string& key) const {
    return path_.empty() ? key : path_ + "." + key;
  }

 private:
  const Json* object_;
  std::string file_, path_;
  std::set<std::string> read_;
  std::vector<std::string>* defaults_ = nullptr;
};

// One number, plain or with a suffix ("15T"), checked; errors name `key` as it stands.
double ToNumber(const Json& value, const std::string& file, const std::string& key, Range range);
Count ToWhole(const Json& value, const std::string& file, const std::string& key, Count least,
              Count most);

// A whole number where the value is one below 2^53, else 12 significant digits; null for what is
// not finite.
Json Real(double value);
Json RealOrNull(const std::optional<double>& value);

}  // namespace perflaw
