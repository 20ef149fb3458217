// SPDX-License-Identifier: Apache-2.0
//
// What a dealer's staff does all day, as plain functions: each takes the session of one dealer, and
// can do nothing to any other.
//
// Guarantees: whatever writes does so in one transaction. What fails has not happened, and has used
//   up no number.
#ifndef CORDON_EXAMPLES_DISTRIBUTION_BACK_OFFICE_H_
#define CORDON_EXAMPLES_DISTRIBUTION_BACK_OFFICE_H_

#include "fulfilment.h"     // ship, invoice, take back
#include "orders.h"         // take orders, promise stock
#include "rebates.h"        // settle a quarter
#include "report_data.h"    // read it all
#include "stock_keeping.h"  // goods in and out of warehouses

#endif  // CORDON_EXAMPLES_DISTRIBUTION_BACK_OFFICE_H_
