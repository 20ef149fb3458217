#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the build, moves the installation, and builds and runs examples/quickstart and a host's
# own test against it.
# Usage: package_test.sh CMAKE SOURCE BUILD COMPILER VERSION
cmake=$1 source=$2 build=$3 compiler=$4 version=$5
# shellcheck source=common.sh
. "$source/tests/package/common.sh"

quietly "$cmake" --install "$build" --prefix "$scratch/first" || fail "install failed"
mkdir "$scratch/elsewhere"
mv "$scratch/first" "$scratch/elsewhere/moved"
prefix=$scratch/elsewhere/moved

echo "-- what is installed"
if grep -rlF -e "$scratch/first" -e "$build" -e "$source" "$prefix" --include='*.cmake' --include='*.h' --include='*.pc'; then
  fail "the files above name the directory they were built in"
fi
if find "$prefix" | grep -E 'unchecked|/src/|/tests/|sqlite3\.h'; then
  fail "the files above must not be installed"
fi
for header in $(cd "$source/include" && find . -name '*.h'); do
  find "$prefix/include" -path "*/${header#./}" | grep -q . || fail "$header is not installed"
done

echo "-- examples/quickstart, against the moved installation"
by_find_package "$prefix" quickstart -DCMAKE_BUILD_TYPE=Release

echo "-- the same with pkg-config, without exceptions and RTTI"
by_pkg_config "$prefix" quickstart-pc -std=c++20 -fno-exceptions -fno-rtti

echo "-- the tool"
[[ $("$prefix/bin/cordon" --version) == "$version" ]] || fail "the tool does not say its version"
"$prefix/bin/cordon" schema check "$scratch/quickstart.db" || fail "the tool finds fault with quickstart's file"

echo "-- components and versions"
consumer components "find_package(cordon ${version%.*} CONFIG REQUIRED COMPONENTS core sqlite postgres testing tool)" \
  "foreach(target IN ITEMS core sqlite postgres testing tool cordon)" \
  "  if(NOT TARGET cordon::\${target})" "    message(FATAL_ERROR \"\${target} is missing\")" "  endif()" "endforeach()" \
  "get_target_property(tool cordon::tool LOCATION)" "message(STATUS \"tool: \${tool}\")"
quietly configure "$prefix" "$scratch/components" "$scratch/components-build" || fail "a component is not found"
grep -q "tool: $prefix/bin/cordon$" "$scratch/log" || { cat "$scratch/log"; fail "cordon::tool is somewhere else"; }

consumer misspelt "find_package(cordon CONFIG REQUIRED COMPONENTS sqlight)"
if configure "$prefix" "$scratch/misspelt" "$scratch/misspelt-build" >"$scratch/log" 2>&1; then
  fail "an unknown component is accepted"
fi
tr -s '\n ' '  ' <"$scratch/log" | grep -qF "cordon: there is no component 'sqlight'" ||
  { cat "$scratch/log"; fail "an unknown component is refused without its name"; }

consumer optional "find_package(cordon CONFIG REQUIRED COMPONENTS core OPTIONAL_COMPONENTS sqlight)" \
  "if(cordon_sqlight_FOUND OR NOT TARGET cordon::cordon)" "  message(FATAL_ERROR wrong)" "endif()"
quietly configure "$prefix" "$scratch/optional" "$scratch/optional-build" || fail "an unknown optional component is fatal"

echo "-- a host's own test, with the component testing"
host_test "$prefix" -DCMAKE_BUILD_TYPE=Release
# What docs/testing.md shows is what is printed, line by line.
sed -n '/^a neighbour/,/^}$/p' "$scratch/printed" >"$scratch/report"
[[ $(wc -l <"$scratch/report") -ge 10 ]] || { cat "$scratch/printed"; fail "there is no report to compare with docs/testing.md"; }
while IFS= read -r line; do
  grep -qxF -e "$line" "$source/docs/testing.md" || { cat "$scratch/report"; fail "docs/testing.md does not show: $line"; }
done <"$scratch/report"

IFS=. read -r major minor _ <<<"$version"
consumer newer "find_package(cordon $major.$((minor + 1)) CONFIG REQUIRED)"
if configure "$prefix" "$scratch/newer" "$scratch/newer-build" >"$scratch/log" 2>&1; then
  fail "a newer minor version than the installed one is accepted"
fi

echo "package_test: everything as promised"
