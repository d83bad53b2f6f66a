// The files that a run reads, and one fingerprint of them all.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace perflaw {

// NamedTexts by name; of files under configs/ by their path there, as "laws/performance-law-2024.json".
using NamedTexts = std::map<std::string, std::string>;

class Inputs {
 public:
  // Reads files.
  Inputs() = default;
  // Sealed: touches no disk and knows nothing but `configs`, which must outlive it, and the texts added. For questions of
  // strangers, who may name any path.
  explicit Inputs(const NamedTexts& configs) : configs_(&configs) {}

  // A text that came with the question: Find and Read know it by this name, before any other.
  void Add(const std::string& name, std::string text) { added_[name] = std::move(text); }

  // Where Read finds `name_or_path`: see FindConfig of files.hpp. Sealed, a path is as unknown as any other wrong name. Throws
  // InputError.
  std::string Find(const std::string& kind, const std::string& name_or_path,
                   const std::string& file, const std::string& key) const;
  // The text there, remembered for the fingerprint. Throws InputError.
  std::string Read(const std::string& path);
  // The text of a file that comes with the program as its code does, by its path in configs/; no part of the fingerprint. Nothing where
  // there is none.
  std::optional<std::string> Shipped(const std::string& path) const;
  // Names of the files of a folder of configs/, without their ending, in alphabetical order.
  std::vector<std::string> ShippedNames(const std::string& kind) const;
  // SHA-256 of all that was read, in order, each preceded by its length.
  std::string Sha256() const;

 private:
  std::string TextOf(const std::string& path) const;

  const NamedTexts* configs_ = nullptr;  // null: the disk
  NamedTexts added_;
  std::string read_;
};

}  // namespace perflaw
