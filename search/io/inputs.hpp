// The files that a run reads, and one fingerprint of them all.
#pragma once

#include <string>

namespace perflaw {

class Inputs {
 public:
  // The text of a file, remembered for the fingerprint.
  std::string Read(const std::string& path);
  // SHA-256 of all that was read, in order, each preceded by its length.
  std::string Sha256() const;

 private:
  std::string read_;
};

}  // namespace perflaw
