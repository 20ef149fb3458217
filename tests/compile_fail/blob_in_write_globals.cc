// SPDX-License-Identifier: Apache-2.0
// A blob is a tenant's; a write to global tables has none.
// EXPECT: cordon: a blob belongs to a tenant: open it in a tenant's scope
#include "shop.h"

using Globals = cordon::GlobalTransaction<shop::Shop>;

void Right(shop::Read& tx, cordon::BlobId scan) { (void)tx.OpenBlob(scan); }

#ifdef CORDON_EXPECT_ERROR
void Wrong(Globals& tx, cordon::BlobId scan) { (void)tx.OpenBlob(scan); }
#endif
