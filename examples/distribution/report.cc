// SPDX-License-Identifier: Apache-2.0
#include "report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "purchase_order.h"

namespace distribution {
namespace {

std::string Printable(std::string_view text) {
  std::string printable;
  for (std::size_t at = FindControlCharacter(text); at != std::string_view::npos;
       at = FindControlCharacter(text)) {
    printable += text.substr(0, at);
    printable += '?';
    text.remove_prefix(at + (text[at] == '\xC2' ? 2 : 1));  // C1 takes two bytes
  }
  return printable += text;
}

constexpr std::int64_t kChartHeight = 120;
constexpr std::int64_t kBarWidth = 40;
constexpr std::int64_t kBarStep = 52;

std::int64_t BarHeight(Amount value, Amount highest) {
  if (value <= Amount() || highest <= Amount()) return 0;
  // Both are divided first: their product with pixels could leave 64 bits.
  const std::int64_t scale = highest.units() / 1'000'000 + 1;
  const std::int64_t whole = std::max<std::int64_t>(highest.units() / scale, 1);
  return (value.units() / scale * kChartHeight + whole / 2) / whole;
}

std::string Chart(const DealerReport& report) {
  if (report.months.empty()) return "<p>Nothing was ordered yet.</p>\n";
  Amount highest;
  for (const MonthOfSales& month : report.months) highest = std::max(highest, month.ordered);
  const std::int64_t width = kBarStep * static_cast<std::int64_t>(report.months.size()) + 12;
  std::string svg = fmt::format(
      "<svg role=\"img\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\">\n"
      "<title>Ordered, by month</title>\n",
      width, kChartHeight + 50);
  std::int64_t x = 12;
  for (const MonthOfSales& month : report.months) {
    const std::int64_t height = BarHeight(month.ordered, highest);
    svg += fmt::format(
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>{} {}</title></rect>\n"
        "<text x=\"{}\" y=\"{}\">{}</text>\n",
        x, 20 + kChartHeight - height, kBarWidth, height, ShowAmount(month.ordered),
        EscapeHtml(report.currency), x + kBarWidth / 2, kChartHeight + 38, EscapeHtml(month.month));
    x += kBarStep;
  }
  return svg += "</svg>\n";
}

std::string Row(std::string_view label, std::string_view value) {
  return fmt::format("<tr><td>{}</td><td class=\"n\">{}</td></tr>\n", EscapeHtml(label),
                     EscapeHtml(value));
}

}  // namespace

std::string ShowAmount(Amount amount) {
  std::string text = amount.ToString();
  while (text.ends_with('0') && text.find('.') + 3 < text.size()) text.pop_back();
  return text;
}

std::string EscapeHtml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        // HTML knows no other control characters than these three.
        escaped +=
            (c >= 0 && c < ' ' && c != '\n' && c != '\t' && c != '\r') || c == '\x7F' ? '?' : c;
    }
  }
  return escaped;
}

std::string ReportAsText(const DealerReport& report) {
  const std::string currency = Printable(report.currency);
  std::string text = fmt::format(
      "{}\n\n"
      "orders {:>30}\n"
      "on back order {:>23} units\n"
      "ordered {:>29} {}\n"
      "invoiced {:>28} {}\n"
      "credited {:>28} {}\n"
      "rebates {:>29} {}\n",
      Printable(report.dealer), report.orders, report.back_ordered, ShowAmount(report.ordered),
      currency, ShowAmount(report.invoiced), currency, ShowAmount(report.credited), currency,
      ShowAmount(report.rebates), currency);
  Amount highest;
  for (const MonthOfSales& month : report.months) highest = std::max(highest, month.ordered);
  text += "\nordered, by month\n";
  for (const MonthOfSales& month : report.months) {
    const auto length = static_cast<std::size_t>(BarHeight(month.ordered, highest) / 5);
    text += fmt::format("  {} {:>16} {}\n", Printable(month.month), ShowAmount(month.ordered),
                        std::string(length, '#'));
  }
  text += "\nlargest customers\n";
  for (const TopCustomer& customer : report.customers) {
    text += fmt::format("  {:>16}  {}\n", ShowAmount(customer.ordered), Printable(customer.name));
  }
  text += "\nstock\n";
  for (const WarehouseStock& stock : report.warehouses) {
    text += fmt::format("  {:>8} on hand, {:>6} promised  {}\n", stock.on_hand, stock.allocated,
                        Printable(stock.name));
  }
  return text;
}

std::string ReportAsHtml(const DealerReport& report) {
  const auto money = [&](Amount amount) { return ShowAmount(amount) + " " + report.currency; };
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" "
      "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
      "<title>{0}</title>\n<style>\n"
      "body {{ font: 16px/1.5 sans-serif; max-width: 45em; margin: 2em auto; color: #222 }}\n"
      "table {{ border-collapse: collapse }} td {{ padding: 0 1em 0 0 }} .n {{ text-align: right "
      "}}\n"
      "rect {{ fill: #2a6f97 }} svg text {{ font-size: 11px; text-anchor: middle }}\n"
      "</style>\n</head>\n<body>\n<h1>{0}</h1>\n<table>\n",
      EscapeHtml(report.dealer));
  html += Row("Orders", fmt::format("{}", report.orders));
  html += Row("On back order", fmt::format("{} units", report.back_ordered));
  html += Row("Ordered", money(report.ordered));
  html += Row("Invoiced", money(report.invoiced));
  html += Row("Credited", money(report.credited));
  html += Row("Rebates", money(report.rebates));
  html += "</table>\n<h2>Ordered, by month</h2>\n" + Chart(report);
  html += "<h2>Largest customers</h2>\n<table>\n";
  for (const TopCustomer& one : report.customers) html += Row(one.name, money(one.ordered));
  html += "</table>\n<h2>Stock</h2>\n<table>\n";
  for (const WarehouseStock& one : report.warehouses) {
    html += Row(one.name, fmt::format("{} on hand, {} promised", one.on_hand, one.allocated));
  }
  return html += "</table>\n</body>\n</html>\n";
}

}  // namespace distribution
