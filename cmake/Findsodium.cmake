# SPDX-License-Identifier: Apache-2.0
#[=======================================================================[
Findsodium: libsodium, which installs no CMake package of its own.

Defines sodium::sodium, sodium_FOUND and sodium_VERSION.
Reads sodium_ROOT and CMAKE_PREFIX_PATH like every find module.
#]=======================================================================]

find_path(sodium_INCLUDE_DIR sodium.h)
find_library(sodium_LIBRARY NAMES sodium libsodium)
mark_as_advanced(sodium_INCLUDE_DIR sodium_LIBRARY)

if(sodium_INCLUDE_DIR AND EXISTS "${sodium_INCLUDE_DIR}/sodium/version.h")
  file(STRINGS "${sodium_INCLUDE_DIR}/sodium/version.h" sodium_version_line
       REGEX "^#define SODIUM_VERSION_STRING \"[^\"]+\"")
  string(REGEX REPLACE ".*\"([^\"]+)\".*" "\\1" sodium_VERSION "${sodium_version_line}")
  unset(sodium_version_line)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  sodium
  REQUIRED_VARS sodium_LIBRARY sodium_INCLUDE_DIR
  VERSION_VAR sodium_VERSION)

if(sodium_FOUND AND NOT TARGET sodium::sodium)
  add_library(sodium::sodium UNKNOWN IMPORTED)
  set_target_properties(
    sodium::sodium PROPERTIES IMPORTED_LOCATION "${sodium_LIBRARY}"
                              INTERFACE_INCLUDE_DIRECTORIES "${sodium_INCLUDE_DIR}")
endif()
