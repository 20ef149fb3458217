// SPDX-License-Identifier: Apache-2.0
#ifdef CORDON_TEST_UNCHECKED

#include "data/unchecked.h"

#include <string>

#include "cordon/store/error.h"
#include "data/connection.h"

namespace cordon::internal {

void UncheckedDoor::Start(TransactionCore& transaction, std::string_view sql, Cursor* cursor) {
  if (sql.find_first_of("\x01\x02") != std::string_view::npos) {
    cursor->status_ = Error(ErrorCode::kStatementRefused, "marks are the emitter's own");
    return;
  }
  StartMarked(transaction, sql, Access::kWrite, cursor);
}

void UncheckedDoor::StartMarked(TransactionCore& transaction, std::string_view sql, Access access,
                                Cursor* cursor) {
  if (!transaction.Enter()) {
    cursor->status_ = transaction.status_;
    return;
  }
  Connection& connection = *transaction.connection_;
  auto prepared = connection.Prepare({"", std::string(sql)}, access);
  const bool runs = prepared.ok();
  if (runs) {
    transaction.Run(connection.Adopt(*std::move(prepared)), {}, false, cursor);
  } else {
    cursor->status_ = prepared.status();
  }
  transaction.Leave();
  if (transaction.hooks_ != nullptr && !runs) transaction.TellEnd(cursor);
}

}  // namespace cordon::internal

#endif  // CORDON_TEST_UNCHECKED
