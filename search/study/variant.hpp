// Studies that differ from another in one respect, for questions of the kind "what if".
#pragma once

#include "search/study/conditions.hpp"

namespace perflaw {

// Without one rule that can be relaxed.
Study Without(const Study& study, const Rule& rule);

// Without it, and looking for the point that breaks it least.
Study Nearest(const Study& study, const Rule& rule);

}  // namespace perflaw
