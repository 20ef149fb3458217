// SPDX-License-Identifier: Apache-2.0
//
// What the second lock on PostgreSQL costs, against libpq by hand: prepared statements in
// pipelines, the filter written out, and no row-level security. Wall-clock time, since the work is
// the server's; the server is one of this program's own, on this machine.
#include <libpq-fe.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "compare.h"
#include "data/postgres/row_lock.h"
#include "support/postgres_server.h"

namespace cordon::bench {
namespace {

using cordon_test::PostgresServer;
using internal::PgAccess;
using internal::PgArguments;
using internal::PgConnection;
using internal::PgRows;
using internal::PgTable;
using internal::PgThen;

void Must(bool ok, const std::string& what) {
  if (!ok) throw std::runtime_error(what);
}

TenantId TenantOf(int number) {
  TenantId::Bytes bytes{};
  bytes.fill(static_cast<std::byte>(number + 1));
  return *TenantId::FromBytes(bytes);
}

constexpr int kTenants = 100;
int Rows() { return smoke ? 100 : 2'000; }  // of each tenant

PostgresOptions Options() {
  PostgresOptions options;
  options.conninfo = PostgresServer::Get().Conninfo("bench");
  options.owner_role = "bench_owner";
  options.runtime_role = "bench_app";
  return options;
}

std::unique_ptr<PgConnection> Connect(const std::string& role) {
  auto opened = PgConnection::Open(Options(), role,
                                   std::chrono::steady_clock::now() + std::chrono::seconds(10));
  Must(opened.ok(), std::string(opened.status().message()));
  return *std::move(opened);
}

// `items` under the lock, `plain_items` the same without one.
void MakeWorld() {
  static const bool made = [] {
    auto& server = PostgresServer::Get();
    server.Sql("CREATE ROLE bench_owner LOGIN");
    server.Sql("CREATE ROLE bench_app LOGIN");
    server.Sql("CREATE ROLE bench_plain LOGIN");
    server.Sql("CREATE DATABASE bench OWNER bench_owner");
    server.Sql(*internal::PgHardenStatements(Options()), "bench");
    for (const std::string table : {"items", "plain_items"}) {
      server.Sql("CREATE TABLE " + table +
                     " (tenant_id uuid NOT NULL, id int8 NOT NULL, name text NOT NULL, price int8 "
                     "NOT NULL, PRIMARY KEY (tenant_id, id)); ALTER TABLE " +
                     table + " OWNER TO bench_owner; INSERT INTO " + table +
                     " SELECT repeat(lpad(to_hex(t), 2, '0'), 16)::uuid, i, 'item ' || i, i FROM "
                     "generate_series(1, " +
                     std::to_string(kTenants) + ") t, generate_series(1, " +
                     std::to_string(Rows()) + ") i; ANALYZE " + table,
                 "bench");
    }
    const auto owner = Connect("bench_owner");
    const std::vector<PgTable> tables = {{.schema = "public", .name = "items"}};
    Must(internal::PgInstall(*owner, Options(), tables).ok(), "install");
    server.Sql(
        "GRANT CONNECT ON DATABASE bench TO bench_plain; GRANT USAGE ON SCHEMA public TO "
        "bench_plain; GRANT SELECT ON plain_items TO bench_plain",
        "bench");
    server.Sql("VACUUM", "bench");
    return true;
  }();
  (void)made;
}

// Time on the wall for each iteration.
template <class Act>
void Measure(benchmark::State& state, const Act& act) {
  std::mt19937 random(1);
  const auto begin = std::chrono::steady_clock::now();
  for (auto _ : state) {
    act(static_cast<int>(random() % kTenants),
        static_cast<std::int64_t>(random() % static_cast<unsigned>(Rows())) + 1);
  }
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
  state.counters["value"] = took.count() / static_cast<double>(state.iterations());
}

void PointRead(benchmark::State& state, std::string_view text, bool names_tenant) {
  MakeWorld();
  const auto connection = Connect("bench_app");
  Measure(state, [&](int tenant, std::int64_t id) {
    Must(connection->Begin(TenantOf(tenant), PgAccess::kRead).ok(), "begin");
    PgArguments arguments;
    if (names_tenant) arguments.Id(TenantOf(tenant));
    const auto rows = connection->Run(text, arguments.Integer(id), PgThen::kCommit);
    Must(rows.ok() && rows->rows() == 1, "read");
  });
}

void PointReadOfTheEmitter(benchmark::State& state) {
  PointRead(state, "SELECT name, price FROM items WHERE tenant_id = $1 AND id = $2", true);
}
void PointReadByPolicyAlone(benchmark::State& state) {
  PointRead(state, "SELECT name, price FROM items WHERE id = $1", false);
}

void PointReadByHand(benchmark::State& state) {
  MakeWorld();
  const std::string conninfo = PostgresServer::Get().Conninfo("bench") + " user=bench_plain";
  const std::unique_ptr<PGconn, decltype(&PQfinish)> holder(PQconnectdb(conninfo.c_str()),
                                                            &PQfinish);
  PGconn* const conn = holder.get();
  Must(PQstatus(conn) == CONNECTION_OK, "connect");
  constexpr Oid kTypes[] = {2950, 20};
  PQclear(PQprepare(conn, "read",
                    "SELECT name, price FROM plain_items WHERE tenant_id = $1 AND id = $2", 2,
                    kTypes));
  Must(PQenterPipelineMode(conn) == 1, "pipeline");
  Measure(state, [&](int tenant, std::int64_t id) {
    const TenantId bytes = TenantOf(tenant);
    const std::uint64_t swapped = __builtin_bswap64(static_cast<std::uint64_t>(id));
    const char* const values[] = {reinterpret_cast<const char*>(bytes.bytes().data()),
                                  reinterpret_cast<const char*>(&swapped)};
    constexpr int kLengths[] = {16, 8};
    constexpr int kBinary[] = {1, 1};
    const auto send = [&](const char* text) {
      Must(PQsendQueryParams(conn, text, 0, nullptr, nullptr, nullptr, nullptr, 1) == 1, text);
    };
    send("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    Must(PQsendQueryPrepared(conn, "read", 2, values, kLengths, kBinary, 1) == 1, "send");
    send("COMMIT");
    Must(PQpipelineSync(conn) == 1, "sync");
    int rows = 0;
    for (int i = 0; i < 3; ++i) {
      PGresult* const result = PQgetResult(conn);
      rows += PQntuples(result);
      PQclear(result);
      Must(PQgetResult(conn) == nullptr, "one result");
    }
    PQclear(PQgetResult(conn));  // the end of the pipeline
    Must(rows == 1, "read");
  });
}

void BindRoundTrips(benchmark::State& state) {
  MakeWorld();
  const auto connection = Connect("bench_app");
  const std::int64_t before = connection->round_trips();
  std::int64_t statements = 0;
  for (auto _ : state) {
    Must(connection->Begin(TenantOf(1), PgAccess::kRead).ok(), "begin");
    Must(connection->Run("SELECT id FROM items WHERE id = 1", {}, PgThen::kCommit).ok(), "read");
    ++statements;
  }
  state.counters["value"] = static_cast<double>(connection->round_trips() - before - statements) /
                            static_cast<double>(statements);
}

BENCHMARK(PointReadOfTheEmitter)->Name("pg.point_read.vs_handwritten/cordon")->Iterations(1000);
BENCHMARK(PointReadByHand)->Name("pg.point_read.vs_handwritten/baseline")->Iterations(1000);
BENCHMARK(PointReadByPolicyAlone)
    ->Name("pg.point_read_policy_alone.vs_handwritten/cordon")
    ->Iterations(1000);
BENCHMARK(PointReadByHand)
    ->Name("pg.point_read_policy_alone.vs_handwritten/baseline")
    ->Iterations(1000);
BENCHMARK(BindRoundTrips)->Name("pg.tenant_bind_round_trips")->Iterations(1000);

}  // namespace
}  // namespace cordon::bench

int main(int argc, char** argv) {
  if (cordon_test::PostgresServer::Binaries().empty()) {
    std::fprintf(stderr, "no PostgreSQL server: install postgresql-15 to measure it\n");
    for (int i = 1; i < argc; ++i) {
      const std::string argument = argv[i];
      if (argument.starts_with("--cordon_json=")) {
        std::ofstream(argument.substr(14)) << "{\"ratios\": {}, \"figures\": {}}\n";
      }
    }
    return 0;
  }
  return cordon::bench::Main(argc, argv);
}
