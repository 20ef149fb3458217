# SPDX-License-Identifier: Apache-2.0
# How a test is declared. Included whether or not tests are built, so that examples can call it.

# Building this target builds exactly the tests that ThreadSanitizer runs.
if(CORDON_BUILD_TESTS)
  add_custom_target(thread_tests)
endif()

# cordon_test(<name> <source>... [LABELS <label>...] [LIBRARIES <library>...] [UNCHECKED]
#             [ARGS <argument>...] [TIMEOUT <seconds>])
#
# One GoogleTest binary, registered with ctest as <name>. It sees Cordon's public headers, src/ and
# tests/ as include roots, and SQLite. UNCHECKED links the door past the compile-time checker as
# well. A name that ends in _threads_test is labelled `threads` and runs under ThreadSanitizer.
function(cordon_test name)
  if(NOT CORDON_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 arg "UNCHECKED" "TIMEOUT" "LABELS;LIBRARIES;ARGS")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  if(arg_UNCHECKED)
    set(library cordon_unchecked)
  else()
    set(library cordon::cordon)
  endif()

  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  target_include_directories(${name} PRIVATE "${cordon_SOURCE_DIR}/src" "${cordon_SOURCE_DIR}/tests")
  target_compile_definitions(
    ${name}
    PRIVATE "CORDON_SHARED_DIR=\"${CORDON_SHARED_DIR}\""
            "CORDON_SOURCE_DIR=\"${cordon_SOURCE_DIR}\"" SQLITE_ENABLE_PREUPDATE_HOOK)
  target_link_libraries(
    ${name} PRIVATE ${library} ${arg_LIBRARIES} cordon::sqlite3 sodium::sodium
                    GTest::gmock GTest::gtest_main Threads::Threads)
  if(name MATCHES "_threads_test$")
    list(APPEND arg_LABELS threads)
  endif()
  if("threads" IN_LIST arg_LABELS)
    add_dependencies(thread_tests ${name})
  endif()

  cordon_run_again(${name} ${name} LABELS ${arg_LABELS} ARGS ${arg_ARGS} TIMEOUT ${arg_TIMEOUT})
endfunction()

# cordon_run_again(<name> <binary> [LABELS <label>...] [ARGS <argument>...]
#                  [ENVIRONMENT <VAR=value>...] [TIMEOUT <seconds>])
#
# Registers a binary that cordon_test() has made with ctest as <name>.
function(cordon_run_again name binary)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "TIMEOUT" "LABELS;ARGS;ENVIRONMENT")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  # The XML report carries the names and the reasons of skipped tests, which ctest does not see.
  set(scratch "${PROJECT_BINARY_DIR}/test_scratch/${name}")
  file(MAKE_DIRECTORY "${scratch}")
  add_test(NAME ${name} COMMAND ${binary} ${arg_ARGS})
  set_tests_properties(
    ${name}
    PROPERTIES
      LABELS "${arg_LABELS}"
      TIMEOUT ${arg_TIMEOUT}
      ENVIRONMENT
      "GTEST_OUTPUT=xml:${PROJECT_BINARY_DIR}/test_reports/${name}.xml;TEST_TMPDIR=${scratch};${arg_ENVIRONMENT}"
  )
endfunction()

# cordon_test_directory(<directory> [UNCHECKED]): one binary for each *_test.cc, labelled with the
# directory's name.
function(cordon_test_directory directory)
  file(GLOB sources CONFIGURE_DEPENDS "${directory}/*_test.cc")
  foreach(source IN LISTS sources)
    cmake_path(GET source STEM stem)
    cordon_test(${directory}_${stem} "${source}" LABELS ${directory} ${ARGN})
  endforeach()
endfunction()
