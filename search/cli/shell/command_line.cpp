#include "search/cli/shell/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "search/base/error.hpp"

namespace perflaw {
namespace {

// As the library names types.
template <class T>
std::string TypeName() {
  return CLI::detail::type_name<T>();
}

// "-h,--help" as {"-h", "--help"}.
std::vector<std::string> NamesOf(const std::string& name) { return CLI::detail::split(name, ','); }

void InsertSorted(std::vector<std::string>& names, const std::string& name) {
  const auto at = std::lower_bound(names.begin(), names.end(), name);
  if (at == names.end() || *at != name) names.insert(at, name);
}

}  // namespace

struct Command::Parser {
  std::unique_ptr<CLI::App> owned;  // of the program; commands belong to theirs
  CLI::App* app = nullptr;
};

OptionDescription& Option::Described() const { return command_->described_.options[place_]; }

Option Option::Takes(const std::string& value) {
  parsed_->type_name(value);
  Described().value = value;
  return *this;
}

Option Option::Required() {
  parsed_->required();
  Described().required = true;
  return *this;
}

Option Option::ShowsDefault() {
  parsed_->capture_default_str();
  Described().default_value = parsed_->get_default_str();
  return *this;
}

Option Option::ShowsDefault(const std::string& text) {
  parsed_->default_str(text);
  Described().default_value = text;
  return *this;
}

Option Option::OneOf(const std::vector<std::string>& choices) {
  parsed_->check(CLI::IsMember(choices));
  Described().choices = choices;
  return *this;
}

Option Option::Between(Count least, Count most) {
  parsed_->check(CLI::Range(least, most));
  const std::string type = TypeName<Count>();
  Described().rule =
      fmt::format("{}in [{} - {}]", Described().value == type ? "" : type + " ", least, most);
  return *this;
}

Option Option::Excludes(const std::string& other) {
  parsed_->excludes(command_->parser_->app->get_option(other));
  const std::string name = Described().names.back();
  InsertSorted(Described().excludes, other);
  for (OptionDescription& one : command_->described_.options) {
    if (one.names.back() == other) InsertSorted(one.excludes, name);
  }
  return *this;
}

Option Option::Needs(const std::string& other) {
  parsed_->needs(command_->parser_->app->get_option(other));
  InsertSorted(Described().needs, other);
  return *this;
}

Command::Command(const std::string& name, const std::string& description,
                 const std::string& version)
    : program_(this), parser_(std::make_unique<Parser>()) {
  parser_->owned = std::make_unique<CLI::App>(description, name);
  parser_->app = parser_->owned.get();
  parser_->app->set_version_flag("--version", version);
  described_.path = {name};
  described_.description = description;
  for (const CLI::Option* option : parser_->app->get_options()) {
    described_.options.push_back({});
    described_.options.back().names = NamesOf(option->get_name(false, true));
    described_.options.back().description = option->get_description();
  }
}

Command::Command(Command& above, const std::string& name, const std::string& description)
    : program_(above.program_), parser_(std::make_unique<Parser>()) {
  above.parser_->app->require_subcommand(1);
  parser_->app = above.parser_->app->add_subcommand(name, description);
  described_.path = above.described_.path;
  described_.path.push_back(name);
  described_.description = description;
  described_.options = {program_->described_.options.front()};  // help
}

Command::~Command() = default;

Command& Command::Add(const std::string& name, const std::string& description) {
  commands_.push_back(std::unique_ptr<Command>(new Command(*this, name, description)));
  return *commands_.back();
}

template <class T>
Option Command::AddValue(const std::string& name, T& value, const std::string& description,
                         bool repeatable) {
  CLI::Option* parsed = parser_->app->add_option(name, value, description);
  OptionDescription option;
  option.names = NamesOf(name);
  option.positional = !name.starts_with('-');
  option.repeatable = repeatable;
  option.value = parsed->get_type_name();
  option.description = description;
  described_.options.push_back(std::move(option));
  return {*this, described_.options.size() - 1, parsed};
}

Option Command::Value(const std::string& name, std::string& value, const std::string& description) {
  return AddValue(name, value, description, false);
}

Option Command::Value(const std::string& name, std::vector<std::string>& values,
                      const std::string& description) {
  return AddValue(name, values, description, true);
}

Option Command::Value(const std::string& name, int& value, const std::string& description) {
  return AddValue(name, value, description, false);
}

Option Command::Value(const std::string& name, Count& value, const std::string& description) {
  return AddValue(name, value, description, false);
}

Option Command::Value(const std::string& name, std::uint64_t& value,
                      const std::string& description) {
  return AddValue(name, value, description, false);
}

void Command::Flag(const std::string& name, bool& value, const std::string& description) {
  parser_->app->add_flag(name, value, description);
  OptionDescription option;
  option.names = NamesOf(name);
  option.description = description;
  described_.options.push_back(std::move(option));
}

void Command::Examples(const std::vector<std::string>& lines) {
  parser_->app->footer(fmt::format("Examples:\n  {}", fmt::join(lines, "\n  ")));
  described_.examples = lines;
}

void Command::Check(std::function<void()> check) {
  parser_->app->parse_complete_callback(std::move(check));
}

void Command::Run(std::function<int()> run) {
  parser_->app->callback([program = program_, run = std::move(run)] { program->status_ = run(); });
}

int Command::Parse(int argc, char** argv) {
  try {
    parser_->app->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version come this way, too.
    if (error.get_exit_code() == 0) return parser_->app->exit(error);
    throw InputError("command line", error.get_name(), "", error.what());
  }
  return status_;
}

CommandDescription Command::Describe() const {
  CommandDescription described = described_;
  for (const auto& command : commands_) described.commands.push_back(command->Describe());
  return described;
}

}  // namespace perflaw
