// Commands and their options. CLI11 reads them, and command_line.cpp alone includes it; what is added is kept as plain data, too, for
// completion and manual pages.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/units.hpp"
#include "search/cli/shell/describe.hpp"

namespace CLI {
class Option;
}

namespace perflaw {

class Command;

// An option just added, for what more there is to say of it.
class Option {
 public:
  Option Takes(const std::string& value);  // as kTakesFile
  Option Required();
  Option ShowsDefault();                         // the value that its variable has now
  Option ShowsDefault(const std::string& text);  // this one
  Option OneOf(const std::vector<std::string>& choices);
  Option Between(Count least, Count most);
  Option Excludes(
      const std::string& other);  // another option of the command, by its name; and the reverse
  Option Needs(const std::string& other);

 private:
  friend class Command;
  Option(Command& command, std::size_t place, CLI::Option* parsed)
      : command_(&command), place_(place), parsed_(parsed) {}
  OptionDescription& Described() const;

  Command* command_;
  std::size_t place_;
  CLI::Option* parsed_;
};

class Command {
 public:
  // The program.
  Command(const std::string& name, const std::string& description, const std::string& version);
  ~Command();
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  // One of its commands. A command that has commands needs one of them.
  Command& Add(const std::string& name, const std::string& description);

  // An option "--name" or "-n,--name", or a positional "name". The variable outlives the command.
  Option Value(const std::string& name, std::string& value, const std::string& description);
  Option Value(const std::string& name, std::vector<std::string>& values,
               const std::string& description);
  Option Value(const std::string& name, int& value, const std::string& description);
  Option Value(const std::string& name, Count& value, const std::string& description);
  Option Value(const std::string& name, std::uint64_t& value, const std::string& description);
  void Flag(const std::string& name, bool& value, const std::string& description);

  // Command lines to show under the help of a command and in its manual.
  void Examples(const std::vector<std::string>& lines);
  // Checks all options together, once they are read.
  void Check(std::function<void()> check);
  // What the command does; its value is the exit status.
  void Run(std::function<int()> run);

  // Of the program: reads a command line and runs its command; help and version are printed. Throws InputError for a wrong one.
  int Parse(int argc, char** argv);

  CommandDescription Describe() const;

 private:
  friend class Option;
  struct Parser;

  Command(Command& above, const std::string& name, const std::string& description);
  template <class T>
  Option AddValue(const std::string& name, T& value, const std::string& description,
                  bool repeatable);

  Command* program_;  // the program's; itself of the program
  CommandDescription described_;
  std::vector<std::unique_ptr<Command>> commands_;
  std::unique_ptr<Parser> parser_;
  int status_ = 0;  // of the program
};

}  // namespace perflaw
