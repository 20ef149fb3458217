// SPDX-License-Identifier: Apache-2.0
// Every text that parses as an id is the one canonical text of that id.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cordon/cordon.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto id = cordon::TenantId::Parse(text); id.ok()) {
    if (id->ToString() != text) std::abort();
    auto again = cordon::TenantId::FromBytes(id->bytes());
    if (!again.ok() || *again != *id) std::abort();
  }
  if (auto trace = cordon::TraceId::Parse(text); trace.ok() && trace->ToString() != text) {
    std::abort();
  }
  (void)cordon::Principal::User(text);
  if (auto price = cordon::Decimal<4>::Parse(text); price.ok()) {
    auto again = cordon::Decimal<4>::Parse(price->ToString());
    if (!again.ok() || *again != *price) std::abort();
  }
  return 0;
}
