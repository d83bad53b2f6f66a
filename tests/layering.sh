#!/usr/bin/env bash
# Includes point one way: engine <- search <- search/io <- search/web <- search/cli; and each library stays in its place.
set -u
wrong=0

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

mapfile -t engine < <(find engine -name '*.hpp' -o -name '*.cc')
mapfile -t core < <(find search -maxdepth 1 -name '*.hpp' -o -maxdepth 1 -name '*.cc')
mapfile -t io < <(find search/io -name '*.hpp' -o -name '*.cc')
mapfile -t cli < <(find search/cli -name '*.hpp' -o -name '*.cpp')
mapfile -t web < <(find search/web -name '*.hpp' -o -name '*.cc')
everything=("${engine[@]}" "${core[@]}" "${io[@]}" "${web[@]}" "${cli[@]}")
except() { local name=$1; shift; printf '%s\n' "$@" | grep -vE "$name"; }

refuse 'search/|nlohmann|CLI|oneapi|tbb|fstream|filesystem|iostream|thread|chrono|cstdio' \
  'the engine is pure: no files, threads, JSON, clocks' "${engine[@]}"
refuse 'search/(io|web|cli)/|nlohmann|CLI|fstream|iostream' 'search does not know files or commands' "${core[@]}"
refuse 'search/(web|cli)/|CLI' 'io does not know servers or commands' "${io[@]}"
refuse 'search/cli/|CLI|fstream|iostream' 'web does not know commands, and reads what io reads for it' "${web[@]}"
mapfile -t files < <(except '^search/web/connection_threads\.(hpp|cc)$|^search/web/server\.cc$' "${everything[@]}")
refuse 'httplib|search/web/connection_threads' 'only search/web/http/server.cc and its threads include cpp-httplib' "${files[@]}"
mapfile -t files < <(except '^search/cli/serve\.cpp$' "${cli[@]}")
refuse 'search/web/' 'only the command serve knows the server' "${files[@]}"
mapfile -t files < <(except '^search/parallel\.cc$' "${everything[@]}")
refuse 'oneapi|tbb' 'only search/base/parallel.cc includes oneTBB' "${files[@]}"
mapfile -t files < <(except '^engine/kernel\.cc$' "${everything[@]}")
refuse 'hwy' 'only engine/kernel.cc includes Highway' "${files[@]}"
mapfile -t files < <(except '^search/(fit_problem\.hpp|size_law\.cc|structure_prior\.cc|training\.cc)$' "${everything[@]}")
refuse 'Eigen' 'only search/learn/fit_problem.hpp, size_law.cc, structure_prior.cc and training.cc include Eigen' "${files[@]}"
mapfile -t files < <(except '^search/(expand|trait_problem)\.cc$' "${everything[@]}")
refuse 'nlopt' 'only search/growth/expand.cc and trait_problem.cc include NLopt' "${files[@]}"
mapfile -t files < <(except '^search/io/table_file\.cc$' "${everything[@]}")
refuse 'csv\.h' 'only search/io/inputs/table_file.cc includes libcsv' "${files[@]}"
mapfile -t files < <(except '^search/io/files\.cc$' "${everything[@]}")
refuse 'openssl' 'only search/io/text/files.cc includes OpenSSL' "${files[@]}"
mapfile -t files < <(except '^search/io/sqlite\.cc$' "${everything[@]}")
refuse 'sqlite3' 'only search/io/text/sqlite.cc includes SQLite' "${files[@]}"
mapfile -t files < <(except '^search/cli/ranks_mpi\.cpp$' "${everything[@]}")
refuse 'mpi\.h' 'only search/cli/ranks_mpi.cpp includes MPI' "${files[@]}"
mapfile -t files < <(except '^search/io/json\.hpp$' "${everything[@]}")
refuse 'nlohmann' 'only search/io/text/json.hpp includes nlohmann/json' "${files[@]}"
mapfile -t files < <(except '^search/cli/' "${everything[@]}")
refuse 'CLI' 'only search/cli includes CLI11' "${files[@]}"

# A source file includes its own header first, so that the header is compiled alone (without precompiled ones in the tidy build).
for header in $(find engine search -name '*.hpp'); do
  for source in "${header%.hpp}.cc" "${header%.hpp}.cpp"; do
    [ -f "$source" ] || continue
    if [ "$(grep -m 1 '^#include' "$source")" != "#include \"$header\"" ]; then
      echo "$source: does not include its own header first"
      wrong=1
    fi
  done
done

# The check itself must be able to fail.
planted=$(mktemp --suffix=.cc)
trap 'rm -f "$planted"' EXIT
echo '#include "search/io/text/json.hpp"' >"$planted"
if (wrong=0; refuse 'search/' 'planted' "$planted" >/dev/null; exit "$wrong"); then
  echo "the layering check does not see a wrong include"
  wrong=1
fi
exit "$wrong"
