// SPDX-License-Identifier: Apache-2.0
// A token is base64url of: a version byte, 16 bytes of keyed BLAKE2b over what it belongs to and
// the payload, and the payload: for each term of the order a byte for its storage and its value.
#include "cordon/data/page.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "cordon/store/error.h"
#include "data/engine.h"
#include "store/guard.h"

namespace cordon::internal {
namespace {

constexpr std::size_t kMaxPayload = 4096;
constexpr std::int64_t kMaxRows = 10'000;
constexpr char kVersion = 1;
constexpr int kBase64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

void Append(std::string* to, std::uint64_t number) {
  for (int shift = 0; shift < 64; shift += 8) *to += static_cast<char>(number >> shift & 0xFFU);
}
std::uint64_t NumberAt(std::string_view bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    number |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return number;
}

// Storage, then eight bytes of number or length, then the bytes.
void Append(std::string* to, const SqlValue& value) {
  *to += static_cast<char>(value.storage);
  switch (value.storage) {
    case SqlValue::kNull:
      break;
    case SqlValue::kInteger:
      Append(to, static_cast<std::uint64_t>(value.integer));
      break;
    case SqlValue::kReal: {
      std::uint64_t bits = 0;
      std::memcpy(&bits, &value.real, sizeof bits);
      Append(to, bits);
      break;
    }
    case SqlValue::kZonedTime:
      Append(to, static_cast<std::uint64_t>(value.zoned->at.time_since_epoch().count()));
      Append(to, value.zoned->zone.size());
      to->append(value.zoned->zone);
      break;
    case SqlValue::kText:
    case SqlValue::kBlob:
      Append(to, value.size);
      to->append(value.Bytes());
      break;
  }
}

bool Fits(SqlValue::Storage storage, SqlType type) {
  switch (storage) {
    case SqlValue::kNull:
      return type.nullable;
    case SqlValue::kText:
      return type.kind == SqlType::kText;
    case SqlValue::kBlob:
      return type.kind == SqlType::kBlob;
    case SqlValue::kInteger:
      return type.kind != SqlType::kText && type.kind != SqlType::kBlob;
    case SqlValue::kReal:
    case SqlValue::kZonedTime:
      break;
  }
  return false;
}

absl::Status ForeignToken() {
  return Error(ErrorCode::kInvalidArgument,
               "the page's token is not one of this list: begin with the first page");
}

}  // namespace

absl::Status PagePlace::Open(const TransactionCore& core, std::uint64_t list,
                             std::span<const SqlValue> arguments, std::span<const SqlType> terms,
                             const PageRequest& request) {
  if (request.rows < 1 || request.rows > kMaxRows) {
    return Error(ErrorCode::kInvalidArgument, "a page has 1 to 10,000 rows: ask for as many");
  }
  return Guarded([&]() -> absl::Status {
    terms_ = terms.size();
    key_ = core.engine().page_key();
    const TenantId::Bytes& tenant = core.tenant();
    bound_.assign(reinterpret_cast<const char*>(tenant.data()), tenant.size());
    Append(&bound_, list);
    for (const SqlValue& argument : arguments) Append(&bound_, argument);
    values_.assign(arguments.begin(), arguments.end());
    if (request.after.empty()) {
      values_.resize(values_.size() + terms.size());
    } else {
      paging_ = Paging::kNext;
      // What is longer than any token is not worth looking at; libsodium takes some characters
      // beyond ASCII for others of the alphabet.
      const bool plain = std::all_of(request.after.begin(), request.after.end(), [](char c) {
        return ClassOf(c) >= CharClasses::kLetter || c == '-';
      });
      if (!plain || request.after.size() > 2 * kMaxPayload) return ForeignToken();
      received_.resize(request.after.size());
      std::size_t size = 0;
      if (sodium_base642bin(reinterpret_cast<unsigned char*>(received_.data()), received_.size(),
                            request.after.data(), request.after.size(), nullptr, &size, nullptr,
                            kBase64) != 0) {
        return ForeignToken();
      }
      received_.resize(size);
      if (!Read(terms)) return ForeignToken();
    }
    // One more tells whether there is a next page.
    values_.push_back(SqlValue::Integer(request.rows + 1));
    return absl::OkStatus();
  });
}

// Checks what was received, and takes the values of the order from it.
bool PagePlace::Read(std::span<const SqlType> terms) {
  constexpr std::size_t kHead = 1 + sizeof key_;
  if (received_.size() < kHead || received_[0] != kVersion) return false;
  payload_ = received_.substr(kHead);
  const auto seal = Seal();
  if (sodium_memcmp(seal.data(), received_.data() + 1, seal.size()) != 0) return false;
  std::string_view rest(received_);
  rest.remove_prefix(kHead);
  for (const SqlType& term : terms) {
    if (rest.empty()) return false;
    SqlValue value;
    const auto storage = static_cast<SqlValue::Storage>(rest[0]);
    rest.remove_prefix(1);
    if (!Fits(storage, term)) return false;
    if (storage != SqlValue::kNull) {
      if (rest.size() < 8) return false;
      const std::uint64_t number = NumberAt(rest);
      rest.remove_prefix(8);
      if (storage == SqlValue::kInteger) {
        value = SqlValue::Integer(static_cast<std::int64_t>(number));
      } else {
        if (number > rest.size()) return false;
        const auto size = static_cast<std::size_t>(number);
        value = storage == SqlValue::kText ? SqlValue::Text(rest.substr(0, size))
                                           : SqlValue::Blob(rest.data(), size);
        rest.remove_prefix(size);
      }
    }
    values_.push_back(value);
  }
  return rest.empty();
}

std::array<unsigned char, 16> PagePlace::Seal() const {
  std::array<unsigned char, 16> seal{};
  crypto_generichash_state state;
  crypto_generichash_init(&state, key_.data(), key_.size(), seal.size());
  const auto add = [&](const std::string& part) {
    std::string size;
    Append(&size, part.size());
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(size.data()),
                              size.size());
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(part.data()),
                              part.size());
  };
  add(bound_);
  add(payload_);
  crypto_generichash_final(&state, seal.data(), seal.size());
  return seal;
}

absl::Status PagePlace::Note(const Cursor& cursor, std::size_t column) {
  return Guarded([&]() -> absl::Status {
    payload_.clear();
    for (std::size_t i = 0; i < terms_; ++i) {
      const SqlValue value = cursor.Column(column + i);
      if (payload_.size() + value.size > kMaxPayload) {
        return Error(
            ErrorCode::kValueOutOfRange,
            "what the page is ordered by is too long for a token: order by shorter values");
      }
      Append(&payload_, value);
    }
    return absl::OkStatus();
  });
}

std::string PagePlace::Token() const {
  std::string token(1, kVersion);
  const auto seal = Seal();
  token.append(reinterpret_cast<const char*>(seal.data()), seal.size());
  token += payload_;
  std::string text(sodium_base64_encoded_len(token.size(), kBase64), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(token.data()),
                    token.size(), kBase64);
  text.resize(std::strlen(text.c_str()));
  return text;
}

}  // namespace cordon::internal
