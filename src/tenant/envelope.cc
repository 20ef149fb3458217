// SPDX-License-Identifier: Apache-2.0
// The sealed fields, in this order: a version byte, 16 bytes of the envelope's own id, 16 of the
// tenant's, the end in microseconds (8 bytes, low one first), the traceparent (55 characters), the
// principal's kind (a byte), and its name and the purpose, each behind a byte of length.
#include "cordon/tenant/envelope.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <utility>

#include "cordon/store/error.h"
#include "cordon/tenant/directory.h"
#include "store/guard.h"
#include "store/text.h"
#include "tenant/directory_impl.h"

namespace cordon {

using internal::Error;
using internal::kMostRemembered;
using internal::OwnConnection;
using internal::OwnStatement;
using internal::Raw;

namespace {

constexpr std::string_view kPrefix = "cev1.";
constexpr char kVersion = 1;
constexpr std::size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kTraceParent = 55;
constexpr std::size_t kFixed = 1 + 16 + 16 + 8 + kTraceParent + 1 + 1 + 1;
constexpr std::size_t kLongest = kFixed + 255 + 255;
constexpr int kBase64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

// How far ahead of the receiver's clock an end may be: the longest life and an hour of difference.
constexpr std::int64_t kFarthestEnd = std::chrono::microseconds(std::chrono::hours(25)).count();

using EnvelopeId = std::array<std::byte, 16>;

struct Fields {
  EnvelopeId id;
  TenantId tenant;
  std::int64_t expires_us;
  TraceParent trace;
  Principal principal;
  std::string purpose;
};

absl::Status Invalid() {
  return Error(ErrorCode::kEnvelopeInvalid,
               "this is no envelope for this audience of this installation, or it was cut or "
               "altered: have the sender seal a new one");
}
absl::Status NoKey() {
  return Error(ErrorCode::kInvalidArgument,
               "a directory that was opened without the product has no key for envelopes: seal and "
               "open them on a platform");
}
absl::Status Expired() {
  return Error(ErrorCode::kEnvelopeExpired,
               "the envelope has ended: have the sender seal a new one, and compare the clocks of "
               "both machines if it is fresh");
}

unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
const unsigned char* Key(const Secret& key) {
  return reinterpret_cast<const unsigned char*>(key.Reveal().data());
}

std::string AdditionalData(Audience audience) {
  std::string data = "cordon.envelope.v1";
  data += '\0';
  data += audience.text();
  return data;
}

void AppendShort(std::string* to, std::string_view text) {
  *to += static_cast<char>(text.size());
  *to += text;
}

// Takes the front of `rest`; false when it is shorter than that.
bool Take(std::string_view* rest, std::size_t size, std::string_view* taken) {
  if (rest->size() < size) return false;
  *taken = rest->substr(0, size);
  rest->remove_prefix(size);
  return true;
}
bool TakeShort(std::string_view* rest, std::string_view* taken) {
  std::string_view size;
  return Take(rest, 1, &size) && Take(rest, static_cast<unsigned char>(size[0]), taken);
}

absl::StatusOr<Fields> Read(std::string_view plain) {
  std::string_view version;
  std::string_view id;
  std::string_view tenant;
  std::string_view end;
  std::string_view trace;
  std::string_view kind;
  std::string_view name;
  std::string_view purpose;
  const bool whole = Take(&plain, 1, &version) && version[0] == kVersion && Take(&plain, 16, &id) &&
                     Take(&plain, 16, &tenant) && Take(&plain, 8, &end) &&
                     Take(&plain, kTraceParent, &trace) && Take(&plain, 1, &kind) &&
                     TakeShort(&plain, &name) && TakeShort(&plain, &purpose) && plain.empty();
  if (!whole) return Invalid();
  EnvelopeId own{};
  std::transform(id.begin(), id.end(), own.begin(), [](char c) { return std::byte(c); });
  auto of = internal::TenantIdFrom(std::as_bytes(std::span(tenant)));
  auto from = TraceParent::Parse(trace);
  auto who = Principal::Of(static_cast<Principal::Kind>(kind[0]), name);
  if (!of.ok() || !from.ok() || !who.ok()) return Invalid();
  std::uint64_t expires = 0;
  for (std::size_t i = 0; i < end.size(); ++i) {
    expires |= static_cast<std::uint64_t>(static_cast<unsigned char>(end[i])) << (8 * i);
  }
  return Fields{
      own, *of, static_cast<std::int64_t>(expires), *from, *std::move(who), std::string(purpose)};
}

// Forgets what has ended, and notes how far: whatever ended before that is refused from then on,
// also after the clock was put back. Returns how many are still remembered.
absl::StatusOr<std::int64_t> Forget(OwnConnection& connection, const TenantId& tenant,
                                    std::int64_t now_us) {
  // In bounds: an envelope that is opened makes room for more than itself.
  OwnStatement ended(
      connection,
      "SELECT max(expires_us) FROM (SELECT expires_us FROM cordon_envelopes "
      "WHERE tenant_id = ?1 AND expires_us <= ?2 ORDER BY expires_us LIMIT 64) AS oldest");
  ended.Bind(1, Raw(tenant));
  ended.Bind(2, now_us);
  const std::int64_t floor = ended.Step() ? ended.Int(0) : 0;
  if (!ended.status().ok()) return ended.status();
  OwnStatement remove(connection,
                      "DELETE FROM cordon_envelopes WHERE tenant_id = ?1 AND expires_us <= ?2");
  remove.Bind(1, Raw(tenant));
  remove.Bind(2, floor);
  if (absl::Status removed = remove.Finish(); !removed.ok()) return removed;
  OwnStatement note(connection,
                    "INSERT INTO cordon_envelope_floors AS f VALUES (?1, ?2, 0) "
                    "ON CONFLICT(tenant_id) DO UPDATE SET remembered = f.remembered - ?3, "
                    "floor_us = CASE WHEN f.floor_us < ?2 THEN ?2 ELSE f.floor_us END");
  note.Bind(1, Raw(tenant));
  note.Bind(2, floor);
  note.Bind(3, remove.Changed());
  if (absl::Status noted = note.Finish(); !noted.ok()) return noted;
  OwnStatement count(connection,
                     "SELECT remembered FROM cordon_envelope_floors WHERE tenant_id = ?1");
  count.Bind(1, Raw(tenant));
  const std::int64_t remembered = count.Step() ? count.Int(0) : 0;
  if (!count.status().ok()) return count.status();
  return remembered;
}

// Remembers the envelope, or says why it must not be opened. REQUIRES: a write transaction.
absl::Status Remember(OwnConnection& connection, const Fields& fields, std::int64_t now_us) {
  OwnStatement opened(connection,
                      "SELECT 1 FROM cordon_envelopes WHERE tenant_id = ?1 AND expires_us = ?2 "
                      "AND id = ?3");
  opened.Bind(1, Raw(fields.tenant));
  opened.Bind(2, fields.expires_us);
  opened.Bind(3, std::span<const std::byte>(fields.id));
  const bool replayed = opened.Step();
  if (!opened.status().ok()) return opened.status();
  if (replayed) {
    return Error(ErrorCode::kEnvelopeReplayed,
                 "the envelope was opened before: an envelope is good for one message; have the "
                 "sender seal one for each");
  }
  auto remembered = Forget(connection, fields.tenant, now_us);
  if (!remembered.ok()) return remembered.status();
  if (*remembered >= kMostRemembered) {
    return Error(ErrorCode::kBudgetExceeded,
                 "the tenant has opened " + std::to_string(kMostRemembered) +
                     " envelopes that have not ended yet: seal them for a shorter time");
  }
  OwnStatement floor(connection,
                     "SELECT floor_us FROM cordon_envelope_floors WHERE tenant_id = ?1");
  floor.Bind(1, Raw(fields.tenant));
  const std::int64_t forgotten = floor.Step() ? floor.Int(0) : 0;
  if (!floor.status().ok()) return floor.status();
  if (fields.expires_us <= forgotten) return Expired();
  OwnStatement insert(connection, "INSERT INTO cordon_envelopes VALUES (?1, ?2, ?3)");
  insert.Bind(1, Raw(fields.tenant));
  insert.Bind(2, fields.expires_us);
  insert.Bind(3, std::span<const std::byte>(fields.id));
  if (absl::Status inserted = insert.Finish(); !inserted.ok()) return inserted;
  OwnStatement more(connection,
                    "UPDATE cordon_envelope_floors SET remembered = remembered + 1 "
                    "WHERE tenant_id = ?1");
  more.Bind(1, Raw(fields.tenant));
  return more.Finish();
}

}  // namespace

absl::StatusOr<std::string> TenantDirectory::Seal(const TenantContext& context, Audience audience,
                                                  SealOptions options) const {
  return internal::Guarded([&]() -> absl::StatusOr<std::string> {
    if (!impl_->envelope_key.has_value()) return NoKey();
    if (absl::Status valid = context.Check(); !valid.ok()) return valid;
    if (internal::ContextAccess::ProofOf(context)->issuer != impl_->store.identity()) {
      return Error(ErrorCode::kNotPermitted,
                   "the context was issued by another platform: seal it there");
    }
    if (options.lifetime < std::chrono::milliseconds(1) ||
        options.lifetime > std::chrono::hours(24)) {
      return Error(ErrorCode::kInvalidArgument,
                   "an envelope lives between a millisecond and 24 hours: seal a new one for each "
                   "message");
    }
    EnvelopeId id{};
    std::array<std::byte, kNonce> nonce{};
    for (const std::span<std::byte> random :
         {std::span<std::byte>(id), std::span<std::byte>(nonce)}) {
      if (absl::Status drawn = impl_->store.entropy()->Fill(random); !drawn.ok()) return drawn;
    }
    const auto expires = static_cast<std::uint64_t>(
        (impl_->store.clock()->Now() + options.lifetime).time_since_epoch().count());

    std::string plain;
    plain.reserve(kLongest);
    plain += kVersion;
    for (const std::byte byte : id) plain += static_cast<char>(byte);
    for (const std::byte byte : context.tenant().bytes()) plain += static_cast<char>(byte);
    for (int shift = 0; shift < 64; shift += 8)
      plain += static_cast<char>(expires >> shift & 0xFFU);
    plain += context.trace_parent().ToString();
    plain += static_cast<char>(context.principal().kind());
    AppendShort(&plain, context.principal().name());
    AppendShort(&plain, context.purpose());

    const std::string data = AdditionalData(audience);
    std::string sealed(kNonce + plain.size() + kTag, '\0');
    std::transform(nonce.begin(), nonce.end(), sealed.begin(),
                   [](std::byte byte) { return static_cast<char>(byte); });
    unsigned long long size = 0;
    crypto_aead_xchacha20poly1305_ietf_encrypt(
        Bytes(sealed) + kNonce, &size, Bytes(std::string_view(plain)), plain.size(),
        Bytes(std::string_view(data)), data.size(), nullptr, Bytes(std::string_view(sealed)),
        Key(*impl_->envelope_key));
    std::string text(kPrefix);
    const std::size_t written = sodium_base64_encoded_len(sealed.size(), kBase64);
    text.resize(kPrefix.size() + written);
    sodium_bin2base64(text.data() + kPrefix.size(), written, Bytes(std::string_view(sealed)),
                      sealed.size(), kBase64);
    text.pop_back();  // the terminating zero
    return text;
  });
}

absl::StatusOr<TenantContext> TenantDirectory::Unseal(std::string_view envelope, Audience audience,
                                                      UnsealOptions options) {
  if (!impl_->envelope_key.has_value()) return NoKey();
  const auto read = [&]() -> absl::StatusOr<Fields> {
    static const std::size_t longest =
        kPrefix.size() + sodium_base64_encoded_len(kNonce + kLongest + kTag, kBase64);
    if (!envelope.starts_with(kPrefix) || envelope.size() > longest) return Invalid();
    const std::string_view text = envelope.substr(kPrefix.size());
    // libsodium takes some characters beyond ASCII for others of the alphabet.
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '-' || c == '_';
    });
    std::string sealed(text.size(), '\0');
    std::size_t size = 0;
    if (!plain || sodium_base642bin(Bytes(sealed), sealed.size(), text.data(), text.size(), nullptr,
                                    &size, nullptr, kBase64) != 0) {
      return Invalid();
    }
    sealed.resize(size);
    if (size < kNonce + kTag + kFixed) return Invalid();
    const std::string data = AdditionalData(audience);
    std::string opened(size - kNonce - kTag, '\0');
    unsigned long long length = 0;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            Bytes(opened), &length, nullptr, Bytes(std::string_view(sealed)) + kNonce,
            size - kNonce, Bytes(std::string_view(data)), data.size(),
            Bytes(std::string_view(sealed)), Key(*impl_->envelope_key)) != 0) {
      return Invalid();
    }
    return Read(opened);
  };
  auto fields = internal::Guarded(read);
  if (!fields.ok()) {
    impl_->refused(nullptr, nullptr, {}, nullptr, fields.status());
    return fields.status();
  }
  const auto refuse = [&](absl::Status why) {
    impl_->refused(&fields->principal, &fields->tenant, fields->purpose, &fields->trace.trace(),
                   why);
    return why;
  };
  const std::int64_t now_us = impl_->store.clock()->Now().time_since_epoch().count();
  if (fields->expires_us <= now_us || fields->expires_us > now_us + kFarthestEnd) {
    return refuse(Expired());
  }
  const std::optional<TraceParent> trace = fields->trace;
  auto proof = impl_->Admit({fields->principal, fields->tenant, fields->purpose,
                             internal::Right::kMember, options.lifetime, trace});
  if (!proof.ok()) return proof.status();
  // Only what can be entered is used up, and only what is used up is entered.
  absl::Status remembered = impl_->store.Transact(
      [&](OwnConnection& connection) { return Remember(connection, *fields, now_us); });
  if (!remembered.ok()) return refuse(std::move(remembered));
  return internal::ContextAccess::Make(*std::move(proof));
}

}  // namespace cordon
