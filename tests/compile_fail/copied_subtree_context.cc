// SPDX-License-Identifier: Apache-2.0
// There is one of each context.
// EXPECT: cordon: a context is unique: pass a reference
#include "shop.h"

const cordon::SubtreeContext& Right(const cordon::SubtreeContext& context) { return context; }

#ifdef CORDON_EXPECT_ERROR
cordon::SubtreeContext Wrong(const cordon::SubtreeContext& context) { return context; }
#endif
