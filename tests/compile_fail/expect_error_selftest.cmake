# SPDX-License-Identifier: Apache-2.0
# Feeds expect_error.cmake one good file and several that it must refuse.

cmake_policy(VERSION 3.25)

function(check name verdict text)
  set(file "${SCRATCH}/${name}")
  file(WRITE "${file}" "${text}")
  execute_process(
    COMMAND ${CMAKE_COMMAND} -DCOMPILER=${COMPILER} -DSOURCE=${file} -DINCLUDES=
            "-DPRECOMPILED=${SCRATCH}/precompiled/common.h" -DCONTROL=ON
            -P "${CMAKE_CURRENT_LIST_DIR}/expect_error.cmake"
    RESULT_VARIABLE code
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output)
  if(verdict STREQUAL "accepted" AND NOT code EQUAL 0)
    message(FATAL_ERROR "${name} was refused:\n${output}")
  elseif(NOT verdict STREQUAL "accepted")
    string(FIND "${output}" "${verdict}" position)
    if(code EQUAL 0 OR position EQUAL -1)
      message(FATAL_ERROR "${name} was not refused with '${verdict}':\n${output}")
    endif()
  endif()
endfunction()

set(assert [=[static_assert(sizeof(int) == 1, "cordon: no [such] int\; ever");]=])
string(REPLACE "\\;" ";" assert "${assert}")
set(expect "// EXPECT: cordon: no [such] int")

check(good.cc accepted "${expect}\n#ifdef CORDON_EXPECT_ERROR\n${assert}\n#endif\n")
check(no_expectation.cc "has no line '// EXPECT" "#ifdef CORDON_EXPECT_ERROR\n${assert}\n#endif\n")
check(no_switch.cc "has no '#ifdef" "${expect}\n${assert}\n")
check(broken_control.cc "control does not compile" "${expect}\n#ifdef CORDON_EXPECT_ERROR\n#endif\ntypo\n")
check(warning_in_control.cc "control does not compile"
      "${expect}\n#ifdef CORDON_EXPECT_ERROR\n#endif\n#warning something\n")
check(compiles.cc "the mistake compiles" "${expect}\n#ifdef CORDON_EXPECT_ERROR\nint a = 0;\n#endif\n")
check(only_a_warning.cc "the mistake compiles"
      "${expect}\n#ifdef CORDON_EXPECT_ERROR\n#warning cordon: no [such] int\n#endif\n")
check(typo.cc "does not say" "${expect}\n#ifdef CORDON_EXPECT_ERROR\ntypo\n#endif\n")
check(second_missing.cc "does not say"
      "${expect}\n// EXPECT: cordon: and more\n#ifdef CORDON_EXPECT_ERROR\n${assert}\n#endif\n")
check(foreign_words.cc "must begin with" "// EXPECT: error\n#ifdef CORDON_EXPECT_ERROR\n${assert}\n#endif\n")

# A precompiled header is made silently or not at all, and what needs it does not do without.
set(needs_header "${expect}\n#include \"common.h\"\nint b = a;\n#ifdef CORDON_EXPECT_ERROR\n${assert}\n#endif\n")
file(REMOVE_RECURSE "${SCRATCH}/precompiled")
file(MAKE_DIRECTORY "${SCRATCH}/precompiled")
check(common.h "does not compile silently" "#pragma once\nstatic int a;\n#warning something\n")
check(common.h accepted "#ifndef COMMON_H\n#define COMMON_H\ninline int a = 1;\n#endif\n")
check(header.cc accepted "${needs_header}")
file(WRITE "${SCRATCH}/precompiled/common.h.gch" "of another compiler")
check(header_unfit.cc "control does not compile" "${needs_header}")
file(REMOVE "${SCRATCH}/precompiled/common.h.gch")
check(header_missing.cc "control does not compile" "${needs_header}")
