# SPDX-License-Identifier: Apache-2.0
# Comfort for those who work on Cordon itself. Included only when Cordon is the top-level project,
# so that nothing here reaches a consumer's build.

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_EXTENSIONS OFF)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

if(NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(CORDON_CCACHE ccache)
  if(CORDON_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${CORDON_CCACHE}")
  endif()
endif()

if(CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
  find_program(CORDON_LLD ld.lld)
  if(CORDON_LLD)
    add_link_options(-fuse-ld=lld)
  endif()
endif()
