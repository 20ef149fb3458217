// SPDX-License-Identifier: Apache-2.0
#include "data/postgres/row_lock.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "cordon/store/error.h"
#include "data/postgres/owner.h"

namespace cordon::internal {
namespace {

// As PostgreSQL prints it. NULL, and so no row, for all but 32 digits: a variable that was never
// set, one that lost its value with its transaction, and one that something else was put into.
// Compared with a value that is the same for the whole statement, so the key's index serves it.
constexpr std::string_view kPolicy = R"((tenant_id =
CASE
    WHEN (current_setting('cordon.tenant'::text, true) ~ '^[0-9a-f]{32}$'::text) THEN (current_setting('cordon.tenant'::text, true))::uuid
    ELSE NULL::uuid
END))";

// Functions (p, of namespace n) that compute from their arguments, the settings of the session and
// the time of the transaction: the immutable ones, what operators and casts of PostgreSQL's stand
// for, and these. No other function is open to tenants.
constexpr std::string_view kHarmless = R"(
  (NOT p.prosecdef AND (p.provolatile = 'i' OR n.nspname = 'pg_catalog' AND (
     p.provolatile = 's' AND (EXISTS (SELECT FROM pg_operator WHERE oprcode = p.oid) OR
                              EXISTS (SELECT FROM pg_cast WHERE castfunc = p.oid)) OR
     p.proname IN ('current_setting', 'now', 'transaction_timestamp', 'statement_timestamp',
       'date_part', 'date_trunc', 'extract', 'timezone', 'make_timestamptz', 'to_char', 'to_date',
       'to_timestamp', 'to_number', 'concat', 'concat_ws', 'format', 'array_to_string', 'to_json',
       'to_jsonb', 'row_to_json', 'array_to_json', 'json_build_object', 'json_build_array',
       'jsonb_build_object', 'jsonb_build_array', 'json_agg', 'jsonb_agg', 'json_object_agg',
       'jsonb_object_agg', 'json_agg_transfn', 'jsonb_agg_transfn')))))";

constexpr std::string_view kEveryTableRight =
    "'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER'";

// A tenant like any other, except that no directory has it.
constexpr char kCanaryTenant[] = "cordon's canary!";
constexpr char kCanaryTable[] = "cordon.canary";

absl::StatusOr<TenantId> CanaryTenant() {
  TenantId::Bytes bytes{};
  static_assert(sizeof kCanaryTenant == TenantId::kSize + 1);
  std::memcpy(bytes.data(), kCanaryTenant, bytes.size());
  return TenantId::FromBytes(bytes);
}

std::string Quoted(std::string_view name, char quote = '"') {
  std::string text(1, quote);
  for (const char c : name) text.append(c == quote ? 2 : 1, c);
  return text + quote;
}
std::string Replaced(std::string_view text, std::string_view what, std::string_view with) {
  std::string result(text);
  for (std::size_t at = 0; (at = result.find(what, at)) != std::string::npos; at += with.size()) {
    result.replace(at, what.size(), with);
  }
  return result;
}

// One question to the catalog, whose answer is what is wrong: names in one column of text. $1 is
// the runtime role, $2 the owner role; `me` and `owner` have their rows of pg_roles, `tenant_table`
// the tables that have the tenant column. Cordon's own, which the owner role alone has any right
// to, are none of those.
struct Question {
  std::string_view sql;
  std::string_view gap;  // {} stands for the names
};

constexpr std::string_view kPrelude = R"(
  WITH me AS (SELECT * FROM pg_roles WHERE rolname = $1::text),
  owner AS (SELECT * FROM pg_roles WHERE rolname = $2::text),
  relation AS (
    SELECT c.*, format('%I.%I', n.nspname, c.relname) AS name, a.attnum AS tenant,
           n.nspname IN ('pg_catalog', 'information_schema', 'pg_toast') AS of_system,
           n.nspname = 'cordon' AS of_cordon, n.nspname = 'cordon' AND c.relkind IN ('r', 'p') AND
             (has_table_privilege(me.oid, c.oid, RIGHTS) OR has_any_column_privilege(
               me.oid, c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')) AS open
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND a.attnum > 0
         AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
    LEFT JOIN me ON true
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')),
  tenant_table AS (SELECT * FROM relation WHERE tenant IS NOT NULL AND NOT of_system AND
                   (open OR NOT of_cordon))
  )";

constexpr Question kQuestions[] = {
    // ---- the role ----
    {"SELECT $1::text WHERE NOT EXISTS (SELECT FROM me)",
     "there is no runtime role {}: create it with LOGIN and nothing else"},
    {"SELECT concat_ws(', ', CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolbypassrls THEN "
     "'BYPASSRLS' END, CASE WHEN rolcreaterole THEN 'CREATEROLE' END, CASE WHEN rolcreatedb THEN "
     "'CREATEDB' END, CASE WHEN rolreplication THEN 'REPLICATION' END) FROM me WHERE rolsuper OR "
     "rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication",
     "the runtime role has {}: take it away with ALTER ROLE"},
    {"SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid JOIN me ON "
     "me.oid = m.member",
     "the runtime role is a member of {}, and can become it whether it inherits or not: REVOKE it"},
    {"SELECT CASE WHEN d.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = "
     "current_database())) THEN pg_describe_object(d.classid, d.objid, d.objsubid) ELSE "
     "'something in another database' END FROM pg_shdepend d JOIN me ON d.refobjid = me.oid "
     "WHERE d.refclassid = 'pg_authid'::regclass AND d.deptype = 'o'",
     "the runtime role owns {}: ALTER … OWNER TO the owner role"},
    {"SELECT unnest(s.setconfig) FROM pg_db_role_setting s, me WHERE s.setrole IN (0, me.oid) AND "
     "array_to_string(s.setconfig, ' ') ~* '(^| )(cordon\\.|row_security|search_path|role=)'",
     "{} is set for the role or the database, and is there before any tenant is bound: ALTER ROLE "
     "or ALTER DATABASE … RESET it"},
    {"SELECT parname FROM pg_parameter_acl, aclexplode(paracl) x, me WHERE x.grantee IN (0, "
     "me.oid)",
     "the runtime role was granted the setting {}: REVOKE … ON PARAMETER"},

    // ---- what it could make ----
    {"SELECT format('%s ON DATABASE %I', r, current_database()) FROM me, unnest(ARRAY['CREATE', "
     "'TEMP']) r WHERE has_database_privilege(me.oid, current_database(), r)",
     "the runtime role has {}: REVOKE it from the role and from PUBLIC"},
    {"SELECT quote_ident(n.nspname) FROM pg_namespace n, me WHERE has_schema_privilege(me.oid, "
     "n.oid, 'CREATE')",
     "the runtime role has CREATE on schema {}: REVOKE it from the role and from PUBLIC"},
    {"SELECT quote_ident(lanname) FROM pg_language l, me WHERE lanpltrusted AND "
     "has_language_privilege(me.oid, l.oid, 'USAGE')",
     "the runtime role can write functions and DO blocks in {}: REVOKE USAGE ON LANGUAGE from the "
     "role and from PUBLIC"},
    {"SELECT quote_ident(srvname) FROM pg_foreign_server s, me WHERE has_server_privilege(me.oid, "
     "s.oid, 'USAGE')",
     "the runtime role can use the foreign server {}: REVOKE USAGE ON FOREIGN SERVER"},

    // ---- functions ----
    {"SELECT p.oid::regprocedure::text FROM pg_proc p, me WHERE p.prosecdef AND "
     "has_function_privilege(me.oid, p.oid, 'EXECUTE')",
     "the SECURITY DEFINER function {} runs with its owner's rights: REVOKE EXECUTE from the "
     "runtime role and from PUBLIC"},
    {"SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = "
     "p.pronamespace, me WHERE has_function_privilege(me.oid, p.oid, 'EXECUTE') AND NOT "
     "p.prosecdef AND NOT HARMLESS ORDER BY n.nspname <> 'pg_catalog' DESC, p.proname",
     "the function {} does more than compute from its arguments: run the hardening statements, or "
     "REVOKE EXECUTE from the runtime role and from PUBLIC"},
    {"SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = "
     "p.pronamespace WHERE p.proleakproof AND n.nspname <> 'pg_catalog'",
     "the function {} is marked LEAKPROOF, and is called with rows before the policy drops them: "
     "ALTER FUNCTION … NOT LEAKPROOF"},
    {"SELECT rolname FROM owner WHERE NOT EXISTS (SELECT FROM pg_default_acl d WHERE d.defaclrole "
     "= owner.oid AND d.defaclobjtype = 'f' AND d.defaclnamespace = 0 AND NOT EXISTS (SELECT FROM "
     "aclexplode(d.defaclacl) x WHERE x.grantee = 0))",
     "every function that {} creates from now on is PUBLIC's: ALTER DEFAULT PRIVILEGES … REVOKE "
     "EXECUTE ON FUNCTIONS FROM PUBLIC"},
    {"SELECT format('%s for %s', x.privilege_type, pg_get_userbyid(d.defaclrole)) FROM "
     "pg_default_acl d, aclexplode(d.defaclacl) x, me WHERE x.grantee IN (0, me.oid) AND "
     "d.defaclobjtype <> 'T'",
     "default privileges give the runtime role or PUBLIC {} on what is created from now on: ALTER "
     "DEFAULT PRIVILEGES … REVOKE"},

    // ---- what it could read beside tables ----
    {"SELECT r.name FROM relation r, me WHERE r.of_system AND r.relkind <> 'S' AND "
     "(has_table_privilege(me.oid, r.oid, RIGHTS) OR has_any_column_privilege(me.oid, r.oid, "
     "'SELECT, INSERT, UPDATE, REFERENCES'))",
     "the runtime role can use {}, where others' statements, counts and plans show: run the "
     "hardening statements"},
    {"SELECT r.name FROM relation r, me WHERE r.relkind = 'S' AND has_sequence_privilege(me.oid, "
     "r.oid, 'USAGE, SELECT, UPDATE')",
     "the sequence {} counts across tenants: REVOKE it from the runtime role and from PUBLIC"},
    {"SELECT r.name FROM relation r, me WHERE NOT r.of_system AND r.relkind = 'v' AND "
     "has_any_column_privilege(me.oid, r.oid, 'SELECT, INSERT, UPDATE, REFERENCES') AND NOT "
     "coalesce('security_invoker=true' = ANY(r.reloptions), false)",
     "the view {} reads with its owner's rights: ALTER VIEW … SET (security_invoker = true)"},
    {"SELECT r.name FROM relation r, me WHERE NOT r.of_system AND r.relkind IN ('m', 'f') AND "
     "has_any_column_privilege(me.oid, r.oid, 'SELECT, INSERT, UPDATE, REFERENCES')",
     "{} is a materialized view or a foreign table, which no policy guards: REVOKE it from the "
     "runtime role and from PUBLIC"},
    {"SELECT DISTINCT r.name FROM relation r, me, unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', "
     "'TRUNCATE', 'REFERENCES', 'TRIGGER']) what WHERE NOT r.of_system AND r.relkind IN ('r', 'p') "
     "AND r.tenant IS NULL AND CASE WHEN what IN ('DELETE', 'TRUNCATE', 'TRIGGER') THEN "
     "has_table_privilege(me.oid, r.oid, what) ELSE has_any_column_privilege(me.oid, r.oid, what) "
     "END",
     "{} has no tenant column and the runtime role may do more than read it: REVOKE all but "
     "SELECT"},

    {"SELECT name FROM relation WHERE open AND tenant IS NULL",
     "the runtime role can use {}, which holds what is every tenant's: REVOKE it from the role and "
     "from PUBLIC"},

    // ---- tables of tenants ----
    {"SELECT name FROM tenant_table WHERE NOT relrowsecurity",
     "row-level security is off on {}: ALTER TABLE … ENABLE ROW LEVEL SECURITY"},
    {"SELECT name FROM tenant_table WHERE NOT relforcerowsecurity",
     "row-level security does not hold for the owner of {}: ALTER TABLE … FORCE ROW LEVEL "
     "SECURITY"},
    {"SELECT name FROM tenant_table t WHERE (SELECT count(*) FROM pg_policy p WHERE p.polrelid = "
     "t.oid) <> 1 OR EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = t.oid AND (p.polcmd <> '*' "
     "OR NOT p.polpermissive OR p.polroles <> '{0}'::oid[] OR pg_get_expr(p.polqual, p.polrelid) "
     "IS DISTINCT FROM $3::text OR pg_get_expr(p.polwithcheck, p.polrelid) IS DISTINCT FROM "
     "$3::text))",
     "the policies of {} are not exactly the one that compares the tenant: install the lock again, "
     "and drop every other policy"},
    {"SELECT t.name FROM tenant_table t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = "
     "t.tenant WHERE a.atttypid <> 'uuid'::regtype OR NOT a.attnotnull",
     "tenant_id of {} is not uuid NOT NULL: ALTER TABLE … ALTER COLUMN"},
    {"SELECT t.name FROM tenant_table t JOIN pg_roles r ON r.oid = t.relowner WHERE r.rolsuper OR "
     "r.rolbypassrls",
     "{} belongs to a role for which policies do not hold: ALTER TABLE … OWNER TO the owner role"},
    {"SELECT format('%s (%s)', t.name, i.indexrelid::regclass) FROM tenant_table t JOIN pg_index i "
     "ON i.indrelid = t.oid WHERE (i.indisunique OR i.indisexclusion) AND i.indkey[0] <> t.tenant",
     "a unique index does not begin with tenant_id, and tells what others have: {}: put it first"},
    {"SELECT format('%s (%I)', t.name, k.conname) FROM tenant_table t JOIN pg_constraint k ON "
     "k.confrelid = t.oid AND k.contype = 'f' LEFT JOIN tenant_table f ON f.oid = k.conrelid WHERE "
     "f.oid IS NULL OR NOT EXISTS (SELECT FROM unnest(k.conkey, k.confkey) pair(here, there) WHERE "
     "pair.here = f.tenant AND pair.there = t.tenant)",
     "a foreign key refers to rows whoever they belong to: {}: let it begin with tenant_id on both "
     "sides"},
    {"SELECT t.name FROM tenant_table t JOIN pg_attribute a ON a.attrelid = t.oid WHERE "
     "a.attidentity <> ''",
     "{} counts its ids across tenants: ALTER COLUMN … DROP IDENTITY"},
    {"SELECT format('%s (%I)', t.name, g.tgname) FROM tenant_table t JOIN pg_trigger g ON "
     "g.tgrelid "
     "= t.oid JOIN pg_proc p ON p.oid = g.tgfoid WHERE NOT g.tgisinternal AND p.prosecdef",
     "a trigger runs with the rights of its function's owner: {}: ALTER FUNCTION … SECURITY "
     "INVOKER"},
    {"SELECT DISTINCT t.name FROM relation t JOIN pg_rewrite w ON w.ev_class = t.oid WHERE NOT "
     "t.of_system AND t.relkind IN ('r', 'p')",
     "a rule rewrites statements on {} with its owner's rights: DROP RULE"},
    {"SELECT p.name FROM pg_inherits i JOIN tenant_table c ON c.oid = i.inhrelid JOIN relation p "
     "ON "
     "p.oid = i.inhparent WHERE p.tenant IS NULL",
     "{} has no tenant column and shows the rows of a table below it that has: ALTER TABLE … NO "
     "INHERIT"},
    {"SELECT DISTINCT format('%s on %s', what, t.name) FROM tenant_table t, me, "
     "unnest(ARRAY['TRUNCATE', 'REFERENCES', 'TRIGGER']) what WHERE has_table_privilege(me.oid, "
     "t.oid, what) OR what = 'REFERENCES' AND has_any_column_privilege(me.oid, t.oid, what)",
     "the runtime role has {}, which no policy guards: REVOKE it from the role and from PUBLIC"},
    {"SELECT t.name FROM tenant_table t, me WHERE has_table_privilege(me.oid, t.oid, 'SELECT, "
     "INSERT, UPDATE') OR has_column_privilege(me.oid, t.oid, t.tenant, 'UPDATE')",
     "the runtime role may read the system columns of {}, or change its tenant: install the lock "
     "on "
     "it again, which grants by column"},
};

absl::StatusOr<std::vector<std::string>> Texts(absl::StatusOr<PgRows> rows) {
  if (!rows.ok()) return rows.status();
  std::vector<std::string> texts;
  texts.reserve(static_cast<std::size_t>(rows->rows()));
  for (int row = 0; row < rows->rows(); ++row) texts.emplace_back(rows->Bytes(row, 0));
  return texts;
}

std::string Listed(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i) {
    text += (i > 0 ? ", " : "") + names[i];
  }
  if (names.size() > kMost) text += " and " + std::to_string(names.size() - kMost) + " more";
  return text;
}

absl::Status AskCatalog(PgConnection& owner, const PostgresOptions& options,
                        std::vector<std::string>* gaps, std::vector<std::string>* tenant_tables) {
  PgOwnersTransaction transaction(owner);
  absl::Status begun = transaction.Begin("ISOLATION LEVEL REPEATABLE READ READ ONLY");
  if (!begun.ok()) return begun;
  PgArguments arguments;
  arguments.Text(options.runtime_role).Text(options.owner_role).Text(kPolicy);
  const auto ask = [&](std::string_view sql) {
    std::string text = std::string(kPrelude) + std::string(sql);
    text = Replaced(Replaced(text, "HARMLESS", kHarmless), "RIGHTS", kEveryTableRight);
    // Every question takes all of the arguments.
    return Texts(owner.Execute("SELECT x::text FROM (" + text +
                                   ") answer(x) WHERE $1::text || $2::text || $3::text IS NOT NULL",
                               arguments));
  };
  for (const Question& question : kQuestions) {
    auto names = ask(question.sql);
    if (!names.ok()) return names.status();
    if (!names->empty()) gaps->push_back(Replaced(question.gap, "{}", Listed(*names)));
  }
  auto tables =
      ask("SELECT t.name FROM tenant_table t, me WHERE has_any_column_privilege(me.oid, t.oid, "
          "'SELECT')");
  if (!tables.ok()) return tables.status();
  *tenant_tables = *std::move(tables);
  return absl::OkStatus();
}

// What the catalog says is one thing, what the server does another.
absl::Status TryLock(PgConnection& runtime, const PostgresOptions& options,
                     const std::vector<std::string>& tenant_tables,
                     std::vector<std::string>* gaps) {
  const auto is = [&](std::string_view sql, std::string_view expected) {
    const auto rows = runtime.Execute(sql);
    return rows.ok() && rows->rows() == 1 && rows->Bytes(0, 0) == expected;
  };
  if (!is("SELECT current_user::text || ' ' || session_user::text",
          options.runtime_role + " " + options.runtime_role)) {
    gaps->push_back("the connection is not the runtime role's: check the conninfo");
  }
  if (!is("SELECT coalesce(current_setting('cordon.tenant', true), '')", "")) {
    gaps->push_back(
        "cordon.tenant has a value before any tenant is bound: take it out of the server's "
        "configuration");
  }
  if (runtime.Execute("SELECT set_config('cordon.tenant', '', true)").ok()) {
    gaps->push_back("the runtime role can call set_config: run the hardening statements");
  }
  for (const std::string& table : tenant_tables) {
    if (!is("SELECT count(*)::text FROM (SELECT FROM " + table + " LIMIT 1) x", "0")) {
      gaps->push_back("without a tenant bound, the runtime role sees rows of " + table +
                      ", or cannot read it: install the lock on it again");
    }
  }

  auto canary = CanaryTenant();
  if (!canary.ok()) return canary.status();
  const std::shared_ptr<Entropy> entropy =
      options.entropy != nullptr ? options.entropy : SystemEntropy();
  auto somebody = TenantId::Draw(*entropy);
  if (!somebody.ok()) return somebody.status();
  const std::string count = "SELECT count(*) FROM " + std::string(kCanaryTable);
  const auto seen = [&](const TenantId& tenant) -> std::int64_t {
    if (!runtime.Begin(tenant, PgAccess::kRead).ok()) return -1;
    const auto rows = runtime.Run(count, {}, PgThen::kCommit);
    const auto number = rows.ok() ? rows->Integer(0, 0) : absl::StatusOr<std::int64_t>(-1);
    runtime.Rollback();
    return number.ok() ? *number : -1;
  };
  if (seen(*canary) != 1) {
    gaps->push_back("the canary's row cannot be read by its own tenant: install the lock again");
  }
  if (seen(*somebody) != 0) {
    gaps->push_back("the canary's row is seen by another tenant: the policy on " +
                    std::string(kCanaryTable) + " does not hold; install the lock again");
  }
  absl::Status begun = runtime.Begin(*somebody, PgAccess::kWrite);
  if (!begun.ok()) return begun;
  const auto forged =
      runtime.Run("INSERT INTO " + std::string(kCanaryTable) + " (tenant_id, id) VALUES ($1, 2)",
                  PgArguments().Id(*canary));
  runtime.Rollback();
  if (CodeOf(forged.status()) != ErrorCode::kEngineLock) {
    gaps->push_back("a tenant can write a row of the canary's: install the lock again");
  }
  return absl::OkStatus();
}

}  // namespace

// ---- putting it in place ----

namespace {

// The owner role is held by the policy as well. Until the end of the transaction.
absl::StatusOr<TenantId> BindCanary(PgConnection& owner) {
  auto canary = CanaryTenant();
  if (!canary.ok()) return canary;
  absl::Status bound = owner
                           .Execute("SELECT set_config('cordon.tenant', encode($1, 'hex'), true)",
                                    PgArguments().Bytes(canary->bytes()))
                           .status();
  if (!bound.ok()) return bound;
  return canary;
}

}  // namespace

absl::StatusOr<std::string> PgHardenStatements(const PostgresOptions& options) {
  for (const std::string& role : {options.owner_role, options.runtime_role}) {
    const bool plain = std::all_of(role.begin(), role.end(), [](char c) {
      return static_cast<unsigned char>(c) >= ' ' && c != '\'' && c != '"' && c != '$' && c != '\\';
    });
    if (role.empty() || !plain) {
      return Error(ErrorCode::kInvalidArgument,
                   "PostgresOptions: a role's name is empty, or has a quote, a backslash, a dollar "
                   "sign or a control character in it");
    }
  }
  // What PUBLIC loses, the owner role keeps.
  constexpr std::string_view kStatements = R"(DO $cordon$
DECLARE
  what record;
BEGIN
  SET LOCAL search_path = pg_catalog;
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT ALL ON DATABASE %I TO OWNER', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO RUNTIME', current_database());
  FOR what IN SELECT nspname FROM pg_namespace n, aclexplode(nspacl) x
              WHERE x.grantee = 0 AND x.privilege_type = 'CREATE' LOOP
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC', what.nspname);
    EXECUTE format('GRANT CREATE, USAGE ON SCHEMA %I TO OWNER', what.nspname);
  END LOOP;
  FOR what IN SELECT lanname FROM pg_language l
              WHERE lanpltrusted AND has_language_privilege('public', l.oid, 'USAGE') LOOP
    EXECUTE format('GRANT USAGE ON LANGUAGE %I TO OWNER', what.lanname);
    EXECUTE format('REVOKE USAGE ON LANGUAGE %I FROM PUBLIC', what.lanname);
  END LOOP;
  FOR what IN SELECT format('%I.%I', n.nspname, c.relname) AS name,
                     has_table_privilege('public', c.oid, 'SELECT') AS readable
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
              WHERE n.nspname IN ('pg_catalog', 'information_schema') AND c.relkind IN ('r', 'v')
                AND (has_table_privilege('public', c.oid, RIGHTS) OR has_any_column_privilege(
                     'public', c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')) LOOP
    IF what.readable THEN EXECUTE format('GRANT SELECT ON %s TO OWNER', what.name); END IF;
    EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', what.name);
  END LOOP;
  FOR what IN SELECT p.oid::regprocedure::text AS name
              FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
              WHERE has_function_privilege('public', p.oid, 'EXECUTE') AND NOT HARMLESS LOOP
    EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO OWNER', what.name);
    EXECUTE format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', what.name);
  END LOOP;
  ALTER DEFAULT PRIVILEGES FOR ROLE OWNER REVOKE EXECUTE ON ROUTINES FROM PUBLIC;
END
$cordon$;
)";
  std::string text = Replaced(kStatements, "HARMLESS", kHarmless);
  text = Replaced(text, "RIGHTS", kEveryTableRight);
  text = Replaced(text, "OWNER", Quoted(options.owner_role));
  return Replaced(text, "RUNTIME", Quoted(options.runtime_role));
}

absl::Status PgInstallHere(PgConnection& owner, const PostgresOptions& options,
                           std::span<const PgTable> tables) {
  const std::string runtime = Quoted(options.runtime_role);
  absl::Status done;
  const auto run = [&](const std::string& sql, const PgArguments& arguments = {}) {
    if (done.ok()) done = owner.Execute(sql, arguments).status();
  };
  const auto ask = [&](const std::string& sql, const PgArguments& arguments) {
    std::vector<std::string> texts;
    if (!done.ok()) return texts;
    auto answer = Texts(owner.Execute(sql, arguments));
    done = answer.status();
    if (answer.ok()) texts = *std::move(answer);
    return texts;
  };
  const auto lock = [&](const PgTable& table) {
    const std::string name = Quoted(table.schema) + "." + Quoted(table.name);
    const PgArguments place = PgArguments().Text(table.schema).Text(table.name);
    const auto columns = [&](std::string_view except) {
      const std::vector<std::string> all = ask(
          "SELECT string_agg(format('%I', attname), ', ' ORDER BY attnum) FROM pg_attribute a JOIN "
          "pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE "
          "n.nspname = $1 AND c.relname = $2 AND attnum > 0 AND NOT attisdropped AND attname <> "
          "$3::text HAVING count(*) > 0",
          PgArguments(place).Text(except));
      return all.empty() ? std::string() : all.front();
    };
    const std::string all = columns("");
    run("GRANT USAGE ON SCHEMA " + Quoted(table.schema) + " TO " + runtime);
    run("REVOKE ALL ON " + name + " FROM PUBLIC, " + runtime);
    run("GRANT SELECT (" + all + ") ON " + name + " TO " + runtime);
    if (!table.of_tenants) return;
    run("GRANT INSERT (" + all + ") ON " + name + " TO " + runtime);
    // With its columns by name, so that neither the tenant nor a system column is among them.
    if (const std::string changing = columns(kPgTenantColumn); !changing.empty()) {
      run("GRANT UPDATE (" + changing + ") ON " + name + " TO " + runtime);
    }
    run("GRANT DELETE ON " + name + " TO " + runtime);
    // Its partitions as well: a right to one of them must not be a way around.
    for (const std::string& each :
         ask("WITH RECURSIVE below(oid) AS (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON "
             "n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2 UNION SELECT inhrelid "
             "FROM pg_inherits JOIN below ON oid = inhparent) SELECT format('%I.%I', n.nspname, "
             "c.relname) FROM below JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = "
             "c.relnamespace",
             place)) {
      run("ALTER TABLE " + each + " ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY");
      run("DROP POLICY IF EXISTS cordon_tenant ON " + each);
      run("CREATE POLICY cordon_tenant ON " + each + " USING " + std::string(kPolicy) +
          " WITH CHECK " + std::string(kPolicy));
    }
  };
  run("CREATE SCHEMA IF NOT EXISTS cordon");
  run("CREATE TABLE IF NOT EXISTS " + std::string(kCanaryTable) +
      " (tenant_id uuid NOT NULL, id int8 NOT NULL, PRIMARY KEY (tenant_id, id))");
  lock({.schema = "cordon", .name = "canary"});
  for (const PgTable& table : tables) lock(table);
  if (!done.ok()) return done;
  const auto canary = BindCanary(owner);
  if (!canary.ok()) return canary.status();
  run("INSERT INTO " + std::string(kCanaryTable) + " VALUES ($1, 1) ON CONFLICT DO NOTHING",
      PgArguments().Id(*canary));
  return done;
}

absl::Status PgInstall(PgConnection& owner, const PostgresOptions& options,
                       std::span<const PgTable> tables) {
  PgOwnersTransaction transaction(owner);
  absl::Status done = transaction.BeginAlone(options);
  if (done.ok()) done = PgInstallHere(owner, options, tables);
  return done.ok() ? transaction.Commit() : done;
}

absl::StatusOr<bool> PgInstalledHere(PgConnection& owner, const PostgresOptions& options,
                                     std::span<const PgTable> tables) {
  // $1 and $2 are the table, $3 the runtime role, $4 whether it is of tenants, $5 the policy.
  constexpr std::string_view kAsInstalled = R"(
    SELECT has_schema_privilege(me.oid, n.oid, 'USAGE')
      AND (SELECT bool_and(has_column_privilege(me.oid, c.oid, a.attnum, 'SELECT')
             AND has_column_privilege(me.oid, c.oid, a.attnum, 'INSERT') = $4
             AND has_column_privilege(me.oid, c.oid, a.attnum, 'UPDATE') =
                 ($4 AND a.attname <> 'tenant_id'))
           FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
      AND has_table_privilege(me.oid, c.oid, 'DELETE') = $4
      AND NOT has_table_privilege(me.oid, c.oid,
                                  'SELECT, INSERT, UPDATE, TRUNCATE, REFERENCES, TRIGGER')
      AND NOT has_any_column_privilege(me.oid, c.oid, 'REFERENCES')
      AND (NOT $4 OR c.relrowsecurity AND c.relforcerowsecurity AND
           (SELECT count(*) = 1 AND bool_and(p.polname = 'cordon_tenant' AND p.polcmd = '*' AND
                   p.polpermissive AND p.polroles = '{0}'::oid[] AND
                   pg_get_expr(p.polqual, p.polrelid) = $5 AND
                   pg_get_expr(p.polwithcheck, p.polrelid) = $5)
            FROM pg_policy p WHERE p.polrelid = c.oid))
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, pg_roles me
    WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind = 'r' AND me.rolname = $3)";
  const auto as_installed = [&](const PgTable& table) -> absl::StatusOr<bool> {
    const auto rows = owner.Execute(kAsInstalled, PgArguments()
                                                      .Text(table.schema)
                                                      .Text(table.name)
                                                      .Text(options.runtime_role)
                                                      .Boolean(table.of_tenants)
                                                      .Text(kPolicy));
    if (!rows.ok()) return rows.status();
    if (rows->rows() == 0 || rows->IsNull(0, 0)) return false;
    const auto yes = rows->Integer(0, 0);
    if (!yes.ok()) return yes.status();
    return *yes != 0;
  };
  const auto canary = as_installed({.schema = "cordon", .name = "canary"});
  if (!canary.ok() || !*canary) return canary;
  for (const PgTable& table : tables) {
    const auto installed = as_installed(table);
    if (!installed.ok() || !*installed) return installed;
  }
  if (const auto bound = BindCanary(owner); !bound.ok()) return bound.status();
  const auto there = owner.Execute("SELECT FROM " + std::string(kCanaryTable) + " WHERE id = 1");
  if (!there.ok()) return there.status();
  return there->rows() == 1;
}

// ---- the proof ----

std::string PgVersionGap(int server_version) {
  // https://www.postgresql.org/support/security/ has them all. The last of each major version that
  // lets a policy be passed: CVE-2023-2455 (15.3), CVE-2023-39418 (15.4), CVE-2024-10976 and
  // CVE-2024-10978 (15.9, 16.5, 17.1), CVE-2025-8713 (15.14, 16.10, 17.6).
  struct Fixed {
    int major;
    int minor;
    std::string_view names;
  };
  constexpr Fixed kFixed[] = {
      {15, 3, "CVE-2023-2455"},  {15, 4, "CVE-2023-39418"}, {15, 9, "CVE-2024-10976"},
      {15, 9, "CVE-2024-10978"}, {15, 14, "CVE-2025-8713"}, {16, 5, "CVE-2024-10976"},
      {16, 5, "CVE-2024-10978"}, {16, 10, "CVE-2025-8713"}, {17, 1, "CVE-2024-10976"},
      {17, 1, "CVE-2024-10978"}, {17, 6, "CVE-2025-8713"},
  };
  const int major = server_version / 10000;
  const int minor = server_version % 10000;
  std::vector<std::string> open;
  int needed = 0;
  for (const Fixed& fixed : kFixed) {
    if (fixed.major != major || minor >= fixed.minor) continue;
    open.emplace_back(fixed.names);
    needed = std::max(needed, fixed.minor);
  }
  if (open.empty()) return "";
  return "PostgreSQL " + std::to_string(major) + "." + std::to_string(minor) +
         " lets policies be passed (" + Listed(open) + "): upgrade it to " + std::to_string(major) +
         "." + std::to_string(needed) + " or newer";
}

absl::StatusOr<std::vector<std::string>> PgFindGaps(PgConnection& owner, PgConnection& runtime,
                                                    const PostgresOptions& options) {
  std::vector<std::string> gaps;
  if (std::string gap = PgVersionGap(owner.server_version()); !gap.empty()) gaps.push_back(gap);
  std::vector<std::string> tables;
  if (absl::Status asked = AskCatalog(owner, options, &gaps, &tables); !asked.ok()) return asked;
  if (absl::Status tried = TryLock(runtime, options, tables, &gaps); !tried.ok()) return tried;
  return gaps;
}

absl::Status PgProve(PgConnection& owner, PgConnection& runtime, const PostgresOptions& options) {
  const auto gaps = PgFindGaps(owner, runtime, options);
  if (!gaps.ok()) return gaps.status();
  if (gaps->empty()) return absl::OkStatus();
  std::string text = "the database server lets the second lock be passed";
  for (const std::string& gap : *gaps) text += "\n- " + gap;
  return Error(ErrorCode::kLockIncomplete, text);
}

}  // namespace cordon::internal
