# SPDX-License-Identifier: Apache-2.0
# Shared libraries, linked from the objects of the static ones.
#
# Guarantees: what exports.map names is exported and nothing else: no name of Abseil, SQLite, libsodium
#   or the standard library, and none that src/ alone declares.
# Not guaranteed: that a library fits a host of another compiler, another Abseil or another version of
#   Cordon. Half of Cordon is compiled into the host, from headers, so each version, a patch too, has
#   a name of its own for the loader.

if(NOT UNIX OR APPLE OR NOT CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
  message(FATAL_ERROR "cordon: a shared library needs GCC or Clang and ELF; "
                      "build the static one, with -DBUILD_SHARED_LIBS=OFF")
endif()

# cordon_share(<target> <static target>): the shared library <target>, named as the static one is.
function(cordon_share target static)
  add_library(${target} SHARED $<TARGET_OBJECTS:${static}>)
  set(map "${PROJECT_SOURCE_DIR}/cmake/exports.map")
  target_link_options(${target} PRIVATE "LINKER:--version-script=${map}" LINKER:-Bsymbolic-functions)
  set_target_properties(
    ${target}
    PROPERTIES LINKER_LANGUAGE CXX
               OUTPUT_NAME ${static}
               LINK_DEPENDS "${map}"
               VERSION ${PROJECT_VERSION}
               SOVERSION ${PROJECT_VERSION})
endfunction()
