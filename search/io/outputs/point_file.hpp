// Files of many rows that are too many for memory: CSV, JSON lines or an SQLite table `points`.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "search/io/text/files.hpp"
#include "search/io/text/json.hpp"

namespace perflaw {

// True for a name that ends in .csv, .jsonl or .db, which says the format.
bool IsPointFile(const std::string& path);

// The rows are flat objects with the same keys. The file bears its name once it is finished; until then it is a
// sibling, which goes when the object does. Throws std::runtime_error when it cannot be written.
class PointFile {
 public:
  // `columns`: the keys, empty where there will be no row.
  static std::unique_ptr<PointFile> Make(const std::string& path,
                                         const std::vector<std::string>& columns);
  virtual ~PointFile() = default;

  // A row as Append takes it. Threads may call it at once.
  virtual std::string Encode(const Json& row) const = 0;
  // Any number of encoded rows.
  virtual void Append(std::string_view rows) = 0;
  void Finish();
  // Leaves what is there under the name that is returned.
  std::string Keep();

 protected:
  explicit PointFile(const std::string& path) : part_(path) {}
  // Writes what is still in memory.
  virtual void Flush() = 0;

  PartFile part_;
};

}  // namespace perflaw
