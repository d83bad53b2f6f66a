#include "search/answers/list.hpp"

#include "search/cli/shell/command.hpp"
#include "search/cli/shell/output.hpp"
#include "search/terminal/text_table.hpp"

namespace perflaw {
namespace {

struct ListFlags : ListQuestion {
  OutputFlags output;
};

Json ListRows(const Json& result) { return result.at("items"); }

Printout ListPrintout(const Json& result) {
  TextTable table({"name", "title"});
  for (const Json& item : result.at("items"))
    table.Add({item.at("name").get<std::string>(), item.at("title").get<std::string>()});
  Printout out;
  out.Table(std::move(table));
  return out;
}

int List(const ListFlags& flags) {
  Inputs inputs;
  Control control;
  Show(flags.output, Answer(flags, inputs, control), {ListRows, ListPrintout});
  return kDone;
}

}  // namespace

void AddList(Command& program) {
  auto flags = std::make_shared<ListFlags>();
  Command& command = program.Add("list", "what is shipped, with a line on each");
  command.Value("kind", flags->kind, "what to list")
      .Required()
      .OneOf({kListedKinds.begin(), kListedKinds.end()});
  AddFormat(command, flags->output);
  command.Examples({"perflaw list models", "perflaw list families --format json"});
  command.Run([flags] { return List(*flags); });
}

}  // namespace perflaw
