#!/usr/bin/env bash
# The Debian package, put into a fresh root and taken out again: package.sh BUILD.
set -euo pipefail
build=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "$1"; exit 1; }

cpack --config "$build/CPackConfig.cmake" -B "$work" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
packages=("$work"/*.deb)
[ "${#packages[@]}" -eq 1 ] || fail "not one package: ${packages[*]}"
[[ $(dpkg-deb --field "${packages[0]}" Depends) == *libmozjs* ]] || fail "the package does not say what it needs"

root=$work/root
mkdir -p "$root/var/lib/dpkg/"{updates,info}
touch "$root/var/lib/dpkg/status"
# Its own root has no libraries: the machine's are taken, which the program was built with.
dpkg_here() { dpkg --root="$root" --force-not-root --force-depends --log=/dev/null "$@" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }; }
dpkg_here --install "${packages[0]}"

# From a folder where nothing of the project is.
cd "$work"
perflaw=$root/usr/bin/perflaw
"$perflaw" search "$root/usr/share/perflaw/configs/studies/laptop-tiny.json" --quiet --json >result.json
"$perflaw" report result.json --out report.html
grep -q '</html>' report.html || fail "the installed program draws no report"
"$perflaw" predict --model llama-3.1-8b --tokens 15T --json >/dev/null
for file in share/man/man1/perflaw.1.gz share/man/man1/perflaw-search.1.gz share/man/man1/perflaw.1 share/man/man1/perflaw-search.1; do
  [ -s "$root/usr/$file" ] && manuals=$((${manuals:-0} + 1))
done
[ "${manuals:-0}" -ge 2 ] || fail "the manual is missing"
for file in share/bash-completion/completions/perflaw share/zsh/vendor-completions/_perflaw share/fish/vendor_completions.d/perflaw.fish \
  share/doc/perflaw/copyright share/perflaw/page/vendor/LICENSE; do
  [ -s "$root/usr/$file" ] || fail "$file is missing"
done

dpkg_here --purge perflaw
left=$(find "$root/usr" -type f 2>/dev/null || true)
[ -z "$left" ] || fail "left behind: $left"
