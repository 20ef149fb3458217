// SPDX-License-Identifier: Apache-2.0
// A product's database with the second lock on it: an owner role, a runtime role, tables of tenants
// and of everybody, rows of A. Made once, and copied for each test.
#ifndef CORDON_TESTS_SUPPORT_POSTGRES_ERP_H_
#define CORDON_TESTS_SUPPORT_POSTGRES_ERP_H_

#include <string>
#include <vector>

#include "data/postgres/row_lock.h"
#include "support/postgres.h"

namespace cordon_test {

using cordon::internal::PgTable;

inline const std::vector<PgTable>& ErpTables() {
  static const std::vector<PgTable> tables = {
      {.schema = "public", .name = "customers"},
      {.schema = "public", .name = "orders"},
      {.schema = "public", .name = "events"},
      {.schema = "public", .name = "currencies", .of_tenants = false},
  };
  return tables;
}

// Rows of a tenant. Every text of B's begins with CANARY-B.
inline std::string RowsOf(char tenant) {
  const std::string id = "'" + DigitsOf(tenant) + "'";
  const std::string canary = tenant == 'B' ? "CANARY-B" : "";
  return "INSERT INTO customers VALUES (" + id + ", 'c1', '" + canary + "Ada', '" + canary +
         "s1', 1), (" + id + ", 'c2', '" + canary + "Bob', '" + canary + "s2', 2);" +
         "INSERT INTO orders VALUES (" + id + ", 1, 'c1', 100);" +  //
         "INSERT INTO events VALUES (" + id + ", 1, '" + canary + "e1');";
}
// What B has and A has not: keys, names, and numbers that cannot be computed with.
inline std::string MoreOfB() {
  const std::string id = "'" + DigitsOf('B') + "'";
  return "INSERT INTO customers VALUES (" + id + ", 'b-only', 'CANARY-B Carl', 'CANARY-B', 7777);" +
         "INSERT INTO customers SELECT " + id +
         ", 'x' || g, 'CANARY-B' || g, 'CANARY-B', 100000 + g FROM generate_series(1, 500) g;" +
         "INSERT INTO orders VALUES (" + id + ", 777, 'b-only', 9223372036854775807);";
}

class Erp {
 public:
  // Makes roles and template; nothing the second time.
  static void Prepare() {
    static const bool done = [] {
      auto& server = PostgresServer::Get();
      server.Sql("CREATE ROLE erp_owner LOGIN");
      server.Sql("CREATE ROLE erp_app LOGIN");
      server.Sql("CREATE DATABASE erp OWNER erp_owner");
      server.Sql("CREATE EXTENSION dblink; CREATE EXTENSION pg_trgm", "erp");
      server.Sql("ALTER SCHEMA public OWNER TO erp_owner", "erp");
      server.Sql(Must(cordon::internal::PgHardenStatements(OptionsFor("erp"))), "erp");
      server.Sql(R"(
        CREATE TABLE customers (tenant_id uuid NOT NULL, id text NOT NULL, name text NOT NULL,
          secret text, n int8 NOT NULL CHECK (n >= 0), PRIMARY KEY (tenant_id, id),
          UNIQUE (tenant_id, name));
        CREATE TABLE orders (tenant_id uuid NOT NULL, id int8 NOT NULL, customer text NOT NULL,
          amount int8, PRIMARY KEY (tenant_id, id),
          FOREIGN KEY (tenant_id, customer) REFERENCES customers);
        CREATE TABLE events (tenant_id uuid NOT NULL, id int8 NOT NULL, what text,
          PRIMARY KEY (tenant_id, id)) PARTITION BY HASH (tenant_id);
        CREATE TABLE events_0 PARTITION OF events FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE events_1 PARTITION OF events FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        CREATE TABLE currencies (code text PRIMARY KEY, name text NOT NULL);
        INSERT INTO currencies VALUES ('EUR', 'Euro');
        CREATE SEQUENCE numbers;
        CREATE VIEW names WITH (security_invoker = true) AS SELECT id, name FROM customers;
        GRANT SELECT ON names TO erp_app)",
                 "erp", "erp_owner");
      const auto owner = Connect(OptionsFor("erp"), "erp_owner");
      Must(cordon::internal::PgInstall(*owner, OptionsFor("erp"), ErpTables()));
      server.Sql(RowsOf('A'), "erp");
      return true;
    }();
    (void)done;
  }

  // A copy of the template.
  static std::string Copy(const std::string& name) {
    PostgresServer::Get().Sql("CREATE DATABASE " + name + " TEMPLATE erp OWNER erp_owner");
    // Rights on a database are not copied with it.
    PostgresServer::Get().Sql("REVOKE ALL ON DATABASE " + name + " FROM PUBLIC; GRANT CONNECT ON " +
                              "DATABASE " + name + " TO erp_app");
    return name;
  }
  static void Drop(const std::string& name) {
    PostgresServer::Get().Sql("DROP DATABASE " + name + " WITH (FORCE)");
  }
};

}  // namespace cordon_test

#endif  // CORDON_TESTS_SUPPORT_POSTGRES_ERP_H_
