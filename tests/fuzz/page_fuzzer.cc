// SPDX-License-Identifier: Apache-2.0
//
// Any bytes at all as the token of a page, as tenant A beside tenant B. What must hold: a token
// that was not made for this list is kInvalidArgument, whatever it looks like, and so is one that
// was altered; rows are A's, and never more than were asked for.
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

using namespace cordon::literals;
using cordon::as;

struct Line {
  std::int64_t id = 0;
  std::string name;
  std::optional<std::int64_t> rank;
};
struct Shop {
  static constexpr auto kSchema = cordon::Schema{cordon::TenantTable<Line>("lines")
                                                     .Key<&Line::id>("id")
                                                     .Column<&Line::name>("name")
                                                     .Column<&Line::rank>("rank_no")};
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
    a_.emplace(Enter("mine"));
    b_.emplace(Enter("CANARY-B"));
    token_ = Must(Read(*a_, "")).next;
    if (token_.empty()) Broken("there is no second page");
  }
  ~World() {
    a_.reset();
    b_.reset();
    platform_.reset();
    std::filesystem::remove_all(directory_);
  }

  void Try(std::string_view bytes) {
    Check(*a_, std::string(bytes));
    Check(*b_, token_);
    // The bytes over a good token.
    std::string altered = token_;
    for (std::size_t i = 0; i < bytes.size() && i < altered.size(); ++i) {
      altered[i] = static_cast<char>(altered[i] ^ bytes[i]);
    }
    Check(*a_, altered);
  }

 private:
  using Session = cordon::Session<Shop>;
  static absl::StatusOr<cordon::Page<Line, cordon::Unbranded>> Read(const Session& session,
                                                                    std::string token) {
    return session.ReadPage(as<Line>, "SELECT * FROM lines ORDER BY rank_no DESC, name"_sql,
                            {.rows = 2, .after = std::move(token)});
  }
  void Check(const Session& session, const std::string& token) {
    const auto page = Read(session, token);
    const bool own = token.empty() || (token == token_ && session.tenant() == a_->tenant());
    if (page.ok() != own) Broken(own ? "a good token is refused" : "a token was let in");
    if (!page.ok()) {
      if (cordon::CodeOf(page.status()) != cordon::ErrorCode::kInvalidArgument) {
        Broken("a token is refused with another code");
      }
      return;
    }
    if (page->rows.size() > 2) Broken("more rows than were asked for");
    for (const auto& row : page->rows) {
      if ((row->name == "CANARY-B") != (session.tenant() == b_->tenant())) Broken("a foreign row");
    }
  }
  Session Enter(const char* mark) {
    const auto user = Must(cordon::Principal::User("fuzz"));
    const auto tenant = Must(platform_->tenants().Create(mark));
    if (!platform_->tenants().AddMember(tenant, user).ok()) Broken("no member");
    const auto context =
        Must(platform_->Enter(cordon::AssertVerified(user), tenant, cordon::Purpose("fuzz"),
                              {.lifetime = std::chrono::hours(24)}));
    Session session = Must(platform_->OpenSession(context));
    for (std::int64_t id = 1; id < 8; ++id) {
      Line line{id, mark, std::nullopt};
      if (id % 2 == 0) line.rank = id / 3;
      if (!session.Insert(line).ok()) Broken("no row");
    }
    return session;
  }

  std::string directory_;
  std::unique_ptr<cordon::Platform<Shop>> platform_;
  std::optional<Session> a_;
  std::optional<Session> b_;
  std::string token_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  world.Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
