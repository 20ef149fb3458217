#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the Debian packages, unpacks them side by side, and builds and runs hosts against them. Needs
# neither root nor a network.
# Usage: deb_test.sh static|shared CMAKE SOURCE BUILD COMPILER VERSION LAUNCHER FLAGS
# BUILD of the static ones is the finished build; of the shared ones, a directory that stays, so that
# only what changed is built again.
kind=$1 cmake=$2 source=$3 build=$4 compiler=$5 version=$6 launcher=$7 flags=$8
# shellcheck source=common.sh
. "$source/tests/package/common.sh"

if [[ $kind == shared ]]; then
  quietly configure "" "$source" "$build" ${launcher:+"-DCMAKE_CXX_COMPILER_LAUNCHER=$launcher"} \
    -DBUILD_SHARED_LIBS=ON -DCMAKE_BUILD_TYPE=None "-DCMAKE_CXX_FLAGS=$flags" -DCMAKE_INSTALL_PREFIX=/usr \
    -DCORDON_BUILD_TESTS=OFF -DCORDON_BUILD_EXAMPLES=OFF -DCORDON_BUILD_BENCHMARKS=OFF ||
    fail "a shared build does not configure"
  quietly "$cmake" --build "$build" --parallel 2 || fail "a shared build does not build"
  packages="cordon libcordon$version libcordon-dev libcordon-postgres$version libcordon-postgres-dev"
else
  packages="cordon libcordon-dev libcordon-postgres-dev"
fi

quietly "$(dirname "$cmake")/cpack" --config "$build/CPackConfig.cmake" -G DEB -B "$scratch/packages" ||
  fail "cpack fails"
made=$(for file in "$scratch/packages"/*.deb; do dpkg-deb -f "$file" Package; done | sort | paste -sd' ')
[[ $made == "$(tr ' ' '\n' <<<"$packages" | sort | paste -sd' ')" ]] || fail "the packages are: $made"

holds() { # holds PACKAGE FIELD TEXT: its control file says so
  local said
  said=$(dpkg-deb -f "$scratch/packages/$1_$version"_*.deb "$2")
  [[ $said == *"$3"* ]] || fail "$2 of $1 does not say $3: $said"
}
contains() { # contains PACKAGE TEXT: a file of it is called so, from the last / on
  local said
  said=$(dpkg-deb -c "$scratch/packages/$1_$version"_*.deb)$'\n'
  [[ $said == *"$2"$'\n'* ]] || fail "$1 does not contain $2: $said"
}

echo "-- what they need, and what is in them"
for package in $packages; do
  holds "$package" Version "$version"
  contains "$package" "/usr/share/doc/$package/copyright"
done
holds libcordon-dev Depends libabsl-dev
contains libcordon-dev /cordon/cordon.h
contains libcordon-dev /pkgconfig/cordon.pc
contains libcordon-dev /cmake/cordon/cordonConfig.cmake
contains cordon /usr/bin/cordon
holds libcordon-postgres-dev Depends "libcordon-dev (= $version)"
contains libcordon-postgres-dev /pkgconfig/cordon_postgres.pc
contains libcordon-postgres-dev /cmake/cordon/cordonPostgresTargets.cmake
if [[ $kind == shared ]]; then
  holds "libcordon$version" Depends "libsqlite3-0 (>= 3.40)"
  holds "libcordon$version" Depends libsodium23
  for package in cordon libcordon-dev; do holds "$package" Depends "libcordon$version (= $version)"; done
  contains "libcordon$version" "/libcordon.so.$version"
  contains libcordon-dev "/libcordon.so -> libcordon.so.$version"
  contains libcordon-dev "/libcordon_testing.so.$version"
  holds "libcordon-postgres$version" Depends "libcordon$version (= $version)"
  holds "libcordon-postgres$version" Depends libpq5
  holds libcordon-postgres-dev Depends "libcordon-postgres$version (= $version)"
  contains "libcordon-postgres$version" "/libcordon_postgres.so.$version"
  contains libcordon-postgres-dev "/libcordon_postgres.so -> libcordon_postgres.so.$version"
else
  holds cordon Depends "libsqlite3-0 (>= 3.40)"
  for package in libsqlite3-dev libsodium-dev; do holds libcordon-dev Depends "$package"; done
  contains libcordon-dev /libcordon.a
  contains libcordon-dev /libcordon_testing.a
  holds libcordon-postgres-dev Depends libpq-dev
  contains libcordon-postgres-dev /libcordon_postgres.a
  contains libcordon-dev /Findsodium.cmake
fi

root=$scratch/root
for file in "$scratch/packages"/*.deb; do dpkg-deb -x "$file" "$root"; done
if grep -rlF -e "$build" -e "$source" "$root" --include='*.cmake' --include='*.pc'; then
  fail "the files above name the directory they were built in"
fi

echo "-- the tool"
[[ $("$root/usr/bin/cordon" --version) == "$version" ]] || fail "the tool does not say its version"

if [[ $kind == static ]]; then
  echo "-- hosts in C++23"
  by_find_package "$root/usr" quickstart -DCMAKE_CXX_STANDARD=23
else
  libraries=$(dirname "$(find "$root" -name "libcordon.so.$version")")
  echo "-- what is exported"
  for library in cordon cordon_testing cordon_postgres; do
    users=()
    [[ $library != cordon ]] || users=("$libraries/libcordon_postgres.so.$version")
    python3 "$source/tests/package/exports.py" "$source/include" "$build/lib$library.a" \
      "$libraries/lib$library.so.$version" "${users[@]}" ||
      fail "lib$library.so does not export what it must, or more"
    readelf -d "$libraries/lib$library.so.$version" >"$scratch/dynamic"
    grep -q "SONAME.*\[lib$library\.so\.$version\]" "$scratch/dynamic" ||
      fail "lib$library.so has another name for the loader"
  done
  if readelf -d "$libraries"/*.so "$root/usr/bin/cordon" | grep PATH | grep -vF '[$ORIGIN'; then
    fail "the paths above are of the machine that built the packages"
  fi

  echo "-- hosts: without exceptions, RTTI and visible symbols; in C++23 with pkg-config; a test of its own"
  by_find_package "$root/usr" quickstart \
    "-DCMAKE_CXX_FLAGS=-fno-exceptions -fno-rtti -fvisibility=hidden -fvisibility-inlines-hidden"
  readelf -d "$scratch/quickstart-build/quickstart" >"$scratch/needed"
  grep -q "NEEDED.*\[libcordon\.so\.$version\]" "$scratch/needed" || fail "quickstart does not use the shared library"
  if grep -E 'NEEDED.*(sqlite|sodium)' "$scratch/needed"; then fail "a host links what is Cordon's own"; fi
  by_pkg_config "$root/usr" quickstart-pc -std=c++23
  host_test "$root/usr"
fi
echo "-- a host of a PostgreSQL server"
server_hosts "$root/usr"

echo "deb_test: everything as promised"
