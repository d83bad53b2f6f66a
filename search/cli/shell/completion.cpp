#include "search/cli/shell/completion.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "search/io/text/files.hpp"

namespace perflaw {
namespace {

// Names that a shell takes as they are; there is no reason for others.
bool IsPlain(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
  });
}

std::vector<std::string> Presets(const std::string& kind) {
  std::vector<std::string> names = ConfigNames(kind);
  std::erase_if(names, [](const std::string& name) { return !IsPlain(name); });
  return names;
}

struct Candidate {
  std::string word, description;
};
struct Found {
  std::vector<Candidate> candidates;
  std::string others;  // ":files", ":folders" or nothing
};

Found ValuesOf(const OptionDescription& option) {
  constexpr std::array<std::pair<const char*, const char*>, 3> kKinds = {
      {{kTakesLaw, "laws"}, {kTakesModel, "models"}, {kTakesAccelerator, "hardware"}}};
  Found found;
  for (const std::string& choice : option.choices) found.candidates.push_back({choice, ""});
  if (!option.choices.empty()) return found;
  for (const auto& [value, kind] : kKinds) {
    if (option.value != value) continue;
    for (const std::string& name : Presets(kind)) found.candidates.push_back({name, ""});
    found.others = ":files";
  }
  if (option.value == kTakesFile) found.others = ":files";
  if (option.value == kTakesFolder) found.others = ":folders";
  return found;
}

const OptionDescription* FindOption(const CommandDescription& command, const std::string& name) {
  for (const OptionDescription& option : command.options) {
    if (std::find(option.names.begin(), option.names.end(), name) != option.names.end())
      return &option;
  }
  return nullptr;
}

// Where a command line has got to before its last word.
struct Place {
  const CommandDescription* command;
  const OptionDescription* open = nullptr;  // the option whose value comes next
};

Place PlaceAfter(const CommandDescription& program, const std::vector<std::string>& words) {
  Place place{&program};
  for (const std::string& word : words) {
    if (std::exchange(place.open, nullptr) != nullptr) continue;
    if (word.starts_with('-')) {
      const OptionDescription* option = FindOption(*place.command, word);
      if (option != nullptr && !option->value.empty()) place.open = option;
      continue;
    }
    for (const CommandDescription& sub : place.command->commands) {
      if (sub.Name() != word) continue;
      place.command = &sub;
      break;
    }
  }
  return place;
}

Found OptionsOf(const CommandDescription& command) {
  Found found;
  for (const OptionDescription& option : command.options) {
    if (option.positional) continue;
    for (const std::string& name : option.names)
      found.candidates.push_back({name, option.description});
  }
  return found;
}

Found PlainWords(const CommandDescription& command) {
  Found found;
  for (const OptionDescription& option : command.options) {
    if (option.positional) found = ValuesOf(option);
  }
  for (const CommandDescription& sub : command.commands)
    found.candidates.push_back({sub.Name(), sub.description});
  return found;
}

Found At(const Place& place, const std::string& last) {
  if (place.open != nullptr) return ValuesOf(*place.open);
  const std::size_t equals = last.find('=');
  if (!last.starts_with("--") || equals == std::string::npos)
    return last.starts_with('-') ? OptionsOf(*place.command) : PlainWords(*place.command);
  const OptionDescription* option = FindOption(*place.command, last.substr(0, equals));
  if (option == nullptr || option->value.empty()) return {};
  Found found = ValuesOf(*option);
  for (Candidate& candidate : found.candidates)
    candidate.word.insert(0, last.substr(0, equals + 1));
  return found;
}

constexpr const char* kBash = R"(# bash completion, made by `PROGRAM completion bash`
_PROGRAM() {
  local line kind current=${COMP_WORDS[COMP_CWORD]}
  [[ $current != = ]] || current=''
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files | :folders)
        [[ $line == :files ]] && kind=-f || kind=-d
        mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen $kind -- "$current")
        compopt -o filenames 2>/dev/null
        ;;
      *) COMPREPLY+=("${line%%$'\t'*}") ;;
    esac
  done < <("${COMP_WORDS[0]}" __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  return 0
}
complete -F _PROGRAM PROGRAM
)";
constexpr const char* kZsh = R"(#compdef PROGRAM
# zsh completion, made by `PROGRAM completion zsh`
_PROGRAM() {
  local line
  local -a found
  for line in "${(@f)$("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      :files) _files ;;
      :folders) _files -/ ;;
      *$'\t'*) found+=("${line%%$'\t'*}:${line#*$'\t'}") ;;
      ?*) found+=("$line") ;;
    esac
  done
  (( $#found == 0 )) || _describe value found
}
if [[ $funcstack[1] == _PROGRAM ]]; then
  _PROGRAM "$@"
else
  compdef _PROGRAM PROGRAM
fi
)";
constexpr const char* kFish = R"(# fish completion, made by `PROGRAM completion fish`
function __PROGRAM_complete
    for line in (PROGRAM __complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path (commandline -ct)
            case :folders
                __fish_complete_directories (commandline -ct)
            case '*'
                echo $line
        end
    end
end
complete -c PROGRAM -f -a '(__PROGRAM_complete)'
)";

}  // namespace

std::string Candidates(const CommandDescription& program, std::vector<std::string> words) {
  if (!words.empty() && words.front() == "--") words.erase(words.begin());
  const bool at_sign = !words.empty() && words.back() == "=";
  words.erase(std::remove(words.begin(), words.end(), "="), words.end());
  if (at_sign) words.emplace_back();
  if (words.empty()) words.emplace_back();
  const std::string last = words.back();
  words.pop_back();
  const Found found = At(PlaceAfter(program, words), last);
  std::string lines;
  for (const Candidate& candidate : found.candidates) {
    if (!candidate.word.starts_with(last)) continue;
    lines += candidate.word;
    if (!candidate.description.empty()) lines += '\t' + candidate.description;
    lines += '\n';
  }
  return found.others.empty() ? lines : lines + found.others + '\n';
}

std::string CompletionScript(const std::string& program, const std::string& shell) {
  std::string script = shell == "bash" ? kBash : shell == "zsh" ? kZsh : kFish;
  const std::string name = "PROGRAM";
  for (std::size_t at = 0; (at = script.find(name, at)) != std::string::npos; at += program.size())
    script.replace(at, name.size(), program);
  return script;
}

}  // namespace perflaw
