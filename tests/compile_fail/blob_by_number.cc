// SPDX-License-Identifier: Apache-2.0
// Any number could be mistaken for a blob's; only its BlobId names it.
// EXPECT: cordon: a blob is named by the BlobId that Finish() returned: pass that one
#include "shop.h"

void Right(shop::Read& tx, cordon::BlobId scan) { (void)tx.OpenBlob(scan); }

#ifdef CORDON_EXPECT_ERROR
void Wrong(shop::Read& tx, std::int64_t scan) { (void)tx.OpenBlob(scan); }
#endif
