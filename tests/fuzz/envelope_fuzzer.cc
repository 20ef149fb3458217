// SPDX-License-Identifier: Apache-2.0
//
// Any bytes at all as an envelope, and as changes to a good one. What must hold: what the platform
// did not seal is kEnvelopeInvalid with one and the same text, and uses nothing up; traceparents
// that are read are written as they were.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cordon/cordon.h"

namespace {

using cordon::Audience;

struct Line {
  std::int64_t id = 0;
};
struct Shop {
  static constexpr auto kSchema =
      cordon::Schema{cordon::TenantTable<Line>("lines").Key<&Line::id>("id")};
};

[[noreturn]] void Broken(std::string_view rule) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(rule.size()), rule.data());
  std::abort();
}
template <class T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) Broken(std::string(value.status().message()));
  return *std::move(value);
}

class World {
 public:
  World() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cordon_fuzz_XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    platform_ = Must(cordon::Platform<Shop>::Open({.path = directory_ + "/fuzz.db"}));
    const cordon::Principal user = Must(cordon::Principal::User("fuzz"));
    const cordon::TenantId id = Must(platform_->tenants().Create("tenant"));
    (void)platform_->tenants().AddMember(id, user);
    context_.emplace(
        Must(platform_->Enter(cordon::AssertVerified(user), id, cordon::Purpose("fuzz"),
                              {.lifetime = std::chrono::hours(24)})));
    good_ = Seal();
    refusal_ = platform_->tenants().Unseal("", Audience("fuzz")).status().ToString();
  }
  ~World() {
    context_.reset();
    platform_.reset();
    std::filesystem::remove_all(directory_);
  }

  void Try(std::string_view bytes) {
    Refused(bytes);
    Refused("cev1." + std::string(bytes));
    std::string altered = good_;
    for (std::size_t i = 0; i < bytes.size() && i < altered.size(); ++i) {
      altered[i] = static_cast<char>(altered[i] ^ bytes[i]);
    }
    if (altered != good_) Refused(altered);
    if (!bytes.empty()) {
      const std::size_t cut = static_cast<unsigned char>(bytes[0]) % good_.size();
      Refused(good_.substr(0, cut));
      const std::string other = good_.substr(0, cut) + std::string(bytes.substr(1));
      if (other != good_) Refused(other);
    }
    if (++tries_ % 4096 == 0) {
      if (!platform_->tenants().Unseal(Seal(), Audience("fuzz")).ok())
        Broken("a good one is refused");
    }
    if (const auto trace = cordon::TraceParent::Parse(bytes); trace.ok()) {
      if (cordon::TraceParent::Parse(trace->ToString()) != trace) Broken("a trace has changed");
    }
  }

 private:
  std::string Seal() const {
    return Must(platform_->tenants().Seal(*context_, Audience("fuzz"),
                                          {.lifetime = std::chrono::hours(24)}));
  }
  void Refused(std::string_view text) const {
    const auto opened = platform_->tenants().Unseal(text, Audience("fuzz"));
    if (opened.ok()) Broken("an envelope was opened that nobody sealed");
    if (opened.status().ToString() != refusal_) Broken(opened.status().ToString());
  }

  std::string directory_;
  std::unique_ptr<cordon::Platform<Shop>> platform_;
  std::optional<cordon::TenantContext> context_;
  std::string good_;
  std::string refusal_;
  std::uint64_t tries_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  world.Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
