#include "search/io/outputs/store.hpp"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <string_view>

#include "perflaw_version.hpp"
#include "search/base/error.hpp"
#include "search/io/text/files.hpp"

namespace perflaw {
namespace {

constexpr Count kApplicationId = 0x504c6177;  // "PLaw", where SQLite keeps whose file it is
constexpr int kFormat = 1;                    // of the tables and of what Pack makes
constexpr const char* kProvenance =
    "CREATE TABLE provenance (name TEXT NOT NULL UNIQUE, value TEXT)";
constexpr const char* kProgress =
    "CREATE TABLE progress (id INTEGER PRIMARY KEY CHECK (id = 1),"
    " space_points, evaluated, feasible, best_index, packed, sha256)";
constexpr const char* kDamaged = "is damaged; delete it to start again";

Database OpenDatabase(const std::string& path) {
  try {
    return Database(path);
  } catch (const SqliteRefusal& refusal) {
    throw InputError("command line", "--store", path, refusal.what());
  }
}

}  // namespace

bool IsStore(const std::string& path) {
  // See https://sqlite.org/fileformat.html, 1.3: the magic string, and a big-endian number at offset 68.
  std::array<char, 72> head{};
  std::ifstream(path, std::ios::binary).read(head.data(), head.size());
  Count application = 0;
  for (std::size_t i = 68; i < 72; ++i)
    application = application * 256 + static_cast<unsigned char>(head[i]);
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  return std::string_view(head.data(), kMagic.size()) == kMagic && application == kApplicationId;
}

StoreIdentity IdentityOf(const Study& study, const Inputs& inputs, std::optional<Count> asked) {
  return {{"perflaw_version", kVersion},
          {"law", study.law.name},
          {"inputs_sha256", inputs.Sha256()},
          {"gamma", fmt::format("{}", study.gamma)},
          {"top", fmt::format("{}", study.top)},
          {"why", asked ? fmt::format("index {}", *asked) : "none"}};
}

Store::Store(const std::string& path, const StoreIdentity& identity)
    : path_(path), database_(OpenDatabase(path)) {
  try {
    Open(identity);
  } catch (const SqliteRefusal& refusal) {
    Refuse(refusal.what());
  }
}

void Store::Refuse(const std::string& rule) const {
  throw InputError("command line", "--store", path_, rule);
}

void Store::Open(const StoreIdentity& identity) {
  database_.Run("PRAGMA locking_mode = EXCLUSIVE");
  Transaction transaction(database_, "EXCLUSIVE");
  const Count application = database_.Whole("PRAGMA application_id");
  const std::string tables =
      database_.Text("SELECT group_concat(sql, '; ') FROM sqlite_master WHERE type = 'table'");
  if (application == 0 && tables.empty()) {
    Make(identity);
  } else {
    if (application != kApplicationId) Refuse("is an SQLite database, but no store of a search");
    if (const Count format = database_.Whole("PRAGMA user_version"); format != kFormat) {
      Refuse(fmt::format("has format {}, and this version of perflaw keeps format {}", format,
                         kFormat));
    }
    if (tables != fmt::format("{}; {}", kProvenance, kProgress) ||
        database_.Text("PRAGMA quick_check") != "ok") {
      Refuse(kDamaged);
    }
    Compare(identity);
  }
  transaction.Commit();
}

void Store::Make(const StoreIdentity& identity) {
  database_.Run(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}; {}; {}",
                            kApplicationId, kFormat, kProvenance, kProgress));
  Statement insert(database_, "INSERT INTO provenance VALUES (?1, ?2)");
  const auto put = [&](const std::string& name, const std::string& value) {
    insert.BindText(1, name);
    insert.BindText(2, value);
    insert.Step();
  };
  for (const auto& [name, value] : identity) put(name, value);
  put("git_revision", kGitRevision);
}

void Store::Compare(const StoreIdentity& identity) {
  Statement select(database_, "SELECT value FROM provenance WHERE name = ?1");
  std::vector<std::string> differences;
  for (const auto& [name, value] : identity) {
    select.BindText(1, name);
    const std::string kept = select.Step() ? select.Bytes(0) : "";
    select.Reset();
    if (kept != value) differences.push_back(fmt::format("{} is {}, not {}", name, kept, value));
  }
  if (!differences.empty())
    Refuse(fmt::format("is of another search: its {}", fmt::join(differences, ", its ")));
  // Another revision may score or divide the space in another way.
  const std::string revision =
      database_.Text("SELECT value FROM provenance WHERE name = 'git_revision'");
  if (revision != kGitRevision) {
    Refuse(
        fmt::format("was begun by revision {} of perflaw, and this is {}: go on with that one, or "
                    "delete the file "
                    "to start again",
                    revision, kGitRevision));
  }
}

std::string Store::Load() {
  try {
    Statement select(database_, "SELECT packed, sha256 FROM progress");
    if (!select.Step()) return "";
    std::string packed = select.Bytes(0);
    if (Sha256(packed) != select.Bytes(1)) Refuse(kDamaged);
    return packed;
  } catch (const SqliteRefusal& refusal) {
    Refuse(refusal.what());
  }
}

void Store::Save(const Progress& progress) {
  const Tally& tally = progress.tally;
  const std::string packed = Pack(progress);
  const std::vector<Merit> best = tally.top.Sorted();
  try {
    Transaction transaction(database_, "IMMEDIATE");
    Statement replace(database_,
                      "INSERT OR REPLACE INTO progress VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)");
    replace.BindWhole(1, tally.objective->study().space.Size());
    replace.BindWhole(2, tally.evaluated);
    replace.BindWhole(3, tally.feasible);
    if (best.empty()) {
      replace.BindNull(4);
    } else {
      replace.BindWhole(4, best.front().index);
    }
    replace.BindBlob(5, packed);
    replace.BindText(6, Sha256(packed));
    replace.Step();
    transaction.Commit();
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(
        fmt::format("--store {}: cannot be saved: {}; what was saved before is kept, and the same "
                    "command goes on from there",
                    path_, error.what()));
  }
}

}  // namespace perflaw
