// What the questions of the server share: bounds, and how parts of a request become inputs.
#pragma once

#include <string>

#include "search/base/control.hpp"
#include "search/io/models/model_source.hpp"
#include "search/io/text/inputs.hpp"
#include "search/io/text/json.hpp"
#include "search/io/text/key_place.hpp"

namespace perflaw {

// How errors name the body of a request.
inline constexpr const char* kRequest = "request";
inline const KeyPlace kRequestPlace{kRequest, false};

// Bounds of one request, so that it neither takes all memory nor, where work cannot be stopped, long.
inline constexpr JsonBounds kRequestBounds{4096, 50'000};
inline constexpr Count kMostAxisValues = 1 << 18;          // of one axis of a space
inline constexpr Count kMostSpacePoints = Count{1} << 60;  // of a certified search
inline constexpr Count kMostSweptPoints = 100'000'000;     // of an exhaustive one
inline constexpr Count kMostTop = 500;
inline constexpr std::size_t kMostFront = 5000;
inline constexpr std::size_t kMostDesigns = 4;
inline constexpr Count kMostDraws = 1 << 17;
inline constexpr int kMostCurvePoints = 2000;
inline constexpr std::size_t kMostCheckpoints = 5000;  // of a curve of `health`
inline constexpr std::size_t kMostCells = 50'000;      // of all its tables together
inline constexpr std::size_t kMostReferences = 8;
inline constexpr std::size_t kMostGammas = 16;

// A number or a text of a request as people would write it on a command line; empty when the key is absent. Throws InputError
// for anything else.
std::string WrittenText(Fields& fields, const std::string& key);
std::string WrittenText(const Json& value, const std::string& key);

// The same, or `fallback` when the key is absent.
std::string WrittenTextOr(Fields& fields, const std::string& key, const std::string& fallback);

// The text of a key, or `fallback`.
std::string TextOr(Fields& fields, const std::string& key, const std::string& fallback);

// The model of a request: one of "model": a name, "config": a Hugging Face config or the short form, or "shape": {"layers",
// "hidden", "ffn", "params", "active_params", "activated_ffn"}. Throws InputError.
ModelSource ReadSource(Fields& fields, Inputs& inputs);

// Answers: each takes the body of a request and gives what the command of that name prints as JSON. Throws InputError.
Json AnswerSearch(const Json& request, Inputs& inputs, Control& control);
Json AnswerDesign(const Json& request, Inputs& inputs, Control& control);
Json AnswerPredict(const Json& request, Inputs& inputs, Control& control);
Json AnswerCount(const Json& request, Inputs& inputs, Control& control);
Json AnswerCurve(const Json& request, Inputs& inputs, Control& control);
Json AnswerHealth(const Json& request, Inputs& inputs, Control& control);
Json AnswerInvert(const Json& request, Inputs& inputs, Control& control);
Json AnswerSize(const Json& request, Inputs& inputs, Control& control);

}  // namespace perflaw
