// SPDX-License-Identifier: Apache-2.0
//
// Which distributed trace an act belongs to: W3C Trace Context, level 1
// (https://www.w3.org/TR/trace-context/).
//
// Guarantees: a traceparent is taken apart as the recommendation says, and nothing else is:
// hexadecimal
//   digits in lower case, no zero ids, version ff refused, later versions read as far as version 00
//   goes. What is written is always version 00, with no flag set but "sampled".
// Not guaranteed: that the sender is whom it claims to be. A trace says what belongs together; it
//   grants nothing, and no decision of Cordon's depends on it. `tracestate` and `baggage` are not
//   read at all: what a tenant must be able to trust travels in an envelope (envelope.h).
// Thread safety: thread-safe; immutable values.
// Ownership and lifetime: values of 16 and 25 bytes.
// Errors: kInvalidArgument; kInternal when the random generator fails.
//
//   auto trace = cordon::TraceParent::Parse(request.header("traceparent"));
//   platform->Enter(who, tenant, purpose, {.trace = trace.ok() ? std::optional(*trace) :
//   std::nullopt});
#ifndef CORDON_TENANT_TRACE_H_
#define CORDON_TENANT_TRACE_H_

#include <array>
#include <compare>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "cordon/store/entropy.h"

namespace cordon {

// 16 bytes, written as 32 lower-case hexadecimal digits, never all zero.
class TraceId {
 public:
  [[nodiscard]] static absl::StatusOr<TraceId> Parse(std::string_view text);
  [[nodiscard]] static absl::StatusOr<TraceId> Draw(Entropy& entropy);
  [[nodiscard]] std::string ToString() const;
  friend auto operator<=>(const TraceId&, const TraceId&) = default;

 private:
  friend class TraceParent;
  using Bytes = std::array<unsigned char, 16>;
  explicit TraceId(const Bytes& bytes) : bytes_(bytes) {}
  Bytes bytes_;
};

// The place in a trace from which a call came: the trace, the caller's span, and whether the caller
// may be recording it. Cordon opens no spans: it passes on what it was given.
class TraceParent {
 public:
  // The value of the header, without white space around it.
  [[nodiscard]] static absl::StatusOr<TraceParent> Parse(std::string_view header);
  // The beginning of a trace that nobody records.
  [[nodiscard]] static absl::StatusOr<TraceParent> Draw(Entropy& entropy);
  // For a span of the host's own in `trace`; `span`: 16 lower-case hexadecimal digits.
  [[nodiscard]] static absl::StatusOr<TraceParent> Of(const TraceId& trace, std::string_view span,
                                                      bool sampled);

  [[nodiscard]] const TraceId& trace() const { return trace_; }
  [[nodiscard]] bool sampled() const { return sampled_; }
  // For the header of a call that this work makes.
  [[nodiscard]] std::string ToString() const;
  friend auto operator<=>(const TraceParent&, const TraceParent&) = default;

 private:
  using Span = std::array<unsigned char, 8>;
  TraceParent(const TraceId& trace, const Span& span, bool sampled)
      : trace_(trace), span_(span), sampled_(sampled) {}
  TraceId trace_;
  Span span_;
  bool sampled_;
};

}  // namespace cordon

#endif  // CORDON_TENANT_TRACE_H_
