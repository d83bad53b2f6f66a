# Writes perflaw_version.hpp: the project's version and the revision it is built from, "+" where files differ from it.
cmake_minimum_required(VERSION 3.25)
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty=+ --abbrev=12 --exclude=*
                OUTPUT_VARIABLE REVISION OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT REVISION)
  set(REVISION "unknown")
endif()
file(CONFIGURE OUTPUT ${OUT}/perflaw_version.hpp @ONLY CONTENT
"#pragma once

namespace perflaw {
inline constexpr const char* kVersion = \"@VERSION@\";
inline constexpr const char* kGitRevision = \"@REVISION@\";
}  // namespace perflaw
")
