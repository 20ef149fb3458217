# SPDX-License-Identifier: Apache-2.0
# Debian packages, one for each component: `cpack` in the build directory makes them. Configure with
# -DCMAKE_INSTALL_PREFIX=/usr (or --preset deb), so that libraries lie where Debian's do.

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME cordon)
set(CPACK_PACKAGE_VENDOR "Cordon")
set(CPACK_PACKAGE_CONTACT "The authors of Cordon" CACHE STRING "Maintainer of the packages")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# What the packages need of each other is said below.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${PROJECT_BINARY_DIR}")

set(CPACK_COMPONENTS_ALL ${cordon_components})
foreach(component IN LISTS cordon_components)
  string(TOUPPER ${component} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${cordon_package_${component}})
endforeach()
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_POSTGRES_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_POSTGRES_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_TOOL_PACKAGE_SECTION database)
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "The shared library.")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "Headers, libraries, CMake package and pkg-config modules.")
set(CPACK_COMPONENT_POSTGRES_RUNTIME_DESCRIPTION "The shared library of the engine for PostgreSQL.")
set(CPACK_COMPONENT_POSTGRES_DEVELOPMENT_DESCRIPTION "The engine for PostgreSQL, for hosts.")
set(CPACK_COMPONENT_TOOL_DESCRIPTION "The operator's tool, cordon.")

# Headers and archives know one release of Abseil, and hosts are to find no other.
set(cordon_deb_depends libabsl-dev)
if(absl_VERSION MATCHES "^[0-9]+$")
  math(EXPR next "${absl_VERSION} + 1")
  set(cordon_deb_depends "libabsl-dev (>= ${absl_VERSION})" "libabsl-dev (<< ${next})")
endif()
# The headers are in the one; what is linked is in the other.
set(cordon_deb_postgres "${cordon_package_development} (= ${PROJECT_VERSION})")
# The symbols that are used would allow an older SQLite.
set(cordon_deb_sqlite "libsqlite3-0 (>= 3.40)")
if(BUILD_SHARED_LIBS)
  set(cordon_deb_library "${cordon_package_runtime} (= ${PROJECT_VERSION})")
  list(PREPEND cordon_deb_depends "${cordon_deb_library}")
  set(CPACK_DEBIAN_RUNTIME_PACKAGE_DEPENDS "${cordon_deb_sqlite}")
  set(CPACK_DEBIAN_TOOL_PACKAGE_DEPENDS "${cordon_deb_library}")
  set(CPACK_DEBIAN_POSTGRES_RUNTIME_PACKAGE_DEPENDS "${cordon_deb_library}")
  list(APPEND cordon_deb_postgres "${cordon_package_postgres_runtime} (= ${PROJECT_VERSION})")
  # For the packages of hosts.
  set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
  set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY "=")
else()
  set(CPACK_DEBIAN_TOOL_PACKAGE_DEPENDS "${cordon_deb_sqlite}")
  list(APPEND cordon_deb_depends "libsqlite3-dev (>= 3.40)" "libsodium-dev (>= 1.0.18)")
  list(APPEND cordon_deb_postgres libpq-dev)
endif()
list(JOIN cordon_deb_postgres ", " CPACK_DEBIAN_POSTGRES_DEVELOPMENT_PACKAGE_DEPENDS)
list(JOIN cordon_deb_depends ", " CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS)

include(CPack)
