# SPDX-License-Identifier: Apache-2.0
# What is installed, in components: runtime (shared libraries, if they are built), development, the
# same two of the engine for PostgreSQL, and tool (src/cli). An installation can be moved.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)
set(cordon_config_dir "${CMAKE_INSTALL_LIBDIR}/cmake/cordon")

# A shared library keeps its own dependencies to itself.
set(cordon_is_static ON)
set(cordon_targets ${cordon_shipped} cordon_core cordon_sqlite cordon_sqlite3)
if(BUILD_SHARED_LIBS)
  set(cordon_is_static OFF)
  list(REMOVE_ITEM cordon_targets cordon_sqlite3)
endif()
install(
  TARGETS ${cordon_targets}
  EXPORT cordonTargets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
          COMPONENT runtime
          NAMELINK_COMPONENT development
  FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT development)
# No program that runs needs this one.
install(
  TARGETS ${cordon_shipped_testing}
  EXPORT cordonTargets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development)
if(BUILD_SHARED_LIBS)
  set_target_properties(${cordon_shipped_testing} PROPERTIES INSTALL_RPATH "$ORIGIN")
endif()
install(
  EXPORT cordonTargets
  NAMESPACE cordon::
  DESTINATION "${cordon_config_dir}"
  COMPONENT development)

# An export of its own: the libraries can be installed without the engine for PostgreSQL.
if(CORDON_BUILD_POSTGRES)
  install(
    TARGETS ${cordon_shipped_postgres}
    EXPORT cordonPostgresTargets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT postgres_development
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
            COMPONENT postgres_runtime
            NAMELINK_COMPONENT postgres_development)
  if(BUILD_SHARED_LIBS)
    set_target_properties(${cordon_shipped_postgres} PROPERTIES INSTALL_RPATH "$ORIGIN")
  endif()
  install(
    EXPORT cordonPostgresTargets
    NAMESPACE cordon::
    DESTINATION "${cordon_config_dir}"
    COMPONENT postgres_development)
endif()

configure_package_config_file(cmake/cordonConfig.cmake.in cordonConfig.cmake
                              INSTALL_DESTINATION "${cordon_config_dir}")
# Before 1.0 a minor version may break source compatibility.
write_basic_package_version_file(cordonConfigVersion.cmake COMPATIBILITY SameMinorVersion)
set(cordon_config_files "${PROJECT_BINARY_DIR}/cordonConfig.cmake"
                        "${PROJECT_BINARY_DIR}/cordonConfigVersion.cmake")
if(NOT BUILD_SHARED_LIBS)
  list(APPEND cordon_config_files cmake/Findsodium.cmake)
endif()
install(
  FILES ${cordon_config_files}
  DESTINATION "${cordon_config_dir}"
  COMPONENT development)

# Who gets a part gets the licence, where Debian looks for it.
set(cordon_package_runtime libcordon${PROJECT_VERSION})
set(cordon_package_development libcordon-dev)
set(cordon_package_postgres_runtime libcordon-postgres${PROJECT_VERSION})
set(cordon_package_postgres_development libcordon-postgres-dev)
set(cordon_package_tool cordon)
set(cordon_components development)
if(BUILD_SHARED_LIBS)
  list(APPEND cordon_components runtime)
endif()
if(CORDON_BUILD_POSTGRES)
  list(APPEND cordon_components postgres_development)
  if(BUILD_SHARED_LIBS)
    list(APPEND cordon_components postgres_runtime)
  endif()
endif()
if(CORDON_BUILD_TOOL)
  list(APPEND cordon_components tool)
endif()
foreach(component IN LISTS cordon_components)
  install(
    FILES LICENSE
    DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${cordon_package_${component}}"
    RENAME copyright
    COMPONENT ${component})
endforeach()

# --- pkg-config -----------------------------------------------------------------------------------
set(cordon_pc_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(cordon_pc_prefix "${CMAKE_INSTALL_PREFIX}")
  set(cordon_pc_libdir "${CMAKE_INSTALL_FULL_LIBDIR}")
  set(cordon_pc_includedir "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
else()
  file(RELATIVE_PATH cordon_pc_up "/${cordon_pc_dir}" "/")
  string(REGEX REPLACE "/$" "" cordon_pc_up "${cordon_pc_up}")
  set(cordon_pc_prefix "\${pcfiledir}/${cordon_pc_up}")
  set(cordon_pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
  set(cordon_pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()

# Abseil promises no ABI: what was built with one release is used with the same one.
set(cordon_pc_absl)
foreach(module IN ITEMS absl_status absl_statusor absl_strings)
  if(absl_VERSION)
    string(APPEND module " = ${absl_VERSION}")
  endif()
  list(APPEND cordon_pc_absl "${module}")
endforeach()
# A static library's dependencies are its hosts': there is no shared one beside it for which
# Requires.private would leave them out.
set(cordon_pc_sqlite)
set(cordon_pc_private)
set(cordon_pc_threads)
if(NOT BUILD_SHARED_LIBS)
  set(cordon_pc_sqlite "sqlite3 >= 3.40")
  set(cordon_pc_private ${cordon_pc_sqlite} "libsodium >= 1.0.18")
  set(cordon_pc_threads "${CMAKE_THREAD_LIBS_INIT}")
endif()

# cordon_pc(<name> <component> <description> <required module>...)
function(cordon_pc name component description)
  list(JOIN ARGN ", " requires)
  configure_file(cmake/cordon.pc.in ${name}.pc @ONLY)
  install(
    FILES "${PROJECT_BINARY_DIR}/${name}.pc"
    DESTINATION "${cordon_pc_dir}"
    COMPONENT ${component})
endfunction()
cordon_pc(cordon development "${PROJECT_DESCRIPTION}" ${cordon_pc_absl} ${cordon_pc_private})
cordon_pc(cordon_testing development "The test of non-interference, for hosts of Cordon"
          "cordon = ${PROJECT_VERSION}" ${cordon_pc_sqlite})
if(CORDON_BUILD_POSTGRES)
  set(cordon_pc_libpq)
  if(NOT BUILD_SHARED_LIBS)
    set(cordon_pc_libpq libpq)
  endif()
  cordon_pc(cordon_postgres postgres_development "Cordon's engine for PostgreSQL"
            "cordon = ${PROJECT_VERSION}" ${cordon_pc_libpq})
endif()
