// A file that keeps the finished part of an exhaustive search, so that the search survives its process.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "search/io/text/inputs.hpp"
#include "search/io/text/sqlite.hpp"
#include "search/sweep/progress.hpp"

namespace perflaw {

// What has to be the same for a run to go on where another stopped: names and values.
using StoreIdentity = std::vector<std::pair<std::string, std::string>>;
StoreIdentity IdentityOf(const Study& study, const Inputs& inputs, std::optional<Count> asked);

// Whether the file at a path is a store, whole or not.
bool IsStore(const std::string& path);

// An SQLite file with the tables `provenance` (name, value: the identity, and the revision that made the store) and
// `progress` (one row: points, evaluated, feasible and best so far for people to read, and all of it packed, with
// its SHA-256). It is this process's alone while the object lives.
class Store : public Checkpoint {
 public:
  // Opens the store, or makes one where there is no file or an empty one. Throws InputError when the file is no
  // store, is damaged, is in use, is of another identity, naming what differs, or was begun by another revision of the program.
  Store(const std::string& path, const StoreIdentity& identity);

  std::string Load() override;
  // In one transaction. Throws std::runtime_error, as on a full disk; what was kept before stays.
  void Save(const Progress& progress) override;

 private:
  void Open(const StoreIdentity& identity);
  void Make(const StoreIdentity& identity);
  void Compare(const StoreIdentity& identity);
  [[noreturn]] void Refuse(const std::string& rule) const;

  std::string path_;
  Database database_;
};

}  // namespace perflaw
