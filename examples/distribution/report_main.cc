// SPDX-License-Identifier: Apache-2.0
// Writes the report of one dealer: whichever dealer the envelope was sealed for. This process is
// told neither a tenant nor a person, and can name none.
//
//   distribution_report FILE ENVELOPE OUT
//
// reads the envelope from the file ENVELOPE, since every process can read a command line, and
// writes OUT.txt and OUT.html.

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "report.h"
#include "report_data.h"
#include "schema.h"

namespace distribution {
namespace {

absl::StatusOr<std::string> ReadEnvelope(const std::string& file) {
  constexpr std::size_t kMaxBytes = 4096;
  std::ifstream in(file, std::ios::binary);
  std::string text(kMaxBytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.empty()) return absl::NotFoundError("there is no envelope: ask for a new one");
  return text;
}

absl::Status Write(const std::string& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  if (!(out << text).flush()) return absl::UnavailableError("the report cannot be written");
  return absl::OkStatus();
}

absl::Status Report(const std::string& file, const std::string& envelope, const std::string& out) {
  const absl::StatusOr<std::string> text = ReadEnvelope(envelope);
  if (!text.ok()) return text.status();
  const absl::StatusOr<std::unique_ptr<ErpPlatform>> platform = ErpPlatform::Open({.path = file});
  if (!platform.ok()) return platform.status();
  const absl::StatusOr<cordon::TenantContext> context =
      (*platform)->tenants().Unseal(*text, cordon::Audience("reporting"));
  if (!context.ok()) return context.status();
  absl::StatusOr<DealerReport> report;
  const absl::Status read =
      cordon::WithTenant(**platform, *context, [&](auto& dealer) -> absl::Status {
        report = ReadReport(dealer);
        return report.status();
      });
  if (!read.ok()) return read;
  if (absl::Status written = Write(out + ".txt", ReportAsText(*report)); !written.ok()) {
    return written;
  }
  return Write(out + ".html", ReportAsHtml(*report));
}

}  // namespace
}  // namespace distribution

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: distribution_report FILE ENVELOPE OUT\n");
    return EXIT_FAILURE;
  }
  const absl::Status done = distribution::Report(argv[1], argv[2], argv[3]);
  if (done.ok()) return EXIT_SUCCESS;
  fmt::print(stderr, "distribution_report: {}\n", std::string(done.message()));
  return EXIT_FAILURE;
}
