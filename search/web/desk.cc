#include "search/web/desk.hpp"

#include <map>
#include <optional>
#include <system_error>

#include "search/base/control.hpp"
#include "search/base/error.hpp"
#include "search/web/http/http_answer.hpp"
#include "search/web/question.hpp"
#include "search/web/watched_work.hpp"

namespace perflaw {
namespace {

bool Never(const Json&) { return false; }
bool Always(const Json&) { return true; }

// What is wrong in it is told when it is read.
bool IsLongSearch(const Json& request) {
  const auto is_true = [&](const char* key) {
    return request.contains(key) && request.at(key) == true;
  };
  if (!request.is_object() || is_true("near_best") || is_true("sensitivity")) return true;
  if (!request.contains("study") || !request.at("study").is_object()) return false;
  const Json& study = request.at("study");
  return study.contains("pareto") || study.contains("resolution") ||
         (study.contains("method") && study.at("method") == "exhaustive");
}

struct Question {
  Json (*answer)(const Json& request, Inputs& inputs, Control& control);
  bool (*is_heavy)(const Json& request);
  bool may_be_cut;  // an answer that time cut short is one
};

const std::map<std::string, Question> kQuestions = {
    {"/api/search", {AnswerSearch, IsLongSearch, true}},
    {"/api/design", {AnswerDesign, Never, false}},
    {"/api/predict", {AnswerPredict, Never, false}},
    {"/api/count", {AnswerCount, Never, false}},
    {"/api/curve", {AnswerCurve, Never, false}},
    {"/api/health", {AnswerHealth, Never, false}},
    {"/api/invert", {AnswerInvert, Always, false}},
    {"/api/size", {AnswerSize, Never, false}}};

// One of a number of places, while it lives.
class Place {
 public:
  Place(std::atomic<int>& taken, int most) : taken_(taken), got_(++taken <= most) {}
  ~Place() { --taken_; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  bool Got() const { return got_; }

 private:
  std::atomic<int>& taken_;
  bool got_;
};

constexpr const char* kCrowd = "too much is being worked on; ask again in a second";

DeskAnswer Busy(const std::string& why) { return {503, ErrorBody(why), true}; }

DeskAnswer Work(const Question& question, const Json& request, const WorkRules& rules, int socket,
                const NamedTexts& configs) {
  DeskAnswer answer;
  const Ending ending = RunWatched(socket, rules, [&](Control& control) {
    Inputs inputs(configs);
    const Json result = question.answer(request, inputs, control);
    if (!control.stop || question.may_be_cut) answer.body = result.dump();
  });
  if (ending == Ending::kClientLeft)
    return {400, ErrorBody("the connection was closed before the answer")};
  if (ending == Ending::kTooLate && !question.may_be_cut)
    return Busy(fmt::format("this takes longer than {} s and was stopped", rules.seconds));
  return answer;
}

}  // namespace

std::vector<std::string> Desk::Paths() {
  std::vector<std::string> paths;
  for (const auto& [path, question] : kQuestions) paths.push_back(path);
  return paths;
}

DeskAnswer Desk::Ask(const std::string& path, const std::string& body, int socket) {
  const Question& question = kQuestions.at(path);
  try {
    std::optional<Place> place(std::in_place, light_, limits_.most_light);
    if (!place->Got()) return Busy(kCrowd);
    const Json request = ParseJson(body, kRequest, kRequestBounds);
    const bool heavy = question.is_heavy(request);
    if (heavy) place.emplace(heavy_, limits_.most_heavy);
    if (!place->Got()) return Busy(kCrowd);
    const double seconds = question.may_be_cut ? limits_.search_seconds : limits_.other_seconds;
    return Work(question, request, {seconds, heavy}, socket, configs_);
  } catch (const InputError& error) {
    return {400, ErrorBody(error.what())};
  } catch (const std::bad_alloc&) {
    return Busy("memory is short; ask again, or less");
  } catch (const std::system_error&) {
    return Busy("threads are short; ask again in a second");
  } catch (const std::exception& error) {
    return {500, ErrorBody(std::string("failed: ") + error.what())};
  }
}

}  // namespace perflaw
