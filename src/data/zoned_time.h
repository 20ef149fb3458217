// SPDX-License-Identifier: Apache-2.0
// The one text of a ZonedTime; see cordon/data/types.h. Its CHECK is in ddl.cc.
#ifndef CORDON_SRC_DATA_ZONED_TIME_H_
#define CORDON_SRC_DATA_ZONED_TIME_H_

#include <array>
#include <cstddef>

#include "absl/status/status.h"
#include "cordon/data/types.h"

namespace cordon::internal {

struct ZonedText {
  std::array<char, 93> bytes;
  std::size_t size;
};

// kValueOutOfRange, with *text undefined, when the time or the zone has no such text.
[[nodiscard]] absl::Status PrintZonedTime(const ZonedTime& time, ZonedText* text);

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_ZONED_TIME_H_
