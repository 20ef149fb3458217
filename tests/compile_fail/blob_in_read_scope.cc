// SPDX-License-Identifier: Apache-2.0
// A scope that reads makes no blob.
// EXPECT: cordon: numbers, counters and blobs change in a tenant's scope that writes: use
// Session::Transaction
#include "shop.h"

void Right(shop::Write& tx) { (void)tx.NewBlob(); }

#ifdef CORDON_EXPECT_ERROR
void Wrong(shop::Read& tx) { (void)tx.NewBlob(); }
#endif
