// SPDX-License-Identifier: Apache-2.0
// An id that was read in one tenant's scope and is used in another's.
// EXPECT: cordon: this value was read in another tenant's scope: pass a value of this scope
#include "shop.h"

struct Ours {};
struct Theirs {};
using OurId = cordon::Owned<cordon::BlobId, Ours>;

void Right(cordon::WriteTransaction<shop::Shop, Ours>& tx, const OurId& scan) {
  (void)tx.OpenBlob(scan);
  (void)tx.DeleteBlob(scan);
}

#ifdef CORDON_EXPECT_ERROR
void Wrong(cordon::WriteTransaction<shop::Shop, Theirs>& tx, const OurId& scan) {
  (void)tx.OpenBlob(scan);
}
#endif
