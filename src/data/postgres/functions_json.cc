// SPDX-License-Identifier: Apache-2.0
#include "data/postgres/functions_json.h"

#include "data/create_postgres.h"

namespace cordon::internal {
namespace {

constexpr char kValues[] = R"sql(
DO $do$
BEGIN
  IF to_regtype('cordon.value') IS NULL THEN
    CREATE TYPE cordon.value AS (i bigint, r double precision, t text COLLATE "C", j boolean);
  END IF;
END
$do$;

CREATE OR REPLACE FUNCTION cordon.value_of(x bigint) RETURNS cordon.value
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  RETURN ROW(x, NULL, NULL, NULL)::cordon.value;
END $f$;
CREATE OR REPLACE FUNCTION cordon.value_of(x double precision) RETURNS cordon.value
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  RETURN ROW(NULL, x, NULL, NULL)::cordon.value;
END $f$;
CREATE OR REPLACE FUNCTION cordon.value_of(x text) RETURNS cordon.value
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  RETURN ROW(NULL, NULL, x, NULL)::cordon.value;
END $f$;
CREATE OR REPLACE FUNCTION cordon.value_of(x boolean) RETURNS cordon.value
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  RETURN ROW(x::integer, NULL, NULL, NULL)::cordon.value;
END $f$;
-- A text that is JSON, for json_array() and its like.
CREATE OR REPLACE FUNCTION cordon.value_of_json(x text) RETURNS cordon.value
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  RETURN ROW(NULL, NULL, x, true)::cordon.value;
END $f$;

CREATE OR REPLACE FUNCTION cordon.value_type(v cordon.value) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
  SELECT CASE WHEN v.t IS NOT NULL THEN 'text' WHEN v.i IS NOT NULL THEN 'integer'
              WHEN v.r IS NOT NULL THEN 'real' ELSE 'null' END
$f$;
CREATE OR REPLACE FUNCTION cordon.value_to_text(v cordon.value) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN
  RETURN CASE WHEN v.t IS NOT NULL THEN v.t WHEN v.i IS NOT NULL THEN v.i::text
              ELSE cordon.to_text(v.r) END;
END $f$;
CREATE OR REPLACE FUNCTION cordon.value_to_integer(v cordon.value) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN
  RETURN CASE WHEN v.i IS NOT NULL THEN v.i WHEN v.r IS NOT NULL THEN cordon.to_integer(v.r)
              ELSE cordon.to_integer(v.t) END;
END $f$;
CREATE OR REPLACE FUNCTION cordon.value_to_real(v cordon.value) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN
  RETURN CASE WHEN v.r IS NOT NULL THEN v.r WHEN v.i IS NOT NULL THEN v.i::double precision
              ELSE cordon.to_real(v.t) END;
END $f$;
CREATE OR REPLACE FUNCTION cordon.value_blob(v cordon.value) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$ SELECT cordon.to_bytes(cordon.value_to_text(v)) $f$;

-- What a comparison with a column lends a value: the column's affinity.
CREATE OR REPLACE FUNCTION cordon.value_as_text(v cordon.value) RETURNS cordon.value
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN
  RETURN cordon.value_of(cordon.value_to_text(v));
END $f$;
CREATE OR REPLACE FUNCTION cordon.value_as_number(v cordon.value) RETURNS cordon.value
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  t text := v.t;
BEGIN
  t := btrim(t, E' \t\n\v\f\r');
  IF t IS NULL OR t !~ '^[-+]?(?:[0-9]+[.]?[0-9]*|[.][0-9]+)(?:[eE][-+]?[0-9]+)?$' THEN
    RETURN v;
  END IF;
  IF t ~ '^[-+]?[0-9]+$' AND t::numeric BETWEEN -9223372036854775808 AND 9223372036854775807 THEN
    RETURN ROW(t::bigint, NULL, NULL, NULL)::cordon.value;
  END IF;
  RETURN cordon.value_of(cordon.to_real(t));
END $f$;

-- Equal values have equal keys, and keys are in the order of the values, byte by byte: numbers
-- (their integer part, then what is left of them) before texts.
CREATE OR REPLACE FUNCTION cordon.value_key(v cordon.value) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  whole double precision;
BEGIN
  IF v.t IS NOT NULL THEN RETURN '\x05' || cordon.to_bytes(v.t); END IF;
  IF v.i IS NOT NULL THEN RETURN '\x03' || int8send(v.i # -9223372036854775808); END IF;
  IF v.r IS NULL THEN RETURN NULL; END IF;
  IF v.r >= 9223372036854775808 THEN RETURN '\x04' || float8send(v.r); END IF;
  IF v.r < -9223372036854775808 THEN
    RETURN '\x02' || int8send((~ ('x' || encode(float8send(-v.r), 'hex'))::bit(64))::bigint);
  END IF;
  whole := floor(v.r);
  RETURN '\x03' || int8send(whole::bigint # -9223372036854775808) ||
         CASE WHEN v.r > whole THEN float8send(v.r - whole) ELSE '' END;
END $f$;
CREATE OR REPLACE FUNCTION cordon.value_compare(a cordon.value, b cordon.value) RETURNS integer
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  x bytea;
  y bytea;
BEGIN
  IF a.i IS NOT NULL AND b.i IS NOT NULL THEN RETURN sign(a.i::numeric - b.i); END IF;
  x := cordon.value_key(a);
  y := cordon.value_key(b);
  RETURN CASE WHEN x < y THEN -1 WHEN x > y THEN 1 WHEN x = y THEN 0 END;
END $f$;

-- The larger and the smaller of two, NULL if one of them is.
CREATE OR REPLACE FUNCTION cordon.max(a anyelement, b anyelement) RETURNS anyelement
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
  SELECT CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN GREATEST(a, b) END
$f$;
CREATE OR REPLACE FUNCTION cordon.min(a anyelement, b anyelement) RETURNS anyelement
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
  SELECT CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN LEAST(a, b) END
$f$;

-- Each value once, in their order.
CREATE OR REPLACE FUNCTION cordon.concat_distinct(list cordon.value[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN
  RETURN (SELECT string_agg(text, ',' ORDER BY key)
          FROM (SELECT cordon.value_key(list[n]) AS key,
                       min(cordon.value_to_text(list[n]) COLLATE "C") AS text
                FROM generate_subscripts(list, 1) n GROUP BY 1) each
          WHERE key IS NOT NULL);
END $f$;

-- Of a sum of values, each times 2^64 plus one: how many there are is in its last 64 bits.
CREATE OR REPLACE FUNCTION cordon.mean(packed numeric, unit bigint) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  sum numeric := floor(packed / 18446744073709551616);
BEGIN
  RETURN sum::double precision / (packed - sum * 18446744073709551616)::double precision /
         unit::double precision;
END $f$;
)sql";

constexpr char kTexts[] = R"sql(
-- PostgreSQL reads escapes where SQLite compares keys and copies texts as they are spelled. So
-- every escape of a text is escaped once more, and what PostgreSQL reads is what is spelled. The
-- control characters stand for what cannot be in JSON.
CREATE OR REPLACE FUNCTION cordon.json_read(x text) RETURNS json
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  d json;
BEGIN
  x := btrim(x, E' \t\n\r');
  d := x::json;
  IF strpos(x, '\') = 0 THEN RETURN d; END IF;
  RETURN replace(replace(replace(replace(replace(x, '\\', E'\x01'), '\"', E'\x02'), '\', '\\'),
                         E'\x01', '\\\\'), E'\x02', '\\\"')::json;
END $f$;
-- The way back, without the space between tokens.
CREATE OR REPLACE FUNCTION cordon.json_write(x text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN
  IF x ~ '[ \t\n\r]' THEN
    x := regexp_replace(x, '("(?:[^"\\]|\\.)*")|[ \t\n\r]+', '\1', 'g');
  END IF;
  IF strpos(x, '\') = 0 THEN RETURN x; END IF;
  RETURN replace(replace(replace(replace(replace(x, '\\\\', E'\x01'), '\\\"', E'\x02'), '\\', '\'),
                         E'\x01', '\\'), E'\x02', '\"');
END $f$;
-- What a string means, from what is spelled between its quotes: up to a NUL.
CREATE OR REPLACE FUNCTION cordon.json_string(spelled text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN
  IF strpos(spelled, '\') = 0 THEN RETURN spelled; END IF;
  IF strpos(spelled, '\u0000') > 0 THEN
    spelled := substring(spelled from '^(?:[^\\]|\\[^u]|\\u(?!0000)....)*');
  END IF;
  RETURN ('"' || spelled || '"')::json #>> '{}';
END $f$;
-- NULL of a NULL, which json_plain() makes JSON's.
CREATE OR REPLACE FUNCTION cordon.json_quote(x bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$ SELECT x::text $f$;
CREATE OR REPLACE FUNCTION cordon.json_quote(x double precision) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$ SELECT cordon.to_text(x) $f$;
CREATE OR REPLACE FUNCTION cordon.json_quote(x boolean) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$ SELECT x::integer::text $f$;
CREATE OR REPLACE FUNCTION cordon.json_quote(x text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN
  RETURN to_json(x);
END $f$;
CREATE OR REPLACE FUNCTION cordon.json_quote(v cordon.value) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN
  IF v.t IS NOT NULL AND v.j IS NULL THEN RETURN to_json(v.t); END IF;
  RETURN cordon.value_to_text(v);
END $f$;
CREATE OR REPLACE FUNCTION cordon.json_plain(x text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$ SELECT COALESCE(x, 'null') $f$;

CREATE OR REPLACE FUNCTION cordon.json_value(d json) RETURNS cordon.value
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  t text;
BEGIN
  CASE json_typeof(d)
    WHEN 'null' THEN RETURN NULL;
    WHEN 'boolean' THEN
      RETURN ROW((d #>> '{}' = 'true')::integer, NULL, NULL, NULL)::cordon.value;
    WHEN 'string' THEN RETURN ROW(NULL, NULL, cordon.json_string(d #>> '{}'), NULL)::cordon.value;
    WHEN 'number' THEN
      t := d #>> '{}';
      IF t ~ '^-?[0-9]+$' AND (length(t) < 19 OR
         t::numeric BETWEEN -9223372036854775808 AND 9223372036854775807) THEN
        RETURN ROW(t::bigint, NULL, NULL, NULL)::cordon.value;
      END IF;
      RETURN ROW(NULL, cordon.to_real(t), NULL, NULL)::cordon.value;
    ELSE RETURN cordon.value_of_json(cordon.json_write(d::text));
  END CASE;
END $f$;
)sql";

constexpr char kPaths[] = R"sql(
CREATE OR REPLACE FUNCTION cordon.json_bad_path() RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN
  RAISE EXCEPTION 'not a path into JSON' USING ERRCODE = '22P02';
END $f$;
-- One step from d along a path: the key or the index (from 0) that it names, and what is left of
-- the path. NULL when it cannot lead anywhere; like SQLite, it looks at a path no further than
-- that.
CREATE OR REPLACE FUNCTION cordon.json_step(d json, path text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  part text;
  n bigint;
BEGIN
  IF left(path, 1) = '.' THEN
    IF json_typeof(d) <> 'object' THEN RETURN NULL; END IF;
    IF substr(path, 2, 1) = '"' THEN
      n := strpos(substr(path, 3), '"');
      IF n = 0 THEN PERFORM cordon.json_bad_path(); END IF;
      RETURN ARRAY[substr(path, 3, n::integer - 1), NULL, substr(path, n::integer + 3)];
    END IF;
    part := split_part(split_part(substr(path, 2), '.', 1), '[', 1);
    IF part = '' THEN PERFORM cordon.json_bad_path(); END IF;
    RETURN ARRAY[part, NULL, substr(path, length(part) + 2)];
  END IF;
  part := split_part(path, ']', 1);
  IF part ~ '^\[[0-9]+$' THEN
    n := substr(part, 2)::numeric % 4294967296;
  ELSIF part ~ '^\[#' THEN
    IF json_typeof(d) <> 'array' THEN RETURN NULL; END IF;
    n := json_array_length(d);
    IF part ~ '^\[#-[0-9]' THEN
      n := n - substring(part from '^\[#-([0-9]+)')::numeric % 4294967296;
    END IF;
    IF n < 0 THEN RETURN NULL; END IF;
    IF part !~ '^\[#(-[0-9]+)?$' THEN PERFORM cordon.json_bad_path(); END IF;
  ELSE
    PERFORM cordon.json_bad_path();
  END IF;
  IF strpos(path, ']') = 0 THEN PERFORM cordon.json_bad_path(); END IF;
  IF json_typeof(d) <> 'array' OR n > json_array_length(d) THEN RETURN NULL; END IF;
  RETURN ARRAY[NULL, n::text, substr(path, length(part) + 2)];
END $f$;
-- The place of a key's first member, from 1.
CREATE OR REPLACE FUNCTION cordon.json_place(d json, label text) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN
  RETURN (SELECT n FROM json_each(d) WITH ORDINALITY AS e(key, value, n) WHERE e.key IN (label, E'\tk' || label)
          ORDER BY n LIMIT 1);
END $f$;
CREATE OR REPLACE FUNCTION cordon.json_member(d json, label text) RETURNS json
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  found json := COALESCE(d -> label, d -> (E'\tk' || label));
  spelled text;
  at integer;
BEGIN
  IF found IS NULL THEN RETURN NULL; END IF;
  -- PostgreSQL finds the last of several.
  spelled := cordon.json_quote(label);
  at := strpos(d::text, spelled);
  IF strpos(substr(d::text, at + 1), spelled) > 0 THEN
    found := (SELECT e.value FROM json_each(d) WITH ORDINALITY AS e(key, value, n)
              WHERE e.key IN (label, E'\tk' || label) ORDER BY n LIMIT 1);
  END IF;
  RETURN found;
END $f$;
CREATE OR REPLACE FUNCTION cordon.json_find(d json, path text) RETURNS json
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  rest text := substr(path, 2);
  step text[];
BEGIN
  IF path IS NULL OR d IS NULL THEN RETURN NULL; END IF;
  IF left(path, 1) <> '$' THEN PERFORM cordon.json_bad_path(); END IF;
  WHILE rest <> '' LOOP
    step := cordon.json_step(d, rest);
    d := CASE WHEN step[1] IS NOT NULL THEN cordon.json_member(d, step[1])
              ELSE d -> step[2]::integer END;
    IF d IS NULL THEN RETURN NULL; END IF;
    rest := step[3];
  END LOOP;
  RETURN d;
END $f$;
-- The right operand of an arrow: a path, a label or an index.
CREATE OR REPLACE FUNCTION cordon.json_arrow_path(x text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
  SELECT CASE WHEN left(x, 1) = '$' THEN x WHEN left(x, 1) = '[' THEN '$' || x
              WHEN x ~ '^[0-9]' THEN '$[' || x || ']' ELSE '$.' || x END
$f$;
)sql";

constexpr char kLooking[] = R"sql(
CREATE OR REPLACE FUNCTION cordon.json(x text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  RETURN cordon.json_write(cordon.json_read(x)::text);
END $f$;
CREATE OR REPLACE FUNCTION cordon.json_extract(x text, path text) RETURNS cordon.value
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN
  RETURN cordon.json_value(cordon.json_find(cordon.json_read(x), path));
END $f$;
CREATE OR REPLACE FUNCTION cordon.json_extract_all(x text, VARIADIC paths text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  d json := cordon.json_read(x);
  path text;
  list text := '';
BEGIN
  IF d IS NULL THEN RETURN NULL; END IF;
  FOREACH path IN ARRAY paths LOOP
    list := list || ',' || COALESCE(cordon.json_write(cordon.json_find(d, path)::text), 'null');
  END LOOP;
  RETURN '[' || substr(list, 2) || ']';
END $f$;
CREATE OR REPLACE FUNCTION cordon.json_arrow(x text, part text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN
  RETURN cordon.json_write(
      cordon.json_find(cordon.json_read(x), cordon.json_arrow_path(part))::text);
END $f$;
CREATE OR REPLACE FUNCTION cordon.json_arrow(x text, part bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$ SELECT cordon.json_arrow(x, part::text) $f$;
CREATE OR REPLACE FUNCTION cordon.json_arrow_text(x text, part text) RETURNS cordon.value
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  v cordon.value :=
      cordon.json_value(cordon.json_find(cordon.json_read(x), cordon.json_arrow_path(part)));
BEGIN
  IF v.j THEN RETURN cordon.value_of(v.t); END IF;
  RETURN v;
END $f$;
CREATE OR REPLACE FUNCTION cordon.json_arrow_text(x text, part bigint) RETURNS cordon.value
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$ SELECT cordon.json_arrow_text(x, part::text) $f$;
CREATE OR REPLACE FUNCTION cordon.json_kind(d json) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  kind text := json_typeof(d);
BEGIN
  RETURN CASE kind WHEN 'string' THEN 'text' WHEN 'boolean' THEN d #>> '{}'
         WHEN 'number' THEN CASE WHEN d #>> '{}' ~ '^-?[0-9]+$' THEN 'integer' ELSE 'real' END
         ELSE kind END;
END $f$;
CREATE OR REPLACE FUNCTION cordon.json_type(x text, path text DEFAULT '$') RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN
  RETURN cordon.json_kind(cordon.json_find(cordon.json_read(x), path));
END $f$;
CREATE OR REPLACE FUNCTION cordon.json_array_length(x text, path text DEFAULT '$') RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  d json := cordon.json_find(cordon.json_read(x), path);
BEGIN
  RETURN CASE WHEN json_typeof(d) = 'array' THEN json_array_length(d)
              WHEN d IS NOT NULL THEN 0 END;
END $f$;
)sql";

constexpr char kMaking[] = R"sql(
CREATE OR REPLACE FUNCTION cordon.json_array(VARIADIC parts text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN
  RETURN '[' || array_to_string(parts, ',') || ']';
END $f$;
CREATE OR REPLACE FUNCTION cordon.json_object(VARIADIC parts text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  list text := '';
BEGIN
  FOR i IN 1..cardinality(parts) BY 2 LOOP
    list := list || ',' || parts[i] || ':' || parts[i + 1];
  END LOOP;
  RETURN '{' || substr(list, 2) || '}';
END $f$;
-- A label of json_object() is a text.
CREATE OR REPLACE FUNCTION cordon.json_label(x text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN
  IF x IS NULL THEN
    RAISE EXCEPTION 'a label is a text' USING ERRCODE = '22P02';
  END IF;
  RETURN to_json(x)::text;
END $f$;
CREATE OR REPLACE FUNCTION cordon.json_label(v cordon.value) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN
  RETURN cordon.json_label(v.t);
END $f$;
CREATE OR REPLACE FUNCTION cordon.json_group_array(list text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$ SELECT '[' || COALESCE(list, '') || ']' $f$;
CREATE OR REPLACE FUNCTION cordon.json_group_object(list text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$ SELECT '{' || COALESCE(list, '') || '}' $f$;
)sql";

constexpr char kChanging[] = R"sql(
-- d with `part` in the n-th place of its members or elements, behind the last for 0 (an object's
-- under `label`); without that place for a NULL.
CREATE OR REPLACE FUNCTION cordon.json_put(d json, n bigint, label text, part text) RETURNS json
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  list text;
BEGIN
  IF json_typeof(d) = 'object' THEN
    list := (SELECT string_agg(cordon.json_quote(key) || ':' ||
                               CASE WHEN at = n THEN part ELSE value::text END, ',' ORDER BY at)
             FROM json_each(d) WITH ORDINALITY AS e(key, value, at));
    IF n = 0 THEN list := concat_ws(',', list, cordon.json_quote(label) || ':' || part); END IF;
    RETURN '{' || COALESCE(list, '') || '}';
  END IF;
  list := (SELECT string_agg(CASE WHEN at = n THEN part ELSE value::text END, ',' ORDER BY at)
           FROM json_array_elements(d) WITH ORDINALITY AS e(value, at));
  IF n = 0 THEN list := concat_ws(',', list, part); END IF;
  RETURN '[' || COALESCE(list, '') || ']';
END $f$;
-- d with `mark` where the path leads. `what`: set, insert, replace; remove takes out of arrays, and
-- puts the mark into objects. A mark is a string that begins with a tab, which nothing that
-- json_read() gives does; no path leads into it. A new key is marked with a tab and a k, as it is
-- compared with paths by what it means and not as it is spelled.
CREATE OR REPLACE FUNCTION cordon.json_change(root json, path text, what text, mark text)
RETURNS json
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  d json := root;
  rest text := substr(path, 2);
  step text[];
  around json[] := '{}';
  places bigint[] := '{}';
  place bigint;
  label text;
  part text := mark;
  closing text := '';
BEGIN
  IF path IS NULL THEN RETURN root; END IF;
  IF left(path, 1) <> '$' THEN PERFORM cordon.json_bad_path(); END IF;
  WHILE rest <> '' AND place IS DISTINCT FROM 0 LOOP
    IF starts_with(d::text, '"\t') THEN RETURN root; END IF;
    step := cordon.json_step(d, rest);
    IF step IS NULL THEN RETURN root; END IF;
    label := step[1];
    rest := step[3];
    IF label IS NOT NULL THEN
      place := COALESCE(cordon.json_place(d, label), 0);
    ELSE
      place := CASE WHEN step[2]::bigint < json_array_length(d) THEN step[2]::bigint + 1 ELSE 0 END;
    END IF;
    around := around || d;
    places := places || place;
    d := CASE WHEN place = 0 THEN NULL WHEN label IS NOT NULL THEN cordon.json_member(d, label)
              ELSE d -> step[2]::integer END;
  END LOOP;
  IF place = 0 THEN
    IF what NOT IN ('set', 'insert') THEN RETURN root; END IF;
    part := '';
    WHILE rest <> '' LOOP
      IF left(rest, 1) = '.' THEN
        step := cordon.json_step('{}', rest);
        part := part || '{' || cordon.json_quote(E'\tk' || step[1]) || ':';
        closing := '}' || closing;
      ELSIF left(rest, 3) = '[0]' THEN
        step := cordon.json_step('[]', rest);
        part := part || '[';
        closing := ']' || closing;
      ELSE
        RETURN root;
      END IF;
      rest := step[3];
    END LOOP;
    part := part || mark || closing;
  ELSIF what = 'insert' THEN
    RETURN root;
  ELSIF what = 'remove' AND cardinality(around) > 0 AND label IS NULL THEN
    part := NULL;
  END IF;
  FOR i IN REVERSE cardinality(around)..1 LOOP
    part := cordon.json_put(around[i], places[i], E'\tk' || label, part);
  END LOOP;
  RETURN part;
END $f$;
-- Paths by turns with values, which are JSON. In the place of the root: a tab and which value.
CREATE OR REPLACE FUNCTION cordon.json_edit(what text, x text, parts text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  d json := cordon.json_read(x);
  piece text;
  place text;
  result text;
BEGIN
  IF d IS NULL THEN RETURN NULL; END IF;
  FOR i IN 1..cardinality(parts) BY 2 LOOP
    d := cordon.json_change(d, parts[i], what, '"\t' || i + 1 || '"');
  END LOOP;
  -- All at once, as a value may look like a mark.
  FOREACH piece IN ARRAY string_to_array(d::text, '"\t') LOOP
    IF result IS NULL THEN
      result := cordon.json_write(piece);
    ELSE
      IF result = '' THEN RETURN E'\t' || split_part(piece, '"', 1); END IF;
      place := substring(piece from '^(?:[^"\\]|\\.)*');
      result := result || CASE WHEN left(place, 1) = 'k' THEN '"' || substr(place, 2) || '"'
                               ELSE parts[place::integer] END ||
                cordon.json_write(substr(piece, length(place) + 2));
    END IF;
  END LOOP;
  RETURN result;
END $f$;
-- With the values as they are as well, for one in the place of the root.
CREATE OR REPLACE FUNCTION cordon.json_edit_value(what text, x text, parts text[],
                                                  VARIADIC bare cordon.value[])
RETURNS cordon.value
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  result text := cordon.json_edit(what, x, parts);
BEGIN
  IF starts_with(result, E'\t') THEN RETURN bare[substr(result, 2)::integer / 2]; END IF;
  RETURN cordon.value_of_json(result);
END $f$;
CREATE OR REPLACE FUNCTION cordon.json_remove(x text, VARIADIC paths text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  d json := cordon.json_read(x);
  path text;
  result text;
BEGIN
  IF d IS NULL THEN RETURN NULL; END IF;
  FOREACH path IN ARRAY paths LOOP
    IF path IS NULL THEN RETURN NULL; END IF;
    d := cordon.json_change(d, path, 'remove', '"\tx"');
  END LOOP;
  result := d::text;
  IF result = '"\tx"' THEN RETURN NULL; END IF;
  IF strpos(result, '"\tx"') > 0 THEN
    result := regexp_replace(result, ',"(?:[^"\\]|\\.)*":"\\tx"', '', 'g');
    result := regexp_replace(result, '\{"(?:[^"\\]|\\.)*":"\\tx",?', '{', 'g');
  END IF;
  RETURN cordon.json_write(result);
END $f$;

-- Without members that are null, at any depth of objects in objects.
CREATE OR REPLACE FUNCTION cordon.json_strip(d json) RETURNS json
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN
  IF json_typeof(d) <> 'object' THEN RETURN d; END IF;
  RETURN '{' || COALESCE((
      SELECT string_agg(cordon.json_quote(key) || ':' || cordon.json_strip(value), ',' ORDER BY n)
      FROM json_each(d) WITH ORDINALITY AS e(key, value, n)
      WHERE json_typeof(value) <> 'null'), '') || '}';
END $f$;
-- RFC 7396, and SQLite's way with keys that come twice: of the target's the first one is patched;
-- once it was taken away or replaced, no more.
CREATE OR REPLACE FUNCTION cordon.json_merge(target json, patch json) RETURNS json
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  names text[];
  parts text[];
  done boolean[] := '{}';
  added text := '';
  each record;
  at integer;
BEGIN
  IF json_typeof(patch) <> 'object' THEN RETURN patch; END IF;
  IF json_typeof(target) <> 'object' THEN RETURN cordon.json_strip(patch); END IF;
  SELECT array_agg(key ORDER BY n), array_agg(value::text ORDER BY n) INTO names, parts
  FROM json_each(target) WITH ORDINALITY AS e(key, value, n);
  FOR each IN SELECT key, value FROM json_each(patch) LOOP
    at := array_position(names, each.key);
    IF at IS NULL THEN
      IF json_typeof(each.value) <> 'null' THEN
        added := added || ',' || cordon.json_quote(each.key) || ':' ||
                 cordon.json_strip(each.value);
      END IF;
    ELSIF done[at] IS NULL THEN
      IF json_typeof(each.value) = 'null' THEN
        parts[at] := NULL;
        done[at] := true;
      ELSE
        IF json_typeof(each.value) <> 'object' OR json_typeof(parts[at]::json) <> 'object' THEN
          done[at] := true;
        END IF;
        parts[at] := cordon.json_merge(parts[at]::json, each.value);
      END IF;
    END IF;
  END LOOP;
  FOR i IN REVERSE COALESCE(cardinality(names), 0)..1 LOOP
    IF parts[i] IS NOT NULL THEN
      added := ',' || cordon.json_quote(names[i]) || ':' || parts[i] || added;
    END IF;
  END LOOP;
  RETURN '{' || substr(added, 2) || '}';
END $f$;
CREATE OR REPLACE FUNCTION cordon.json_patch(x text, patch text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  d json := cordon.json_read(x);
BEGIN
  IF d IS NULL OR patch IS NULL THEN RETURN NULL; END IF;
  RETURN cordon.json_write(cordon.json_merge(d, cordon.json_read(patch))::text);
END $f$;
)sql";

constexpr char kRows[] = R"sql(
-- SQLite numbers what it reads: each value and each label.
CREATE OR REPLACE FUNCTION cordon.json_nodes(x text) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
  SELECT regexp_count(x, '"(?:[^"\\]|\\.)*"|[^ \t\n\r\[\]{},:"]+|[\[{]')::bigint
$f$;
CREATE OR REPLACE FUNCTION cordon.json_children(d json, OUT n bigint, OUT label text, OUT node json)
RETURNS SETOF record
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE ROWS 20 AS $f$
BEGIN
  CASE json_typeof(d)
    WHEN 'object' THEN
      RETURN QUERY SELECT e.n, e.key, e.value FROM json_each(d) WITH ORDINALITY AS e(key, value, n);
    WHEN 'array' THEN
      RETURN QUERY SELECT e.n, NULL::text, e.value
                   FROM json_array_elements(d) WITH ORDINALITY AS e(value, n);
    ELSE
  END CASE;
END $f$;
CREATE OR REPLACE FUNCTION cordon.json_part(label text, n bigint) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN
  RETURN CASE WHEN label IS NULL THEN '[' || n - 1 || ']'
              WHEN label ~ '^[a-zA-Z][a-zA-Z0-9]*$' THEN '.' || label
              ELSE '."' || label || '"' END;
END $f$;
-- Where a path leads: the value, its number, and its path and label as json_tree() spells them,
-- which does not count the elements in front of it.
CREATE OR REPLACE FUNCTION cordon.json_locate(d json, root text, OUT node json, OUT id bigint,
                                              OUT label text, OUT fullkey text, OUT path text)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  rest text := substr(root, 2);
  step text[];
  place bigint;
  before bigint;
BEGIN
  IF d IS NULL OR root IS NULL THEN RETURN; END IF;
  IF left(root, 1) <> '$' THEN PERFORM cordon.json_bad_path(); END IF;
  id := 0;
  fullkey := '$';
  path := '$';
  WHILE rest <> '' LOOP
    step := cordon.json_step(d, rest);
    place := CASE WHEN step[1] IS NULL THEN step[2]::bigint + 1
                  ELSE cordon.json_place(d, step[1]) END;
    SELECT sum(cordon.json_nodes(c.node::text) + (c.label IS NOT NULL)::integer)
               FILTER (WHERE c.n < place),
           (array_agg(c.node) FILTER (WHERE c.n = place))[1]
    INTO before, d FROM cordon.json_children(d) c;
    IF d IS NULL THEN RETURN; END IF;
    label := step[1];
    id := id + 1 + COALESCE(before, 0) + (label IS NOT NULL)::integer;
    path := fullkey;
    fullkey := fullkey || cordon.json_part(label, 1);
    rest := step[3];
  END LOOP;
  node := d;
END $f$;
CREATE OR REPLACE FUNCTION cordon.json_each(x text, root text DEFAULT '$')
RETURNS TABLE(key cordon.value, value cordon.value, type text, atom cordon.value, id bigint,
              parent bigint, fullkey text, path text)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE ROWS 20 AS $f$
#variable_conflict use_column
DECLARE
  at record;
BEGIN
  at := cordon.json_locate(cordon.json_read(x), root);
  IF at.node IS NULL THEN RETURN; END IF;
  IF json_typeof(at.node) NOT IN ('object', 'array') THEN
    RETURN QUERY SELECT NULL::cordon.value, v, cordon.json_kind(at.node), v, at.id, NULL::bigint,
                        root, root FROM cordon.json_value(at.node) v;
    RETURN;
  END IF;
  RETURN QUERY
    SELECT CASE WHEN c.label IS NULL THEN cordon.value_of(c.n - 1)
                ELSE cordon.value_of(cordon.json_string(c.label)) END,
           cordon.json_value(c.node), cordon.json_kind(c.node),
           CASE WHEN json_typeof(c.node) NOT IN ('object', 'array')
                THEN cordon.json_value(c.node) END,
           (at.id + sum(1 + (c.label IS NOT NULL)::integer) OVER before +
            COALESCE(sum(cordon.json_nodes(c.node::text) - 1) OVER behind, 0))::bigint,
           NULL::bigint, root || cordon.json_part(c.label, c.n), root
    FROM cordon.json_children(at.node) c
    WINDOW before AS (ORDER BY c.n),
           behind AS (ORDER BY c.n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ORDER BY c.n;
END $f$;
CREATE OR REPLACE FUNCTION cordon.json_tree(x text, root text DEFAULT '$')
RETURNS TABLE(key cordon.value, value cordon.value, type text, atom cordon.value, id bigint,
              parent bigint, fullkey text, path text)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE ROWS 100 AS $f$
#variable_conflict use_column
DECLARE
  at record;
BEGIN
  at := cordon.json_locate(cordon.json_read(x), root);
  IF at.node IS NULL THEN RETURN; END IF;
  RETURN QUERY
    WITH RECURSIVE walk AS (
      SELECT '{}'::bigint[] AS place, NULL::bigint[] AS above,
             CASE WHEN json_typeof(at.node) IN ('object', 'array') THEN at.label END AS label,
             at.node AS node, at.fullkey AS fullkey, at.path AS path
      UNION ALL
      SELECT w.place || c.n, w.place, c.label, c.node,
             w.fullkey || cordon.json_part(c.label, c.n), w.fullkey
      FROM walk w, cordon.json_children(w.node) c
    ), numbered AS (
      SELECT w.*, (at.id - 1 + sum(1 + (label IS NOT NULL AND above IS NOT NULL)::integer)
                                   OVER (ORDER BY place))::bigint AS id
      FROM walk w
    )
    SELECT CASE WHEN w.label IS NOT NULL THEN cordon.value_of(cordon.json_string(w.label))
                WHEN w.above IS NOT NULL
                THEN cordon.value_of(w.place[cardinality(w.place)] - 1) END,
           cordon.json_value(w.node), cordon.json_kind(w.node),
           CASE WHEN json_typeof(w.node) NOT IN ('object', 'array')
                THEN cordon.json_value(w.node) END,
           w.id, u.id, w.fullkey, w.path
    FROM numbered w LEFT JOIN numbered u ON u.place = w.above
    ORDER BY w.place;
END $f$;
)sql";

}  // namespace

std::string PgJsonFunctionStatements() {
  std::string text = PgJsonValidFunction() + ";\n";
  for (const char* const part : {kValues, kTexts, kPaths, kLooking, kMaking, kChanging, kRows}) {
    text += part;
  }
  return text;
}

}  // namespace cordon::internal
