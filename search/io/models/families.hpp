// Hugging Face's model families: how the config.json of each spells an Architecture.
//
// To add a family: one function and one row of the table in families_dense.cc or
// families_moe.cc, one config in configs/models with its row in tests/golden/published_totals.csv, and
// a test of its traps in tests/io/models/model_config_test.cc.
#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/architecture.hpp"
#include "search/io/text/json.hpp"

namespace perflaw {

// The keys of one config.json, to read or to write: a family names each key once and it serves both
// ways. Reading, a key without a default is required, null counts as absent, and a default that was
// used is noted.
class ConfigKeys {
 public:
  ConfigKeys(Fields fields, std::vector<std::string>* defaults, std::vector<std::string>* notes)
      : fields_(std::move(fields)), defaults_(defaults), notes_(notes) {}
  explicit ConfigKeys(Json* out) : out_(out) {}

  bool reading() const { return fields_.has_value(); }
  // Reading only: the key is there and not null.
  bool Given(const std::string& key) const;
  Fields& fields() { return *fields_; }

  void Whole(const std::string& key, Count& value);
  void Whole(const std::string& key, Count& value, Count fallback,
             const std::string& source = "class default");
  // The same number under several names; those given must agree. Written under the first.
  void WholeOf(std::initializer_list<const char*> keys, Count& value);
  void Flag(const std::string& key, bool& value, bool fallback);
  // Reading only: the entries of a list that may be absent.
  std::vector<Json> List(const std::string& key);
  // A switch that must stand at `value` (its default) for the family's count to hold.
  void Fixed(const std::string& key, const Json& value, const std::string& rule);
  // A part of the model that is left out of all counts.
  void Note(const std::string& note);
  // A key that changes no count in this family.
  void Ignore(const std::string& key);
  // Reading only: the key that a field of the architecture came from; `field` where none did.
  std::string KeyOf(const Count* value, const std::string& field) const;
  [[noreturn]] void Fail(const std::string& key, const std::string& rule) const {
    fields_->Fail(key, rule);
  }

 private:
  void Used(const std::string& key, const std::string& value, const std::string& source);

  std::optional<Fields> fields_;
  std::vector<std::string>* defaults_ = nullptr;
  std::vector<std::string>* notes_ = nullptr;
  std::map<const Count*, std::string> keys_;
  Json* out_ = nullptr;
};

struct Family {
  const char* model_type;
  const char* architecture;  // Hugging Face's class
  void (*keys)(ConfigKeys& keys, Architecture& architecture);
};
// In families_dense.cc and families_moe.cc.
const std::vector<Family>& DenseFamilies();
const std::vector<Family>& MoeFamilies();

// What an unread key of a config means for its counts.
enum class UnknownKey {
  kNeutral,  // known to change nothing in any family: tokens, dropout, rope, training leftovers
  kUnused,   // unknown, but its name speaks of no size: noted
  kMayCarrySize,  // refused
};
UnknownKey Classify(const std::string& key);

}  // namespace perflaw
