#include "search/cli/shell/describe.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace perflaw {
namespace {

constexpr const char* kExamples = "Examples:\n";
constexpr const char* kIndent = "  ";

std::vector<std::string> NamesOf(const CLI::Option& option) {
  if (option.get_positional()) return {option.get_name(true)};
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<std::string> SortedNames(const std::set<CLI::Option*>& options) {
  std::vector<std::string> names;
  for (const CLI::Option* option : options) names.push_back(NamesOf(*option).back());
  std::sort(names.begin(), names.end());
  return names;
}

// The library writes a type and what is checked as "TEXT:{a,b}" and "INT:INT in [1 - 8]".
void DescribeValue(const CLI::Option& option, OptionDescription& d) {
  if (option.get_type_size() == 0) return;
  const std::string type = option.get_type_name();
  const std::size_t colon = type.find(':');
  d.value = type.substr(0, colon);
  if (colon == std::string::npos) return;
  const std::string checks = type.substr(colon + 1);
  if (checks.starts_with('{') && checks.ends_with('}')) {
    d.choices = CLI::detail::split(checks.substr(1, checks.size() - 2), ',');
  } else {
    d.rule = checks.starts_with(d.value + " ") ? checks.substr(d.value.size() + 1) : checks;
  }
}

OptionDescription DescribeOption(const CLI::Option& option) {
  OptionDescription d;
  d.names = NamesOf(option);
  d.positional = option.get_positional();
  d.required = option.get_required();
  d.repeatable = option.get_expected_max() >= CLI::detail::expected_max_vector_size;
  d.description = option.get_description();
  d.default_value = option.get_default_str();
  d.excludes = SortedNames(option.get_excludes());
  d.needs = SortedNames(option.get_needs());
  DescribeValue(option, d);
  return d;
}

std::vector<std::string> ExamplesOf(const CLI::App& app) {
  std::vector<std::string> lines;
  for (const std::string& line : CLI::detail::split(app.get_footer(), '\n')) {
    if (line.starts_with(kIndent)) lines.push_back(line.substr(std::string(kIndent).size()));
  }
  return lines;
}

CommandDescription DescribeUnder(const CLI::App& app, std::vector<std::string> path) {
  path.push_back(app.get_name());
  CommandDescription d{path, app.get_description(), ExamplesOf(app), {}, {}};
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_group().empty()) d.options.push_back(DescribeOption(*option));
  }
  // Without a filter the library gives those of the command line.
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    d.commands.push_back(DescribeUnder(*command, path));
  return d;
}

}  // namespace

CommandDescription Describe(const CLI::App& app) { return DescribeUnder(app, {}); }

void AddExamples(CLI::App& command, const std::vector<std::string>& lines) {
  command.footer(
      fmt::format("{}{}{}", kExamples, kIndent, fmt::join(lines, std::string("\n") + kIndent)));
}

}  // namespace perflaw
