// The commands and options of the program as plain data.
#pragma once

#include <string>
#include <vector>

namespace perflaw {

struct OptionDescription {
  std::vector<std::string> names;  // "-h", "--help"; of a positional its one name
  bool positional = false, required = false, repeatable = false;
  std::string value;  // what it takes, as FILE; empty for a flag
  std::string rule;   // "in [1 - 1024]"; empty where the choices say it, and where there is none
  std::string description, default_value;
  std::vector<std::string> choices;          // all that it may be
  std::vector<std::string> excludes, needs;  // names of other options
};

struct CommandDescription {
  std::vector<std::string> path;  // "perflaw", "size", "fit"
  std::string description;
  std::vector<std::string> examples;  // command lines
  std::vector<OptionDescription> options;
  std::vector<CommandDescription> commands;

  const std::string& Name() const { return path.back(); }
};

// Values that name a file or a preset of configs/. Completion goes by the first.
inline constexpr const char *kTakesFile = "FILE", *kTakesFolder = "DIR", *kTakesLaw = "LAW",
                            *kTakesModel = "MODEL", *kTakesAccelerator = "ACCELERATOR";
inline constexpr const char *kTakesNumber = "NUMBER", *kTakesTokens = "TOKENS";

}  // namespace perflaw
