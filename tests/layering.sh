#!/usr/bin/env bash
# Includes point down one list of folders, and each library stays in its place.
set -u
wrong=0

# From the bottom: a file includes what is in its own folder and in those before it.
order=(
  engine/number engine
  search/base search/statistics search/study search/sweep search/bound search/growth search/health search/learn search/invert
  search/io/text search/io/models search/io/inputs search/io/outputs
  search/answers search/terminal
  search/web/http search/web
  search/cli/shell search/cli
)

# refuse PATTERN WHY FILES...: no include in the files matches the pattern.
refuse() {
  local pattern=$1 why=$2
  shift 2
  [ $# -gt 0 ] || { echo "no files to check: $why"; wrong=1; return; }
  if grep -nE "^ *# *include *[<\"]($pattern)" "$@" /dev/null; then
    echo "  ^ $why"
    wrong=1
  fi
}

sources() { find "$1" -maxdepth 1 -name '*.hpp' -o -maxdepth 1 -name '*.cc' -o -maxdepth 1 -name '*.cpp'; }

# only LIBRARY FILES: no include of the library but in what the pattern FILES names.
everything=()
for folder in "${order[@]}"; do mapfile -t -O "${#everything[@]}" everything < <(sources "$folder"); done
only() {
  local library=$1 home=$2 files
  mapfile -t files < <(printf '%s\n' "${everything[@]}" | grep -vE "^($home)$")
  refuse "$library" "only $home includes $library" "${files[@]}"
}

[ "${#everything[@]}" -eq "$(find engine search -name '*.hpp' -o -name '*.cc' -o -name '*.cpp' | wc -l)" ] ||
  { echo "a folder of engine/ or search/ is missing in the order"; wrong=1; }

for ((i = 0; i < ${#order[@]}; ++i)); do
  mapfile -t files < <(sources "${order[i]}")
  for ((j = i + 1; j < ${#order[@]}; ++j)); do
    refuse "${order[j]}/[^/]+\"" "${order[j]} is above ${order[i]}" "${files[@]}"
  done
done

mapfile -t pure < <(printf '%s\n' "${everything[@]}" | grep '^engine/')
refuse 'fstream|filesystem|iostream|thread|chrono|cstdio' 'the engine is pure: no files, threads, clocks' "${pure[@]}"
mapfile -t quiet < <(printf '%s\n' "${everything[@]}" | grep '^search/' | grep -vE '^search/(io|cli)/')
refuse 'fstream|iostream' 'only io and cli read and print' "${quiet[@]}"
mapfile -t files < <(printf '%s\n' "${everything[@]}" | grep '^search/cli/' | grep -vE '^search/cli/(serve|report)\.cpp$')
refuse 'search/web/' 'only the commands serve and report know the page' "${files[@]}"

only '(oneapi/)?tbb' 'search/base/parallel\.cc'
only 'hwy/' 'engine/kernel\.cc'
only 'boost/math' 'search/statistics/distributions\.cc'
only 'boost/random' 'search/invert/posterior_draws\.cc'
only 'boost/container' 'engine/architecture\.hpp'
only 'boost/' '(engine/architecture\.hpp|search/(statistics/distributions|invert/posterior_draws)\.cc)'
only '(unsupported/)?Eigen/' 'search/statistics/least_squares\.(hpp|cc)'
only 'nlopt' 'search/base/nlopt\.cc'
only 'csv\.h' 'search/io/text/csv\.cc'
only 'openssl/' 'search/io/text/files\.cc'
only 'sqlite3' 'search/io/text/sqlite\.cc'
only 'nlohmann/' 'search/io/text/json\.hpp'
refuse 'httplib' 'cpp-httplib is the tests'\'' client alone' "${everything[@]}"
only 'mpi\.h' 'search/cli/ranks_mpi\.cpp'
only 'js(api|friendapi)?[./]' 'search/web/script\.cc'
only 'utf8proc' 'search/terminal/utf8_text\.cc'
only 'CLI/' 'search/cli/shell/command_line\.cpp'

# A source file includes its own header first.
for header in $(find engine search -name '*.hpp'); do
  for source in "${header%.hpp}.cc" "${header%.hpp}.cpp"; do
    [ -f "$source" ] || continue
    if [ "$(grep -m 1 '^#include' "$source")" != "#include \"$header\"" ]; then
      echo "$source: does not include its own header first"
      wrong=1
    fi
  done
done

# Two types of one name, defined in two headers and linked into one program, would be undefined behaviour that no compiler tells of.
types() { grep -hoE '^(class|struct|enum class|enum) [A-Z][A-Za-z0-9]*( final)?( :.*)? \{' "$@" | awk '{ print $1 == "enum" && $2 == "class" ? $3 : $2 }' | sort; }
mapfile -t headers < <(printf '%s\n' "${everything[@]}" | grep '\.hpp$')
twice=$(types "${headers[@]}" | uniq -d)
[ -z "$twice" ] || { echo "defined in two headers: $twice"; wrong=1; }

# The check itself must be able to fail: an include of what is above, and one of a library that is kept.
planted=$(mktemp --suffix=.cc)
trap 'rm -f "$planted"' EXIT
printf '#include "search/io/text/json.hpp"\n#include <nlohmann/json.hpp>\n' >"$planted"
printf 'struct Law {\n' >>"$planted"
[ -n "$(types "${headers[@]}" "$planted" | uniq -d)" ] || { echo "the check does not see a type defined twice"; wrong=1; }
for pattern in 'search/io/text/[^/]+"' 'nlohmann/'; do
  if (wrong=0; refuse "$pattern" 'planted' "$planted" >/dev/null; exit "$wrong"); then
    echo "the layering check does not see a wrong include: $pattern"
    wrong=1
  fi
done
exit "$wrong"
