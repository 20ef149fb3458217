// SPDX-License-Identifier: Apache-2.0
// All of Cordon. To learn it, read the headers in this order:
//
//   who acts               tenant/tenant_id.h, principal.h, context.h, directory.h
//   tables and statements  data/schema.h, types.h, decimal.h, sql.h
//   at work                data/platform.h, options.h, session.h; store/error.h for what can fail
//   lists and reports      data/page.h, query.h, value.h
//   when you need them     data/number.h, blob.h, hooks.h, migration.h, schema_check.h,
//                          product_file.h, doctor.h
//   what a host may lend   store/secret.h, clock.h, entropy.h
#ifndef CORDON_CORDON_H_
#define CORDON_CORDON_H_

#include "cordon/data/blob.h"
#include "cordon/data/decimal.h"
#include "cordon/data/doctor.h"
#include "cordon/data/hooks.h"
#include "cordon/data/migration.h"
#include "cordon/data/number.h"
#include "cordon/data/options.h"
#include "cordon/data/page.h"
#include "cordon/data/platform.h"
#include "cordon/data/product_file.h"
#include "cordon/data/query.h"
#include "cordon/data/schema.h"
#include "cordon/data/schema_check.h"
#include "cordon/data/session.h"
#include "cordon/data/sql.h"
#include "cordon/data/subtree.h"
#include "cordon/data/transfer.h"
#include "cordon/data/types.h"
#include "cordon/data/value.h"
#include "cordon/store/clock.h"
#include "cordon/store/entropy.h"
#include "cordon/store/error.h"
#include "cordon/store/secret.h"
#include "cordon/tenant/context.h"
#include "cordon/tenant/directory.h"
#include "cordon/tenant/directory_file.h"
#include "cordon/tenant/envelope.h"
#include "cordon/tenant/principal.h"
#include "cordon/tenant/subtree.h"
#include "cordon/tenant/tenant_id.h"
#include "cordon/tenant/trace.h"
#include "cordon/version.h"

#endif  // CORDON_CORDON_H_
