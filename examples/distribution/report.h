// SPDX-License-Identifier: Apache-2.0
//
// A dealer's report, as figures and as what is sent: text, or one page of HTML.
//
// Guarantees: the page is one file. It has no script and no link, and forbids both to itself
//   (Content-Security-Policy). Every text of a dealer's is escaped in it, and in the text report a
//   control character is a question mark, so that a name can be neither markup nor a command to a
//   terminal. Figures are exact.
// Not guaranteed: the height of a bar, beyond a pixel.
#ifndef CORDON_EXAMPLES_DISTRIBUTION_REPORT_H_
#define CORDON_EXAMPLES_DISTRIBUTION_REPORT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "money.h"

namespace distribution {

struct MonthOfSales {
  std::string month;  // "2024-03"
  Amount ordered;
};

struct TopCustomer {
  std::string name;
  Amount ordered;
};

struct WarehouseStock {
  std::string name;
  std::int64_t on_hand = 0;
  std::int64_t allocated = 0;
};

struct DealerReport {
  std::string dealer;
  std::string currency;
  std::int64_t orders = 0;
  std::int64_t back_ordered = 0;  // units that wait for stock
  Amount ordered;
  Amount invoiced;
  Amount credited;
  Amount rebates;
  std::vector<MonthOfSales> months;    // in order, at most twelve
  std::vector<TopCustomer> customers;  // the largest first, at most five
  std::vector<WarehouseStock> warehouses;
};

std::string ReportAsText(const DealerReport& report);
std::string ReportAsHtml(const DealerReport& report);

// As people read it: at least two decimals, and more only where there are more.
std::string ShowAmount(Amount amount);

// Makes `text` safe between tags and in a quoted attribute.
std::string EscapeHtml(std::string_view text);

}  // namespace distribution

#endif  // CORDON_EXAMPLES_DISTRIBUTION_REPORT_H_
