#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the build, moves the installation, and builds and runs examples/quickstart and a host's
# own test against it.
# Usage: package_test.sh CMAKE SOURCE BUILD COMPILER VERSION
set -euo pipefail

cmake=$1 source=$2 build=$3 compiler=$4 version=$5
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() { echo "package_test: $*"; exit 1; }

# The environment must not help to find anything.
unset CMAKE_PREFIX_PATH cordon_DIR cordon_ROOT || true

"$cmake" --install "$build" --prefix "$scratch/first" >"$scratch/install.log" || { cat "$scratch/install.log"; fail "install failed"; }
mkdir "$scratch/elsewhere"
mv "$scratch/first" "$scratch/elsewhere/moved"
prefix=$scratch/elsewhere/moved

echo "-- what is installed"
if grep -rlF -e "$scratch/first" -e "$build" -e "$source" "$prefix" --include='*.cmake' --include='*.h'; then
  fail "the files above name the directory they were built in"
fi
if find "$prefix" | grep -E 'unchecked|/src/|/tests/|sqlite3\.h'; then
  fail "the files above must not be installed"
fi
for header in $(cd "$source/include" && find . -name '*.h'); do
  find "$prefix/include" -path "*/${header#./}" | grep -q . || fail "$header is not installed"
done

configure() { # configure SOURCE BUILD [option…]
  local from=$1 to=$2
  shift 2
  "$cmake" -G Ninja -S "$from" -B "$to" -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_PREFIX_PATH="$prefix" "$@"
}

echo "-- examples/quickstart, against the moved installation"
cp -r "$source/examples/quickstart" "$scratch/quickstart"
configure "$scratch/quickstart" "$scratch/quickstart-build" || fail "quickstart does not configure"
grep -q "^cordon_DIR:PATH=$prefix/" "$scratch/quickstart-build/CMakeCache.txt" || fail "another cordon was found"
"$cmake" --build "$scratch/quickstart-build" || fail "quickstart does not build"
for run in first second; do # on a file that it finds, too
  "$scratch/quickstart-build/quickstart" "$scratch/quickstart.db" >"$scratch/printed" ||
    fail "quickstart does not run ($run run)"
  cat "$scratch/printed"
  expected="northwind: ALFKI Alfreds Futterkiste|southwind: ALFKI Alberta's Kitchen|southwind: BOTTM Bottom-Dollar Markets"
  [[ $(grep -E '(ALFKI|BOTTM) [A-Z]' "$scratch/printed" | paste -sd'|') == "$expected" ]] || fail "quickstart printed something else"
  grep -q '^northwind: BOTTM is NOT_FOUND' "$scratch/printed" || fail "northwind sees a row of southwind's"
done

echo "-- the tool"
[[ $("$prefix/bin/cordon" --version) == "$version" ]] || fail "the tool does not say its version"
"$prefix/bin/cordon" schema check "$scratch/quickstart.db" || fail "the tool finds fault with quickstart's file"

consumer() { # consumer NAME LINE…: a project that finds cordon as the lines say
  mkdir -p "$scratch/$1"
  {
    echo "cmake_minimum_required(VERSION 3.25)"
    echo "project(consumer LANGUAGES CXX)"
    printf '%s\n' "${@:2}"
  } >"$scratch/$1/CMakeLists.txt"
}

echo "-- components and versions"
consumer components "find_package(cordon ${version%.*} CONFIG REQUIRED COMPONENTS core sqlite)" \
  "if(NOT TARGET cordon::core OR NOT TARGET cordon::sqlite OR NOT TARGET cordon::cordon)" \
  "  message(FATAL_ERROR \"a target is missing\")" "endif()"
configure "$scratch/components" "$scratch/components-build" >"$scratch/log" 2>&1 ||
  { cat "$scratch/log"; fail "COMPONENTS core sqlite are not found"; }

consumer misspelt "find_package(cordon CONFIG REQUIRED COMPONENTS sqlight)"
if configure "$scratch/misspelt" "$scratch/misspelt-build" >"$scratch/log" 2>&1; then
  fail "an unknown component is accepted"
fi
tr -s '\n ' '  ' <"$scratch/log" | grep -qF "cordon: there is no component 'sqlight'" ||
  { cat "$scratch/log"; fail "an unknown component is refused without its name"; }

consumer optional "find_package(cordon CONFIG REQUIRED COMPONENTS core OPTIONAL_COMPONENTS sqlight)" \
  "if(cordon_sqlight_FOUND OR NOT TARGET cordon::cordon)" "  message(FATAL_ERROR wrong)" "endif()"
configure "$scratch/optional" "$scratch/optional-build" >"$scratch/log" 2>&1 ||
  { cat "$scratch/log"; fail "an unknown optional component is fatal"; }

echo "-- a host's own test, with the component testing"
consumer testing "find_package(cordon CONFIG REQUIRED COMPONENTS testing)" "find_package(GTest REQUIRED)" \
  "add_executable(orders_test \"$source/tests/package/orders_test.cc\")" \
  "target_link_libraries(orders_test PRIVATE cordon::testing GTest::gmock GTest::gtest_main)"
configure "$scratch/testing" "$scratch/testing-build" || fail "a test with cordon::testing does not configure"
"$cmake" --build "$scratch/testing-build" || fail "a test with cordon::testing does not build"
"$scratch/testing-build/orders_test" >"$scratch/printed" || { cat "$scratch/printed"; fail "a test with cordon::testing fails"; }
# What docs/testing.md shows is what is printed, line by line.
sed -n '/^a neighbour/,/^}$/p' "$scratch/printed" >"$scratch/report"
[[ $(wc -l <"$scratch/report") -ge 10 ]] || { cat "$scratch/printed"; fail "there is no report to compare with docs/testing.md"; }
while IFS= read -r line; do
  grep -qxF -e "$line" "$source/docs/testing.md" || { cat "$scratch/report"; fail "docs/testing.md does not show: $line"; }
done <"$scratch/report"

IFS=. read -r major minor _ <<<"$version"
consumer newer "find_package(cordon $major.$((minor + 1)) CONFIG REQUIRED)"
if configure "$scratch/newer" "$scratch/newer-build" >"$scratch/log" 2>&1; then
  fail "a newer minor version than the installed one is accepted"
fi

echo "-- add_subdirectory leaves the consumer's build as it was"
consumer subdirectory "add_subdirectory(\"$source\" cordon)" \
  "if(DEFINED CMAKE_CXX_STANDARD OR CORDON_BUILD_TESTS OR TARGET cordon_unchecked OR TARGET cordon_cli)" \
  "  message(FATAL_ERROR \"cordon changed the consumer's build\")" "endif()" \
  "get_property(options DIRECTORY PROPERTY COMPILE_OPTIONS)" \
  "get_target_property(cordon_options cordon COMPILE_OPTIONS)" \
  "if(options OR cordon_options MATCHES Werror)" "  message(FATAL_ERROR \"flags leak: \${options}\")" "endif()" \
  "add_executable(quickstart \"$source/examples/quickstart/main.cc\")" \
  "target_link_libraries(quickstart PRIVATE cordon::cordon)"
configure "$scratch/subdirectory" "$scratch/subdirectory-build" >"$scratch/log" 2>&1 ||
  { cat "$scratch/log"; fail "add_subdirectory does not configure"; }

echo "package_test: everything as promised"
