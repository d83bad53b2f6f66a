#include "search/answers/list.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/count.hpp"
#include "search/base/error.hpp"
#include "search/base/stopwatch.hpp"
#include "search/io/models/model_source.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/io/text/numbers.hpp"

namespace perflaw {
namespace {

std::string ModelTitle(const std::string& name, Inputs& inputs) {
  const Model model = ReadModel(name, {}, inputs);
  const ParamCounts counts = CountParams(model.architecture);
  const std::string active = counts.Active() < counts.Total()
                                 ? fmt::format(" ({} active)", HumanCount(AsReal(counts.Active())))
                                 : "";
  return fmt::format("{}, {}{}, {}", model.source, HumanCount(AsReal(counts.Total())), active,
                     StackInWords(model.architecture));
}

// The comment that a file begins with, else its title, what it names itself, or its source.
std::string FileTitle(const std::string& name, const std::string& text, const std::string& path) {
  const std::string_view mark = "// ";
  if (text.starts_with(mark)) return text.substr(mark.size(), text.find('\n') - mark.size());
  const Json root = ParseJson(text, path);
  for (const char* key : {"title", "name", "source"}) {
    if (root.contains(key) && root.at(key).is_string() && root.at(key) != name)
      return root.at(key).get<std::string>();
  }
  return "";
}

}  // namespace

Json Answer(const ListQuestion& question, Inputs& inputs, Control&, const KeyPlace& place) {
  const Stopwatch stopwatch;
  if (std::find(kListedKinds.begin(), kListedKinds.end(), question.kind) == kListedKinds.end())
    throw InputError(place.file, "kind", '"' + question.kind + '"',
                     fmt::format("must be one of {}", fmt::join(kListedKinds, ", ")));
  Json items = Json::array();
  for (const std::string& name : inputs.ShippedNames(question.kind)) {
    const std::string path = inputs.Find(question.kind, name, place.file, "kind");
    const std::string title = question.kind == "models" ? ModelTitle(name, inputs)
                                                        : FileTitle(name, inputs.Read(path), path);
    items.push_back({{"name", name}, {"title", title}});
  }
  Json result = Envelope("list", "", inputs, 1, stopwatch.Seconds());
  result["kind"] = question.kind;
  result["items"] = items;
  return result;
}

}  // namespace perflaw
