// Laws and accelerators by name, from the files of configs/.
#pragma once

#include <string>
#include <vector>

#include "engine/cost.hpp"
#include "engine/law.hpp"
#include "search/io/text/inputs.hpp"
#include "search/io/text/key_place.hpp"

namespace perflaw {

inline constexpr const char* kDefaultLaw = "performance-law-2024";

// A law by name (configs/laws) or path. `file` and `key` say where the name stands, for messages.
Law LoadLaw(const std::string& name_or_path, Inputs& inputs, const std::string& file,
            const std::string& key);

// The law with the recipe of a date as 2024-06; as it is where that is empty. Throws InputError.
Law AtAskedDate(const Law& law, const std::string& year_month, const KeyPlace& place);

// Adds the date of the planned recipe, where the law has a trend of recipes: "law.recipe.year_month = 2026-01".
void EchoRecipe(const Law& law, std::vector<std::string>& defaults);

// The text of a law file that LoadLaw reads back to the same law; `source` says where its numbers come from.
std::string FormatLaw(const Law& law, const std::string& source);

// An accelerator by name (configs/hardware) or path. Its dated list price is used, and noted in
// `defaults`, unless `usd_per_hour` gives another.
Accelerator LoadAccelerator(const std::string& name_or_path, Inputs& inputs,
                            const std::string& file, const std::string& key,
                            std::optional<Dollars> usd_per_hour,
                            std::vector<std::string>& defaults);

}  // namespace perflaw
