#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the tests of packages have in common; sourced, with $cmake, $source and $compiler set.
# shellcheck disable=SC2154
set -euo pipefail

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The environment must not help to find anything.
unset CMAKE_PREFIX_PATH cordon_DIR cordon_ROOT PKG_CONFIG_PATH PKG_CONFIG_LIBDIR LD_LIBRARY_PATH || true

fail() { echo "$(basename "$0"): $*"; exit 1; }

quietly() { # quietly COMMAND…: what it prints is shown when it fails
  "$@" >"$scratch/log" 2>&1 || { cat "$scratch/log"; return 1; }
}

configure() { # configure PREFIX SOURCE BUILD [option…]
  local from=$1
  "$cmake" -G Ninja -S "$2" -B "$3" -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_PREFIX_PATH="$from" "${@:4}"
}

consumer() { # consumer NAME LINE…: a project that finds cordon as the lines say
  mkdir -p "$scratch/$1"
  {
    echo "cmake_minimum_required(VERSION 3.25)"
    echo "project(consumer LANGUAGES CXX)"
    printf '%s\n' "${@:2}"
  } >"$scratch/$1/CMakeLists.txt"
}

quickstart_prints() { # quickstart_prints PROGRAM FILE: what it must, on a file that it finds, too
  local run expected
  expected="northwind: ALFKI Alfreds Futterkiste|southwind: ALFKI Alberta's Kitchen|southwind: BOTTM Bottom-Dollar Markets"
  for run in first second; do
    "$1" "$2" >"$scratch/printed" || fail "$1 does not run ($run run)"
    [[ $(grep -E '(ALFKI|BOTTM) [A-Z]' "$scratch/printed" | paste -sd'|') == "$expected" ]] ||
      { cat "$scratch/printed"; fail "$1 printed something else"; }
    grep -q '^northwind: BOTTM is NOT_FOUND' "$scratch/printed" || fail "northwind sees a row of southwind's"
  done
}

by_find_package() { # by_find_package PREFIX NAME [option…]: examples/quickstart, built and run
  local from=$1 name=$2
  cp -r "$source/examples/quickstart" "$scratch/$name"
  quietly configure "$from" "$scratch/$name" "$scratch/$name-build" "${@:3}" || fail "$name does not configure"
  grep -q "^cordon_DIR:PATH=$from/" "$scratch/$name-build/CMakeCache.txt" || fail "$name found another cordon"
  quietly "$cmake" --build "$scratch/$name-build" || fail "$name does not build"
  quickstart_prints "$scratch/$name-build/quickstart" "$scratch/$name.db"
}

by_pkg_config() { # by_pkg_config PREFIX NAME FLAG…: the same, compiled with these flags and pkg-config's
  local from=$1 name=$2 directory said
  directory=$(dirname "$(find "$from" -name cordon.pc)")
  said=$(PKG_CONFIG_PATH=$directory pkg-config --cflags --libs cordon) || fail "pkg-config does not know cordon"
  # shellcheck disable=SC2086 # these are words
  quietly "$compiler" "${@:3}" "$source/examples/quickstart/main.cc" -o "$scratch/$name" $said ||
    fail "$name does not build: pkg-config says $said"
  LD_LIBRARY_PATH=$(dirname "$directory") quickstart_prints "$scratch/$name" "$scratch/$name.db"
}

host_test() { # host_test PREFIX [option…]: a host's own test with the component testing, run
  consumer testing "find_package(cordon CONFIG REQUIRED COMPONENTS testing)" "find_package(GTest REQUIRED)" \
    "add_executable(orders_test \"$source/tests/package/orders_test.cc\")" \
    "target_link_libraries(orders_test PRIVATE cordon::testing GTest::gmock GTest::gtest_main)"
  quietly configure "$1" "$scratch/testing" "$scratch/testing-build" "${@:2}" ||
    fail "a test with cordon::testing does not configure"
  quietly "$cmake" --build "$scratch/testing-build" || fail "a test with cordon::testing does not build"
  "$scratch/testing-build/orders_test" >"$scratch/printed" || { cat "$scratch/printed"; fail "a test with cordon::testing fails"; }
}

server_hosts() { # server_hosts PREFIX: a host with the engine for PostgreSQL, by CMake and by pkg-config
  local from=$1 directory said
  consumer server "find_package(cordon CONFIG REQUIRED COMPONENTS postgres)" \
    "add_executable(server \"$source/tests/package/server.cc\")" \
    "target_link_libraries(server PRIVATE cordon::postgres)"
  quietly configure "$from" "$scratch/server" "$scratch/server-build" || fail "cordon::postgres is not found"
  quietly "$cmake" --build "$scratch/server-build" || fail "a host with cordon::postgres does not build"
  directory=$(dirname "$(find "$from" -name cordon_postgres.pc)")
  said=$(PKG_CONFIG_PATH=$directory pkg-config --cflags --libs cordon_postgres) ||
    fail "pkg-config does not know cordon_postgres"
  # shellcheck disable=SC2086 # these are words
  quietly "$compiler" -std=c++20 "$source/tests/package/server.cc" -o "$scratch/server-pc" $said ||
    fail "a host does not build: pkg-config says $said"
  local program
  for program in "$scratch/server-build/server" "$scratch/server-pc"; do
    LD_BIND_NOW=1 LD_LIBRARY_PATH=$(dirname "$directory") "$program" >"$scratch/printed" ||
      fail "$program does not say that there is no server"
  done
}
