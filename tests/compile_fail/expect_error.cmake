# SPDX-License-Identifier: Apache-2.0
# Run as: cmake -DCOMPILER=… -DSOURCE=… -DINCLUDES=a|b -DPRECOMPILED=… -DCONTROL=ON -P expect_error.cmake
# Passes when the file with CORDON_EXPECT_ERROR defined does not compile and prints every text announced
# by a line `// EXPECT: cordon: …`, and, asked for with CONTROL, without it compiles silently. PRECOMPILED
# names what stands for a header with its own name; when SOURCE is that header, it is made, and must be
# made silently.

cmake_policy(VERSION 3.25)

macro(refuse)
  message(NOTICE ${ARGV}) # unlike FATAL_ERROR, this leaves the line breaks alone
  message(FATAL_ERROR "compile_fail: the test failed, for the reason above")
endmacro()

set(flags -std=c++20 -Wall -Wextra -fdiagnostics-color=never)
string(REPLACE "|" ";" INCLUDES "${INCLUDES}")
list(REMOVE_DUPLICATES INCLUDES)
list(REMOVE_ITEM INCLUDES /usr/include) # the compiler knows it, and its place in the order
foreach(directory IN LISTS INCLUDES)
  list(APPEND flags "-I${directory}")
endforeach()

set(ENV{LC_ALL} C) # quotation marks of the compiler's messages
function(compile result output)
  execute_process(
    COMMAND "${COMPILER}" ${flags} ${ARGN}
    RESULT_VARIABLE code
    OUTPUT_VARIABLE text
    ERROR_VARIABLE text)
  set(${result} "${code}" PARENT_SCOPE)
  set(${output} "${text}" PARENT_SCOPE)
endfunction()

# Lists treat brackets and semicolons specially, so they are spelt differently while we compare.
function(tame variable)
  set(text "${${variable}}")
  string(REPLACE "[" "<lb>" text "${text}")
  string(REPLACE "]" "<rb>" text "${text}")
  string(REPLACE ";" "<sc>" text "${text}")
  string(REPLACE "\\" "<bs>" text "${text}")
  set(${variable} "${text}" PARENT_SCOPE)
endfunction()

if(SOURCE MATCHES "\\.h$")
  if(COMPILER MATCHES "clang")
    set(instantiate -fpch-instantiate-templates)
  endif()
  compile(code output -x c++-header ${instantiate} "${SOURCE}" -o "${PRECOMPILED}.gch")
  if(NOT code STREQUAL "0" OR NOT output STREQUAL "")
    refuse("the header does not compile silently (${code}):\n${output}")
  endif()
  return()
endif()

list(APPEND flags -fsyntax-only "${SOURCE}")
file(READ "${SOURCE}" source_text)
# There is no file of the name without .gch: what does not fit is an error, not another header. Clang 14
# crashes when it reads the type of a lambda, which a scope's brand is, from a precompiled header.
cmake_path(GET PRECOMPILED FILENAME header)
if(source_text MATCHES "\n#include \"${header}\"\n" AND NOT (COMPILER MATCHES "clang" AND source_text MATCHES
                                                               "WithTenant"))
  list(APPEND flags -Winvalid-pch -include "${PRECOMPILED}")
endif()
tame(source_text)
string(REGEX MATCHALL "(^|\n)// EXPECT: [^\n]*" expectations "${source_text}")
if(NOT expectations)
  refuse("${SOURCE} has no line '// EXPECT: cordon: …'")
endif()
if(NOT source_text MATCHES "#ifdef CORDON_EXPECT_ERROR")
  refuse("${SOURCE} has no '#ifdef CORDON_EXPECT_ERROR'")
endif()

if(CONTROL)
  compile(code output)
  if(NOT code STREQUAL "0" OR NOT output STREQUAL "")
    refuse("the control does not compile silently (${code}):\n${output}")
  endif()
endif()

compile(code output -DCORDON_EXPECT_ERROR)
if(code STREQUAL "0")
  refuse("the mistake compiles:\n${output}")
elseif(NOT code STREQUAL "1")
  refuse("the compiler crashes (${code}):\n${output}")
endif()
set(original "${output}")
tame(output)
foreach(line IN LISTS expectations)
  string(REGEX REPLACE "^\n?// EXPECT: *" "" expected "${line}")
  string(STRIP "${expected}" expected)
  if(NOT expected MATCHES "^cordon: ")
    refuse("an expected text must begin with 'cordon: ', not '${expected}'")
  endif()
  string(FIND "${output}" "${expected}" position)
  if(position EQUAL -1)
    refuse("the compiler does not say '${expected}':\n${original}")
  endif()
endforeach()
