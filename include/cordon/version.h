// SPDX-License-Identifier: Apache-2.0
// The version of this source tree; CMake reads it from here.
#ifndef CORDON_VERSION_H_
#define CORDON_VERSION_H_

#define CORDON_VERSION_MAJOR 0
#define CORDON_VERSION_MINOR 1
#define CORDON_VERSION_PATCH 0

#endif  // CORDON_VERSION_H_
