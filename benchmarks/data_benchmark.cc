// SPDX-License-Identifier: Apache-2.0
//
// What a scoped point read costs, beside the same read written by hand against the SQLite C API:
// the same file, tables, key types and pragmas, a prepared statement, WHERE tenant_id = ?. And
// beside SQLiteCpp, the wrapper that a C++ host would otherwise take.
#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <new>
#include <optional>
#include <string>

#include "compare.h"
#include "cordon/cordon.h"

// Counts what C++ code allocates; SQLite has its own allocator.
namespace {
std::atomic<std::int64_t> allocations = 0;
}  // namespace
// GCC inlines these and then sees free() meet operator new.
#pragma GCC diagnostic push
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif
void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* block = std::malloc(size)) return block;
  throw std::bad_alloc();
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
#pragma GCC diagnostic pop

namespace {

using cordon::as;
using cordon::TenantId;
using namespace cordon::literals;

struct Price {
  std::int64_t product = 0;
  std::string sku;
  cordon::Decimal<4> amount;
  std::optional<std::string> note;
};

struct Shop {
  static constexpr auto kSchema = cordon::Schema{cordon::TenantTable<Price>("prices")
                                                     .Key<&Price::product>("product")
                                                     .Column<&Price::sku>("sku")
                                                     .Column<&Price::amount>("amount")
                                                     .Column<&Price::note>("note")};
};

constexpr int kTenants = 20;
constexpr int kRows = 1000;

[[noreturn]] void Die(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}
template <class T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) Die(value.status());
  return *std::move(value);
}

// One file for both sides.
class World {
 public:
  static World& Get() {
    static World world;
    return world;
  }

  cordon::Session<Shop>& session() { return *session_; }
  const cordon::Platform<Shop>& platform() { return *platform_; }
  const cordon::TenantContext& context() { return *context_; }
  sqlite3* raw() { return raw_; }
  sqlite3_stmt* read() { return read_; }
  const TenantId::Bytes& tenant() { return tenant_->bytes(); }

  ~World() {
    sqlite3_finalize(read_);
    sqlite3_close(raw_);
    session_.reset();
    platform_.reset();
    std::filesystem::remove_all(directory_);
  }

 private:
  World() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cordon_bench_XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    const std::string path = directory_ + "/bench.db";
    platform_ = Must(cordon::Platform<Shop>::Open({.path = path}));
    const cordon::Principal user = Must(cordon::Principal::User("bench"));
    for (int t = 0; t < kTenants; ++t) {
      const TenantId id = Must(platform_->tenants().Create("tenant"));
      if (absl::Status added = platform_->tenants().AddMember(id, user); !added.ok()) Die(added);
      context_ = Must(platform_->Enter(cordon::AssertVerified(user), id, cordon::Purpose("bench"),
                                       {.lifetime = std::chrono::hours(1)}));
      tenant_ = id;
      session_ = Must(platform_->OpenSession(*context_));
      absl::Status filled = session_->Transaction([&](auto& tx) -> absl::Status {
        for (int row = 0; row < kRows; ++row) {
          absl::Status inserted = tx.Insert(Price{row, "SKU-" + std::to_string(row),
                                                  cordon::Decimal<4>::FromUnits(row * 100), "net"});
          if (!inserted.ok()) return inserted;
        }
        return absl::OkStatus();
      });
      if (!filled.ok()) Die(filled);
    }
    Raw(sqlite3_open_v2(path.c_str(), &raw_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr));
    for (const char* pragma :
         {"PRAGMA synchronous=FULL", "PRAGMA temp_store=MEMORY", "PRAGMA mmap_size=0",
          "PRAGMA cell_size_check=ON", "PRAGMA foreign_keys=ON", "PRAGMA query_only=ON"}) {
      Raw(sqlite3_exec(raw_, pragma, nullptr, nullptr, nullptr));
    }
    Raw(sqlite3_prepare_v3(raw_,
                           "SELECT product, sku, amount, note FROM prices "
                           "WHERE tenant_id = ? AND product = ?",
                           -1, SQLITE_PREPARE_PERSISTENT, &read_, nullptr));
  }
  static void Raw(int code) {
    if (code != SQLITE_OK) std::abort();
  }

  std::string directory_;
  std::unique_ptr<cordon::Platform<Shop>> platform_;
  std::optional<TenantId> tenant_;
  std::optional<cordon::TenantContext> context_;
  std::optional<cordon::Session<Shop>> session_;
  sqlite3* raw_ = nullptr;
  sqlite3_stmt* read_ = nullptr;
};

// What a careful hand would write.
bool ReadByHand(World& world, std::int64_t product, Price* price) {
  sqlite3_stmt* const read = world.read();
  sqlite3_bind_blob(read, 1, world.tenant().data(), 16, SQLITE_STATIC);
  sqlite3_bind_int64(read, 2, product);
  const bool found = sqlite3_step(read) == SQLITE_ROW;
  if (found) {
    const auto text = [&](int column) {
      return std::string_view(reinterpret_cast<const char*>(sqlite3_column_text(read, column)),
                              static_cast<std::size_t>(sqlite3_column_bytes(read, column)));
    };
    price->product = sqlite3_column_int64(read, 0);
    price->sku = text(1);
    price->amount = cordon::Decimal<4>::FromUnits(sqlite3_column_int64(read, 2));
    if (sqlite3_column_type(read, 3) == SQLITE_NULL) {
      price->note.reset();
    } else {
      price->note = text(3);
    }
  }
  sqlite3_reset(read);
  return found;
}

constexpr std::int64_t Next(std::int64_t product) { return (product + 7) % kRows; }

void PointReadCordon(benchmark::State& state) {
  auto& tenant = World::Get().session();
  std::int64_t product = 0;
  for (auto _ : state) {
    auto price = tenant.One(as<Price>, "SELECT * FROM prices WHERE product = ?"_sql,
                            product = Next(product));
    if (!price.ok()) state.SkipWithError(price.status().ToString().c_str());
    benchmark::DoNotOptimize(price);
  }
}
BENCHMARK(PointReadCordon)->Name("data.point_read.vs_handwritten/cordon");

void PointReadBaseline(benchmark::State& state) {
  World& world = World::Get();
  std::int64_t product = 0;
  for (auto _ : state) {
    Price price;
    if (!ReadByHand(world, product = Next(product), &price)) state.SkipWithError("no row");
    benchmark::DoNotOptimize(price);
  }
}
BENCHMARK(PointReadBaseline)->Name("data.point_read.vs_handwritten/baseline");

// Through SQLiteCpp, as its documentation shows it: a kept statement, named accessors.
void PointReadSqliteCpp(benchmark::State& state) {
  World& world = World::Get();
  SQLite::Database database(sqlite3_db_filename(world.raw(), "main"), SQLite::OPEN_READONLY);
  database.exec("PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0; PRAGMA cell_size_check=ON");
  SQLite::Statement read(database,
                         "SELECT product, sku, amount, note FROM prices "
                         "WHERE tenant_id = ? AND product = ?");
  std::int64_t product = 0;
  for (auto _ : state) {
    Price price;
    read.bindNoCopy(1, world.tenant().data(), 16);
    read.bind(2, product = Next(product));
    if (!read.executeStep()) state.SkipWithError("no row");
    price.product = read.getColumn(0).getInt64();
    price.sku = read.getColumn(1).getString();
    price.amount = cordon::Decimal<4>::FromUnits(read.getColumn(2).getInt64());
    if (const SQLite::Column note = read.getColumn(3); !note.isNull()) {
      price.note = note.getString();
    }
    read.reset();
    benchmark::DoNotOptimize(price);
  }
}
BENCHMARK(PointReadCordon)->Name("data.point_read.vs_sqlitecpp/cordon");
BENCHMARK(PointReadSqliteCpp)->Name("data.point_read.vs_sqlitecpp/baseline");

void PointReadTxCordon(benchmark::State& state) {
  auto& tenant = World::Get().session();
  std::int64_t product = 0;
  const absl::Status done = tenant.Read([&](auto& tx) -> absl::Status {
    for (auto _ : state) {
      auto price =
          tx.One(as<Price>, "SELECT * FROM prices WHERE product = ?"_sql, product = Next(product));
      if (!price.ok()) return price.status();
      benchmark::DoNotOptimize(price);
    }
    return absl::OkStatus();
  });
  if (!done.ok()) state.SkipWithError(done.ToString().c_str());
}
BENCHMARK(PointReadTxCordon)->Name("data.point_read_tx.vs_handwritten/cordon");

void PointReadTxBaseline(benchmark::State& state) {
  World& world = World::Get();
  std::int64_t product = 0;
  sqlite3_exec(world.raw(), "BEGIN", nullptr, nullptr, nullptr);
  for (auto _ : state) {
    Price price;
    if (!ReadByHand(world, product = Next(product), &price)) state.SkipWithError("no row");
    benchmark::DoNotOptimize(price);
  }
  sqlite3_exec(world.raw(), "COMMIT", nullptr, nullptr, nullptr);
}
BENCHMARK(PointReadTxBaseline)->Name("data.point_read_tx.vs_handwritten/baseline");

void OpenSession(benchmark::State& state) {
  World& world = World::Get();
  for (auto _ : state) {
    auto session = world.platform().OpenSession(world.context());
    if (!session.ok()) state.SkipWithError("no session");
    benchmark::DoNotOptimize(session);
  }
}
BENCHMARK(OpenSession)->Name("tenant.open_session_ns");

// Cordon's own allocations for one read in steady state; the row's texts fit into their strings.
void PointReadAllocations(benchmark::State& state) {
  auto& tenant = World::Get().session();
  std::int64_t product = 0;
  const auto read = [&] {
    auto price = tenant.One(as<Price>, "SELECT * FROM prices WHERE product = ?"_sql,
                            product = Next(product));
    if (!price.ok()) state.SkipWithError("no row");
  };
  read();
  const std::int64_t before = allocations.load();
  for (auto _ : state) read();
  const auto made = static_cast<double>(allocations.load() - before);
  state.counters["value"] = made / static_cast<double>(state.iterations());
}
BENCHMARK(PointReadAllocations)->Name("data.point_read_allocations");

}  // namespace

int main(int argc, char** argv) { return cordon::bench::Main(argc, argv); }
