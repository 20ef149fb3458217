#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A project that carries Cordon's sources: its build is left as it was, and examples/quickstart works.
# Usage: subdirectory_test.sh CMAKE SOURCE KEPT COMPILER LAUNCHER FLAGS
# KEPT is a directory that stays, so that only what changed is built again.
cmake=$1 source=$2 kept=$3 compiler=$4 launcher=$5 flags=$6
# shellcheck source=common.sh
. "$source/tests/package/common.sh"

consumer subdirectory "add_subdirectory(\"$source\" cordon)" \
  "if(DEFINED CMAKE_CXX_STANDARD OR DEFINED BUILD_SHARED_LIBS OR CORDON_BUILD_TESTS" \
  "   OR TARGET cordon_unchecked OR TARGET cordon_cli)" \
  "  message(FATAL_ERROR \"cordon changed the consumer's build\")" "endif()" \
  "get_property(options DIRECTORY PROPERTY COMPILE_OPTIONS)" \
  "get_target_property(cordon_options cordon COMPILE_OPTIONS)" \
  "if(options OR cordon_options MATCHES \"Werror|Wall\")" "  message(FATAL_ERROR \"flags leak: \${options}\")" "endif()" \
  "add_executable(quickstart \"$source/examples/quickstart/main.cc\")" \
  "target_link_libraries(quickstart PRIVATE cordon::cordon)"
mkdir -p "$kept/source"
cmp -s "$scratch/subdirectory/CMakeLists.txt" "$kept/source/CMakeLists.txt" ||
  cp "$scratch/subdirectory/CMakeLists.txt" "$kept/source/CMakeLists.txt"
quietly configure "" "$kept/source" "$kept/build" ${launcher:+"-DCMAKE_CXX_COMPILER_LAUNCHER=$launcher"} \
  "-DCMAKE_CXX_FLAGS=$flags" || fail "add_subdirectory does not configure"
quietly "$cmake" --build "$kept/build" --parallel 2 --target quickstart || fail "add_subdirectory does not build"
quickstart_prints "$kept/build/quickstart" "$scratch/quickstart.db"

echo "subdirectory_test: everything as promised"
