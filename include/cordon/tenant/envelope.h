// SPDX-License-Identifier: Apache-2.0
//
// How a TenantContext crosses from one process to another: in an envelope, a text that the sender's
// platform seals for one audience and that the receiver's platform opens once.
//
// Guarantees: an envelope opens only on a platform of the same installation, for the audience that
//   it was sealed for, once, and before it ends; what is forged, cut, altered or meant for another
//   audience is kEnvelopeInvalid. It opens as a context for the same tenant, principal and purpose,
//   in the same trace, and only if that principal may still enter: a member that was removed
//   or a tenant that was suspended meanwhile is refused as in Enter(). Which envelopes were opened
//   is remembered in the file, until they have ended: across restarts, for all processes, and for
//   no clock that jumps: whatever it says, none opens twice. The memory is bounded, for each tenant
//   by itself. Nothing of it can be read on the way: tenant, principal and purpose are encrypted.
// Not guaranteed: that two files of one installation which serve the same audience know of each
//   other: give each an audience of its own. That the message beside the envelope is what the
//   sender wrote: an envelope says who, not what. That a file which was restored from a backup
//   remembers what was opened since. Baggage and tracestate are not carried.
// Thread safety: as TenantDirectory's.
// Ownership and lifetime: a text.
// Errors: Seal(): those of TenantContext::Check(), kNotPermitted for a context of another
//   platform. Unseal(): kEnvelopeInvalid, kEnvelopeExpired, kEnvelopeReplayed, kBudgetExceeded when
//   too many envelopes of the tenant are being remembered, and those of Enter().
//
//   auto envelope = platform->tenants().Seal(*context, cordon::Audience("reporting"));
//   // … in the reporting process:
//   auto context = platform->tenants().Unseal(text, cordon::Audience("reporting"));
//
// The format: "cev1." and base64url (RFC 4648, without padding) of a 24-byte nonce and
// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) of the fields, under a key that is derived for
// this purpose from the installation's secret, or from the file's own number where there is none.
// The additional data is the format's name and the audience.
#ifndef CORDON_TENANT_ENVELOPE_H_
#define CORDON_TENANT_ENVELOPE_H_

#include <chrono>
#include <cstddef>
#include <string_view>

#include "cordon/tenant/principal.h"

namespace cordon {

// Who is to open an envelope: a constant of the host's code such as "reporting", as a Purpose is.
class Audience {
 public:
  template <std::size_t N>
  consteval explicit Audience(const char (&text)[N])  // cordon: it is constant: write it out
      : text_(text, N - 1) {
    if (!internal::IsWord(text_)) {
      internal::RefuseWord(
          "cordon: an audience is 1 to 64 characters of a-z, 0-9, dot, dash and underscore: choose "
          "such a word");
    }
  }
  [[nodiscard]] std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

struct SealOptions {
  // How long it can be opened; a millisecond to 24 hours, by the wall clocks of both sides.
  std::chrono::milliseconds lifetime = std::chrono::minutes(5);
};

struct UnsealOptions {
  // How long the context can be used, as in EnterOptions.
  std::chrono::milliseconds lifetime = std::chrono::minutes(15);
};

}  // namespace cordon

#endif  // CORDON_TENANT_ENVELOPE_H_
