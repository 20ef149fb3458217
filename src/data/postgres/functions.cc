// SPDX-License-Identifier: Apache-2.0
#include "data/postgres/functions.h"

#include <cstdint>
#include <string>

#include "cordon/data/sql.h"
#include "data/create_text.h"
#include "data/postgres/functions_json.h"
#include "data/postgres/owner.h"

namespace cordon::internal {
namespace {

// A function whose body uses an argument once is written in SQL, where the planner can put it in
// the place of the call; what needs more than that is quicker in PL/pgSQL. Texts are compared and
// folded byte by byte, whatever the collation of the database. Nothing here may be STABLE: such
// functions of the server's are closed to tenants, convert_to() and convert_from() among them.

// ---- formats ------------------------------------------------------------------------------------

constexpr char kFormats[] = R"(
-- Widths are of bytes, and of characters with '!'.
CREATE OR REPLACE FUNCTION cordon.pad(value text, flags text, width integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  missing integer := width - CASE WHEN strpos(flags, '!') > 0 THEN char_length(value)
                                  ELSE octet_length(value) END;
BEGIN
  IF missing <= 0 THEN RETURN value; END IF;
  RETURN CASE WHEN strpos(flags, '-') > 0 THEN value || repeat(' ', missing)
              ELSE repeat(' ', missing) || value END;
END $f$;

-- Its digits are those of the exact value, of which SQLite knows 16, or 26 with '!'.
CREATE OR REPLACE FUNCTION cordon.format_real(value double precision, conversion text, flags text,
                                              width integer, digits integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  kind text := lower(conversion COLLATE "C");
  bang boolean := strpos(flags, '!') > 0;
  sharp boolean := strpos(flags, '#') > 0;
  sign text := CASE WHEN value < 0 THEN '-' ELSE coalesce(substring(flags from '[+ ]$'), '') END;
  places integer := CASE WHEN digits < 0 THEN 6 ELSE digits END;
  known integer := CASE WHEN bang THEN 26 ELSE 16 END;
  number numeric;
  exponent integer := 0;
  binary_exponent integer;
  strip boolean := bang;
  kept integer;
  result text;
  suffix text := '';
  scaled double precision;
BEGIN
  -- Most of all calls: a few digits, and far from the half between two of them.
  IF kind = 'f' AND places <= 9 AND abs(value) < 1e11 AND flags IN ('', '0') THEN
    scaled := abs(value) * 10::double precision ^ places;
    IF scaled < 1e11 AND abs(scaled - floor(scaled) - 0.5) > 1e-4 THEN
      result := floor(scaled + 0.5)::bigint;
      IF places > 0 THEN
        result := repeat('0', places + 1 - char_length(result)) || result;
        result := left(result, -places) || '.' || right(result, places);
      END IF;
      IF flags = '0' THEN
        result := repeat('0', width - char_length(sign || result)) || result;
      END IF;
      RETURN cordon.pad(sign || result, flags, width);
    END IF;
  END IF;
  IF abs(value) = 'Infinity' THEN RETURN cordon.pad(sign || 'Inf', flags, width); END IF;
  number := cordon.exact(abs(value));
  IF kind = 'g' AND places > 0 THEN places := places - 1; END IF;
  IF kind = 'f' THEN
    -- A little more than half a unit, so that 0.15 is 0.2 as people expect it.
    binary_exponent := ((('x' || encode(float8send(value), 'hex'))::bit(64)::bigint >> 52) & 2047)
                       - 1023;
    number := number + ('5e' || -places - 1)::numeric +
              CASE WHEN places + binary_exponent / 3 < 15 THEN number * 3e-16 ELSE 0 END;
  END IF;
  IF number >= 1 THEN
    exponent := char_length(trunc(number)::text) - 1;
  ELSIF number > 0 THEN
    exponent := -1 - char_length(substring(number::text from '^0\.(0*)'));
  END IF;
  IF kind <> 'f' THEN
    number := number + ('5e' || exponent - places - 1)::numeric;
    IF number >= ('1e' || exponent + 1)::numeric THEN exponent := exponent + 1; END IF;
  END IF;
  IF kind = 'g' THEN
    strip := NOT sharp;
    IF exponent < -4 OR exponent > places THEN
      kind := 'e';
    ELSE
      kind := 'f';
      places := places - exponent;
    END IF;
  END IF;
  IF kind = 'e' THEN
    number := number * ('1e' || -exponent)::numeric;
    suffix := CASE WHEN conversion IN ('E', 'G') THEN 'E' ELSE 'e' END ||
              CASE WHEN exponent < 0 THEN '-' ELSE '+' END ||
              CASE WHEN abs(exponent) < 10 THEN '0' ELSE '' END || abs(exponent);
    exponent := 0;
  END IF;
  kept := least(places, known - exponent - 1);
  result := trunc(number, kept)::text;
  IF places > 0 THEN
    result := result || CASE WHEN kept < 1 THEN '.' ELSE '' END ||
              repeat('0', places - greatest(kept, 0));
  ELSIF sharp OR bang THEN
    result := result || '.';
  END IF;
  IF strip AND strpos(result, '.') > 0 THEN
    result := rtrim(result, '0');
    IF right(result, 1) = '.' THEN
      result := CASE WHEN bang THEN result || '0' ELSE rtrim(result, '.') END;
    END IF;
  END IF;
  result := result || suffix;
  IF strpos(flags, '0') > 0 AND strpos(flags, '-') = 0 THEN
    result := repeat('0', width - char_length(sign || result)) || result;
  END IF;
  RETURN cordon.pad(sign || result, flags, width);
END $f$;

CREATE OR REPLACE FUNCTION cordon.format_integer(value bigint, conversion text, flags text,
                                                 width integer, digits integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  signed boolean := conversion IN ('d', 'i', 'r');
  sign text := CASE WHEN NOT signed THEN '' WHEN value < 0 THEN '-'
                    ELSE coalesce(substring(flags from '[+ ]$'), '') END;
  places integer := digits;
  result text := '';
  rest bigint := value;
BEGIN
  IF strpos(flags, '0') > 0 THEN places := greatest(places, width - char_length(sign)); END IF;
  IF conversion IN ('x', 'X', 'p') THEN
    result := CASE conversion WHEN 'x' THEN to_hex(value) ELSE upper(to_hex(value)) END;
  ELSIF conversion = 'o' THEN
    LOOP
      result := (rest & 7) || result;
      rest := (rest >> 3) & 2305843009213693951;
      EXIT WHEN rest = 0;
    END LOOP;
  ELSE
    result := CASE WHEN signed THEN abs(value::numeric)
                   WHEN value < 0 THEN value + 18446744073709551616 ELSE value END::text;
  END IF;
  IF conversion = 'r' THEN
    result := result || CASE WHEN right('0' || result, 2) ~ '^1|[04-9]$' THEN 'th'
                             WHEN right(result, 1) = '1' THEN 'st'
                             WHEN right(result, 1) = '2' THEN 'nd' ELSE 'rd' END;
  END IF;
  result := repeat('0', places - char_length(result)) || result;
  IF strpos(flags, ',') > 0 AND conversion IN ('d', 'i', 'u') THEN
    result := reverse(regexp_replace(reverse(result), '(...)(?=.)', '\1,', 'g'));
  END IF;
  IF strpos(flags, '#') > 0 AND value <> 0 THEN
    result := CASE conversion WHEN 'x' THEN '0x' WHEN 'p' THEN '0x' WHEN 'X' THEN '0X'
                              WHEN 'o' THEN '0' ELSE '' END || result;
  END IF;
  RETURN cordon.pad(sign || result, flags, width);
END $f$;

CREATE OR REPLACE FUNCTION cordon.format_text(value text, conversion text, flags text,
                                              width integer, digits integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  result text := value;
BEGIN
  IF conversion = 'c' THEN
    result := repeat(left(coalesce(result, ''), 1), greatest(digits, 1));
    RETURN cordon.pad(result, flags || '!', width);
  END IF;
  IF result IS NULL THEN
    result := CASE conversion WHEN 'Q' THEN 'NULL' WHEN 'q' THEN '(NULL)' WHEN 'w' THEN '(NULL)'
                              ELSE '' END;
  END IF;
  IF digits >= 0 AND conversion <> '%' THEN
    result := left(result, digits);
    -- Of bytes, without the rest of a character.
    WHILE strpos(flags, '!') = 0 AND octet_length(result) > digits LOOP
      result := left(result, -1);
    END LOOP;
  END IF;
  result := CASE conversion WHEN 'q' THEN replace(result, '''', '''''')
                            WHEN 'Q' THEN replace(result, '''', '''''')
                            WHEN 'w' THEN replace(result, '"', '""') ELSE result END;
  IF conversion = 'Q' AND value IS NOT NULL THEN result := '''' || result || ''''; END IF;
  RETURN cordon.pad(result, flags, width);
END $f$;
)";

// ---- casts --------------------------------------------------------------------------------------

constexpr char kCasts[] = R"(
CREATE OR REPLACE FUNCTION cordon.to_text(value bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT value::text';

CREATE OR REPLACE FUNCTION cordon.to_text(value double precision) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $f$ SELECT cordon.format_real(value, 'g', '!', 0, 15) $f$;

CREATE OR REPLACE FUNCTION cordon.to_integer(value double precision) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
SELECT CASE WHEN value >= 9223372036854775807 THEN 9223372036854775807
            WHEN value <= -9223372036854775808 THEN -9223372036854775808
            ELSE trunc(value)::bigint END $f$;

CREATE OR REPLACE FUNCTION cordon.to_integer(value text) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  digits text[] := regexp_match(value COLLATE "C", '^[ \t\n\v\f\r]*([+-]?)0*([0-9]{1,20})');
BEGIN
  IF digits IS NULL THEN RETURN 0; END IF;
  IF char_length(digits[2]) < 19 THEN RETURN (digits[1] || digits[2])::bigint; END IF;
  RETURN greatest(least((digits[1] || digits[2])::numeric, 9223372036854775807),
                  -9223372036854775808);
END $f$;

CREATE OR REPLACE FUNCTION cordon.to_real(value text) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  part text[] := regexp_match(value COLLATE "C",
    '^[ \t\n\v\f\r]*([+-]?)0*([0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE]([+-]?)0*([0-9]+))?');
  digits text;
  exponent bigint;
  size bigint;
BEGIN
  IF part IS NULL THEN RETURN 0; END IF;
  digits := ltrim(replace(part[2], '.', ''), '0');
  IF digits = '' THEN RETURN CASE part[1] WHEN '-' THEN -0.0::double precision ELSE 0 END; END IF;
  exponent := coalesce((part[3] || left(part[4], 9))::bigint, 0);
  -- What the number is smaller than, as a power of ten.
  size := exponent + char_length(digits) - CASE WHEN strpos(part[2], '.') > 0
            THEN char_length(part[2]) - strpos(part[2], '.') ELSE 0 END;
  IF size > 309 THEN RETURN part[1] || 'Infinity'; END IF;
  IF size < -323 THEN RETURN CASE part[1] WHEN '-' THEN -0.0::double precision ELSE 0 END; END IF;
  IF size BETWEEN -300 AND 308 THEN RETURN part[1] || part[2] || 'e' || exponent; END IF;
  -- The server takes what is beyond its doubles for an error.
  IF (part[2] || 'e' || exponent)::numeric >= 1.7976931348623158079e308 THEN
    RETURN part[1] || 'Infinity';
  END IF;
  IF (part[2] || 'e' || exponent)::numeric <= 2.4703282292062327208e-324 THEN
    RETURN CASE part[1] WHEN '-' THEN -0.0::double precision ELSE 0 END;
  END IF;
  RETURN part[1] || part[2] || 'e' || exponent;
END $f$;

-- A backslash alone begins an escape in what bytea reads.
CREATE OR REPLACE FUNCTION cordon.to_bytes(value text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$ SELECT replace(value, '\', '\\')::bytea $f$;

CREATE OR REPLACE FUNCTION cordon.bytes_to_text(value bytea) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  -- Backslashes are doubled in it, bytes that are no ASCII have three digits.
  escaped text := encode(value, 'escape');
  bytes bytea := value || '';  -- as it is stored it would be unpacked for each byte
  size integer := octet_length(value);
  result text := '';
  piece text := '';
  at integer := 0;
  lead integer;
  more integer;
  code integer;
BEGIN
  IF escaped !~ '(^|[^\\])(\\\\)*\\[0-9]' THEN RETURN replace(escaped, '\\', '\'); END IF;
  WHILE at < size LOOP
    lead := get_byte(bytes, at);
    at := at + 1;
    more := CASE WHEN lead BETWEEN 1 AND 127 THEN 0 WHEN lead BETWEEN 194 AND 223 THEN 1
                 WHEN lead BETWEEN 224 AND 239 THEN 2 WHEN lead BETWEEN 240 AND 244 THEN 3
                 ELSE size END;
    code := CASE more WHEN 0 THEN lead WHEN 1 THEN lead & 31 WHEN 2 THEN lead & 15
                      ELSE lead & 7 END;
    IF at + more > size THEN RAISE 'no text' USING ERRCODE = '22021'; END IF;
    FOR i IN at .. at + more - 1 LOOP
      IF get_byte(bytes, i) NOT BETWEEN 128 AND 191 THEN
        RAISE 'no text' USING ERRCODE = '22021';
      END IF;
      code := (code << 6) | (get_byte(bytes, i) & 63);
    END LOOP;
    IF code BETWEEN 55296 AND 57343 OR code > 1114111 OR (more = 2 AND code < 2048) OR
       (more = 3 AND code < 65536) THEN
      RAISE 'no text' USING ERRCODE = '22021';
    END IF;
    piece := piece || chr(code);
    at := at + more;
    IF char_length(piece) > 2000 THEN
      result := result || piece;
      piece := '';
    END IF;
  END LOOP;
  RETURN result || piece;
END $f$;

CREATE OR REPLACE FUNCTION cordon.to_text(value bytea) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT cordon.bytes_to_text(value)';
)";

// ---- integers and decimals ----------------------------------------------------------------------

constexpr char kIntegers[] = R"(
CREATE OR REPLACE FUNCTION cordon.div(a bigint, b bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT a / nullif(b, 0)';

CREATE OR REPLACE FUNCTION cordon.mod(a bigint, b bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT a % nullif(b, 0)';

CREATE OR REPLACE FUNCTION cordon.round(value bigint, digits integer, kept integer) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  unit bigint;
  rest bigint;
BEGIN
  IF digits <= kept THEN RETURN value; END IF;
  unit := 10::double precision ^ least(digits - kept, 18);
  rest := value % unit;
  RETURN value / unit + CASE WHEN abs(rest) < unit - abs(rest) THEN 0
                             WHEN value < 0 THEN -1 ELSE 1 END;
END $f$;

-- Counts of 64 and more take every bit away; negative ones shift the other way.
CREATE OR REPLACE FUNCTION cordon.shift_left(value bigint, count bigint) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF count >= 0 THEN RETURN CASE WHEN count < 64 THEN value << count::integer ELSE 0 END; END IF;
  RETURN value >> least(-greatest(count, -64), 63)::integer;
END $f$;

CREATE OR REPLACE FUNCTION cordon.shift_right(value bigint, count bigint) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF count >= 0 THEN RETURN value >> least(count, 63)::integer; END IF;
  RETURN CASE WHEN count > -64 THEN value << (-count)::integer ELSE 0 END;
END $f$;
)";

// ---- doubles ------------------------------------------------------------------------------------

constexpr char kReals[] = R"(
CREATE OR REPLACE FUNCTION cordon.real_div(a double precision, b double precision)
RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT a / nullif(b, 0)';

CREATE OR REPLACE FUNCTION cordon.real_mod(a double precision, b double precision)
RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS 'SELECT (cordon.to_integer(a) % nullif(cordon.to_integer(b), 0))::double precision';

-- The number that the bits stand for; a cast keeps 15 digits of it. REQUIRES: finite, not negative.
CREATE OR REPLACE FUNCTION cordon.exact(value double precision) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  bits bigint := ('x' || encode(float8send(value), 'hex'))::bit(64)::bigint;
  exponent integer := (bits >> 52) & 2047;
  mantissa numeric := bits & 4503599627370495;
BEGIN
  IF exponent > 0 THEN mantissa := mantissa + 4503599627370496; ELSE exponent := 1; END IF;
  exponent := exponent - 1075;
  IF exponent >= 0 THEN RETURN trunc(mantissa * 2::numeric ^ exponent); END IF;
  RETURN mantissa * trunc(5::numeric ^ -exponent) * ('1e' || exponent)::numeric;
END $f$;

CREATE OR REPLACE FUNCTION cordon.round(value double precision, digits bigint)
RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  kept integer := greatest(least(digits::bit(32)::integer, 30), 0);
  scaled double precision;
BEGIN
  IF abs(value) > 4503599627370496 THEN RETURN value; END IF;
  IF kept = 0 THEN RETURN trunc(value + CASE WHEN value < 0 THEN -0.5 ELSE 0.5 END) + 0; END IF;
  -- As in format_real().
  IF kept <= 9 AND abs(value) < 1e11 THEN
    scaled := abs(value) * 10::double precision ^ kept;
    IF scaled < 1e11 AND abs(scaled - floor(scaled) - 0.5) > 1e-4 THEN
      RETURN sign(value) * floor(scaled + 0.5) / 10::double precision ^ kept;
    END IF;
  END IF;
  RETURN cordon.format_real(value, 'f', '', 0, kept)::double precision;
END $f$;

CREATE OR REPLACE FUNCTION cordon.fmod(a double precision, b double precision)
RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF b = 0 OR abs(a) = 'Infinity' THEN RETURN NULL; END IF;
  IF abs(b) > abs(a) THEN RETURN a; END IF;
  RETURN sign(a) * (cordon.exact(abs(a)) % cordon.exact(abs(b)))::double precision;
END $f$;

CREATE OR REPLACE FUNCTION cordon.pow(a double precision, b double precision)
RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  odd constant boolean := abs(b) < 9007199254740992 AND floor(b) = b AND floor(b / 2) * 2 <> b;
  -- The logarithm of the size of the result.
  size double precision;
BEGIN
  IF a = 0 AND b < 0 THEN
    RETURN CASE WHEN odd AND a::text = '-0' THEN '-Infinity' ELSE 'Infinity' END;
  END IF;
  IF abs(a) = 'Infinity' OR abs(b) = 'Infinity' OR a = 0 THEN
    RETURN power(CASE WHEN floor(b) = b OR a > 0 THEN a ELSE abs(a) END, b);
  END IF;
  IF a < 0 AND floor(b) <> b THEN RETURN NULL; END IF;
  IF abs(b) > 1e300 AND abs(a) <> 1 THEN
    size := CASE WHEN (abs(a) > 1) = (b > 0) THEN 1000 ELSE -1000 END;
  ELSE
    size := b::numeric * ln(abs(a))::numeric;
  END IF;
  IF size > 709.8 THEN RETURN CASE WHEN a < 0 AND odd THEN '-Infinity' ELSE 'Infinity' END; END IF;
  IF size < -745.2 THEN RETURN 0; END IF;
  IF size < -700 THEN
    size := power(abs(a), b / 2);
    RETURN CASE WHEN a < 0 AND odd THEN -size ELSE size END * size;
  END IF;
  RETURN power(a, b);
END $f$;

CREATE OR REPLACE FUNCTION cordon.exp(value double precision) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF value > 709.782712893384 THEN RETURN 'Infinity'; END IF;
  IF value < -745.1332191019412 THEN RETURN 0; END IF;
  -- The server takes what is smaller than its smallest exact double for an error.
  IF value < -700 THEN RETURN exp(value / 2) * exp(value / 2); END IF;
  RETURN exp(value);
END $f$;

CREATE OR REPLACE FUNCTION cordon.ln(value double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT ln(CASE WHEN value > 0 THEN value END)';

-- As SQLite divides: log10(1000) is 2.9999999999999996.
CREATE OR REPLACE FUNCTION cordon.log10(value double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT cordon.ln(value) / 2.302585092994046';

CREATE OR REPLACE FUNCTION cordon.log(value double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT cordon.ln(value) / 2.302585092994046';

CREATE OR REPLACE FUNCTION cordon.log2(value double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT cordon.ln(value) / 0.6931471805599453';

CREATE OR REPLACE FUNCTION cordon.sqrt(value double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT sqrt(CASE WHEN value >= 0 THEN value END)';

CREATE OR REPLACE FUNCTION cordon.sin(value double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$f$ SELECT sin(CASE WHEN abs(value) < 'Infinity' THEN value END) $f$;

CREATE OR REPLACE FUNCTION cordon.cos(value double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$f$ SELECT cos(CASE WHEN abs(value) < 'Infinity' THEN value END) $f$;

CREATE OR REPLACE FUNCTION cordon.tan(value double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$f$ SELECT tan(CASE WHEN abs(value) < 'Infinity' THEN value END) $f$;

CREATE OR REPLACE FUNCTION cordon.asin(value double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
'SELECT asin(CASE WHEN value BETWEEN -1 AND 1 THEN value END)';

CREATE OR REPLACE FUNCTION cordon.acos(value double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
'SELECT acos(CASE WHEN value BETWEEN -1 AND 1 THEN value END)';

CREATE OR REPLACE FUNCTION cordon.atan(value double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT atan(value)';

CREATE OR REPLACE FUNCTION cordon.atan2(y double precision, x double precision)
RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT atan2(y, x)';

CREATE OR REPLACE FUNCTION cordon.sinh(value double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT sinh(value)';

CREATE OR REPLACE FUNCTION cordon.cosh(value double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT cosh(value)';

CREATE OR REPLACE FUNCTION cordon.tanh(value double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT tanh(value)';

CREATE OR REPLACE FUNCTION cordon.asinh(value double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT asinh(value)';

CREATE OR REPLACE FUNCTION cordon.acosh(value double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT acosh(CASE WHEN value >= 1 THEN value END)';

CREATE OR REPLACE FUNCTION cordon.atanh(value double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
'SELECT atanh(CASE WHEN value BETWEEN -1 AND 1 THEN value END)';

CREATE OR REPLACE FUNCTION cordon.radians(value double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT value * (pi() / 180)';

CREATE OR REPLACE FUNCTION cordon.degrees(value double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT value * (180 / pi())';
)";

// ---- texts --------------------------------------------------------------------------------------

constexpr char kTexts[] = R"(
-- A pattern for the server's LIKE. One that ends in its escape matches nothing, nor does a capital
-- match in what lower() gave.
CREATE OR REPLACE FUNCTION cordon.like_pattern(pattern text, escape text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  escaped text := like_escape(pattern, escape);
BEGIN
  IF escaped COLLATE "C" ~ '(^|[^\\])(\\\\)*\\$' THEN RETURN 'A'; END IF;
  RETURN lower(escaped COLLATE "C");
END $f$;

-- Letters of ASCII are the same in either case.
CREATE OR REPLACE FUNCTION cordon.like(value text, pattern text, escape text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS 'SELECT lower(value COLLATE "C") LIKE cordon.like_pattern(pattern, escape)';

-- The pattern as a regular expression.
CREATE OR REPLACE FUNCTION cordon.glob_pattern(pattern text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  result text := '^';
  characters text[] := string_to_array(pattern, NULL);
  size integer := char_length(pattern);
  at integer := 1;
  c text;
  inverted boolean;
  members text;
  prior text;
BEGIN
  IF octet_length(pattern) > 50000 THEN  -- SQLite's own limit
    RAISE 'the pattern is too long' USING ERRCODE = '2201B';
  END IF;
  WHILE at <= size LOOP
    c := coalesce(characters[at], '');
    at := at + 1;
    IF c = '*' THEN
      result := result || '.*';
    ELSIF c = '?' THEN
      result := result || '.';
    ELSIF c <> '[' THEN
      result := result || regexp_replace(c COLLATE "C", '^[!-/:-@[-`{-~]$', '\\\&');
    ELSE
      members := '';
      prior := '';
      c := coalesce(characters[at], '');
      inverted := c = '^';
      IF inverted THEN
        at := at + 1;
        c := coalesce(characters[at], '');
      END IF;
      IF c = ']' THEN
        members := '\]';
        at := at + 1;
        c := coalesce(characters[at], '');
      END IF;
      WHILE c <> '' AND c <> ']' LOOP
        IF c = '-' AND prior <> '' AND characters[at + 1] <> ']' THEN
          at := at + 1;
          c := coalesce(characters[at], '');
          IF prior COLLATE "C" <= c THEN
            members := members || '\U' || lpad(to_hex(ascii(prior)), 8, '0') || '-\U' ||
                       lpad(to_hex(ascii(c)), 8, '0');
          END IF;
          prior := '';
        ELSE
          members := members || '\U' || lpad(to_hex(ascii(c)), 8, '0');
          prior := c;
        END IF;
        at := at + 1;
        c := coalesce(characters[at], '');
      END LOOP;
      IF c = '' THEN RETURN '(?!)'; END IF;  -- a set without an end matches nothing
      at := at + 1;
      result := result || CASE WHEN members <> '' AND inverted THEN '[^' || members || ']'
                               WHEN members <> '' THEN '[' || members || ']'
                               WHEN inverted THEN '.' ELSE '(?!)' END;
    END IF;
  END LOOP;
  RETURN result || '$';
END $f$;

CREATE OR REPLACE FUNCTION cordon.glob(value text, pattern text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS 'SELECT value COLLATE "C" ~ cordon.glob_pattern(pattern COLLATE "C")';

-- From which place on, counted from 0, and how many. SQLite reads 32 bits of its arguments.
CREATE OR REPLACE FUNCTION cordon.span(size bigint, start bigint, count bigint, OUT first bigint,
                                       OUT length bigint)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN
  first := start::bit(32)::integer;
  length := abs(count::bit(32)::integer::bigint);
  IF first < 0 THEN
    first := first + size;
    IF first < 0 THEN
      length := greatest(length + first, 0);
      first := 0;
    END IF;
  ELSIF first > 0 THEN
    first := first - 1;
  ELSIF length > 0 THEN
    length := length - 1;
  END IF;
  IF count::bit(32)::integer < 0 THEN
    first := first - length;
    IF first < 0 THEN
      length := length + first;
      first := 0;
    END IF;
  END IF;
  first := least(first, size);
  length := greatest(least(length, size - first), 0);
END $f$;

CREATE OR REPLACE FUNCTION cordon.substr(value text, start bigint, count bigint) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  part record;
BEGIN
  -- Most calls, without the size of the text.
  IF start BETWEEN 1 AND 1000000000 AND count BETWEEN 0 AND 1000000000 THEN
    RETURN substr(value, start::integer, count::integer);
  END IF;
  part := cordon.span(char_length(value), start, count);
  RETURN substr(value, part.first::integer + 1, part.length::integer);
END $f$;

CREATE OR REPLACE FUNCTION cordon.substr(value text, start bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT cordon.substr(value, start, 1000000000)';

CREATE OR REPLACE FUNCTION cordon.substr(value bytea, start bigint, count bigint) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  part record;
BEGIN
  IF value = '' THEN RETURN NULL; END IF;  -- to SQLite, no bytes are none
  part := cordon.span(octet_length(value), start, count);
  RETURN substr(value, part.first::integer + 1, part.length::integer);
END $f$;

CREATE OR REPLACE FUNCTION cordon.substr(value bytea, start bigint) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT cordon.substr(value, start, 1000000000)';

CREATE OR REPLACE FUNCTION cordon.replace(value text, what text, with_what text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $f$ SELECT CASE WHEN what = '' THEN value ELSE replace(value, what, with_what) END $f$;

CREATE OR REPLACE FUNCTION cordon.hex(value bytea) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$ SELECT coalesce(upper(encode(value, 'hex')), '') $f$;

CREATE OR REPLACE FUNCTION cordon.char(code bigint) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN
  IF code NOT BETWEEN 0 AND 1114111 THEN RETURN chr(65533); END IF;
  IF coalesce(code, 0) = 0 OR code BETWEEN 55296 AND 57343 THEN
    RAISE 'no character of a text' USING ERRCODE = '22021';
  END IF;
  RETURN chr(code::integer);
END $f$;

CREATE OR REPLACE FUNCTION cordon.quote(value bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$ SELECT coalesce(value::text, 'NULL') $f$;

CREATE OR REPLACE FUNCTION cordon.quote(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $f$ SELECT coalesce('''' || replace(value, '''', '''''') || '''', 'NULL') $f$;

CREATE OR REPLACE FUNCTION cordon.quote(value bytea) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $f$ SELECT coalesce('X''' || upper(encode(value, 'hex')) || '''', 'NULL') $f$;

CREATE OR REPLACE FUNCTION cordon.quote(value double precision) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  result text := coalesce(cordon.to_text(value), 'NULL');
BEGIN
  IF value IS NULL OR abs(value) = 'Infinity' OR cordon.to_real(result) = value THEN
    RETURN result;
  END IF;
  RETURN cordon.format_real(value, 'e', '!', 0, 20);
END $f$;
)";

// ---- times --------------------------------------------------------------------------------------

constexpr char kTimes[] = R"(
-- Seconds since 1970 to the millisecond, never rounded up into the next day.
CREATE OR REPLACE FUNCTION cordon.unix(microseconds bigint) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  RETURN (microseconds / 1000 - CASE WHEN microseconds % 1000 < 0 THEN 1 ELSE 0 END)
         ::double precision / 1000;
END $f$;

-- Milliseconds since the beginning of the Julian days.
CREATE OR REPLACE FUNCTION cordon.julian(year integer, month integer, day integer, hour integer,
                                         minute integer, second double precision) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  y integer := CASE WHEN month > 2 THEN year ELSE year - 1 END;
  m integer := CASE WHEN month > 2 THEN month ELSE month + 12 END;
BEGIN
  IF year NOT BETWEEN -4713 AND 9999 THEN RETURN NULL; END IF;
  RETURN (36525 * (y + 4716) / 100 + 306001 * (m + 1) / 10000 + day + 2 - y / 100 + y / 100 / 4
          - 1525)::bigint * 86400000 + 43200000 +
         hour * 3600000 + minute * 60000 + trunc(second * 1000 + 0.5)::bigint;
END $f$;

-- A time as SQLite reads it, from a text or from a number, which `number_is` says how to take (see
-- Number in dialect_postgres.cc), after the steps, pairs of a Step and an amount. Like SQLite's, a
-- day that its month does not have stays as it is spelled until something is done to it. All NULL
-- where there is none, or none between the years -4713 and 9999.
CREATE OR REPLACE FUNCTION cordon.moment(value text, number double precision, number_is integer,
  steps bigint[], OUT milliseconds bigint, OUT year integer, OUT month integer, OUT day integer,
  OUT hour integer, OUT minute integer, OUT second double precision)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  jd bigint;
  zone integer := 0;
  part text[];
  kind integer;
  amount bigint;
  date date;
BEGIN
  IF value IS NOT NULL THEN
    part := regexp_match(value COLLATE "C", '^(?:(-?[0-9]{4})-([0-9]{2})-([0-9]{2}))?'
      '([ \t\n\v\f\rT]*)(?:([0-9]{2}):([0-9]{2})(?::([0-9]{2}(?:\.[0-9]+)?))?[ \t\n\v\f\r]*'
      '(?:[Zz]|([+-][0-9]{2}):([0-9]{2}))?[ \t\n\v\f\r]*)?$');
    IF (part[1] IS NULL AND (part[4] <> '' OR part[5] IS NULL)) OR part[5]::integer > 24 OR
       part[6]::integer > 59 OR cordon.to_real(part[7]) >= 60 OR abs(part[8]::integer) > 14 OR
       part[9]::integer > 59 OR part[2]::integer NOT BETWEEN 1 AND 12 OR
       part[3]::integer NOT BETWEEN 1 AND 31 THEN
      part := NULL;
    END IF;
    IF part IS NOT NULL THEN
      IF number_is > 1 THEN RETURN; END IF;
      year := part[1];
      month := part[2];
      day := part[3];
      hour := part[5];
      minute := part[6];
      second := coalesce(cordon.to_real(part[7]), CASE WHEN hour IS NOT NULL THEN 0 END);
      zone := coalesce(part[8]::integer * 60 +
                       CASE WHEN part[8] ~ '^-' THEN -1 ELSE 1 END * part[9]::integer, 0);
      IF year IS NOT NULL AND zone <> 0 THEN
        jd := cordon.julian(year, month, day, hour, minute, second) - zone * 60000;
        year := NULL;
        hour := NULL;
        zone := 0;
      END IF;
    ELSIF value COLLATE "C" ~ ('^[ \t\n\v\f\r]*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)'
                               '([eE][+-]?[0-9]+)?[ \t\n\v\f\r]*$') THEN
      number := cordon.to_real(value);
    END IF;
  END IF;
  IF part IS NULL THEN
    IF number_is <> 2 AND number >= 0 AND number < 5373484.5 THEN
      jd := trunc(number * 86400000 + 0.5);
    ELSIF (number_is = 1 AND number BETWEEN -210866760000 AND 253402300799) OR
          (number_is = 2 AND number >= -210866760000 AND number < 253402300800) THEN
      jd := trunc(number * 1000 + 210866760000000 + 0.5);
    ELSE
      RETURN;
    END IF;
  END IF;
  -- The fields are known, or jd is, or both; `zone` is still to be taken off the fields.
  FOR i IN 0 .. coalesce(array_length(steps, 1), 0) / 2 LOOP
    kind := coalesce(steps[2 * i + 1], -1);
    amount := steps[2 * i + 2];
    IF kind = 0 THEN
      jd := NULL;
      EXIT;
    END IF;
    IF jd IS NULL AND (kind < 3 OR zone <> 0 AND kind = -1) THEN
      jd := cordon.julian(coalesce(year, 2000), coalesce(month, 1), coalesce(day, 1),
                          coalesce(hour, 0), coalesce(minute, 0), coalesce(second, 0))
            - zone * 60000;
      EXIT WHEN jd IS NULL;
      IF zone <> 0 THEN
        year := NULL;
        hour := NULL;
        zone := 0;
      END IF;
    END IF;
    IF kind = 1 THEN
      jd := jd + amount;
      year := NULL;
      hour := NULL;
      CONTINUE;
    END IF;
    IF year IS NULL AND jd IS NULL THEN
      year := 2000;
      month := 1;
      day := 1;
    ELSIF year IS NULL THEN
      IF jd NOT BETWEEN 0 AND 464269060799999 THEN
        jd := NULL;
        EXIT;
      END IF;
      date := '2000-01-01'::date + ((jd + 43200000) / 86400000 - 2451545)::integer;
      year := date_part('year', date);
      IF year < 0 THEN year := year + 1; END IF;
      month := date_part('month', date);
      day := date_part('day', date);
    END IF;
    IF hour IS NULL THEN
      amount := (coalesce(jd, 43200000) + 43200000) % 86400000;
      hour := amount / 3600000;
      minute := amount / 60000 % 60;
      second := (amount % 60000)::double precision / 1000;
      amount := steps[2 * i + 2];
    END IF;
    IF kind = 2 THEN
      amount := month - 1 + amount;
      year := year + floor(amount / 12.0);
      month := amount - 12 * floor(amount / 12.0) + 1;
      jd := NULL;
    ELSIF kind = 3 THEN
      jd := cordon.julian(year, month, day, hour, minute, second);
      amount := amount - (jd + 129600000) / 86400000 % 7;
      jd := jd + (amount + CASE WHEN amount < 0 THEN 7 ELSE 0 END) * 86400000;
      year := NULL;
      hour := NULL;
      zone := 0;
    ELSIF kind >= 4 THEN
      hour := 0;
      minute := 0;
      second := 0;
      IF kind >= 5 THEN day := 1; END IF;
      IF kind = 6 THEN month := 1; END IF;
      jd := NULL;
      zone := 0;
    ELSIF jd IS NULL THEN
      jd := cordon.julian(year, month, day, hour, minute, second);
    END IF;
  END LOOP;
  IF jd BETWEEN 0 AND 464269060799999 THEN
    milliseconds := jd;
  ELSE
    year := NULL;
    month := NULL;
    day := NULL;
    hour := NULL;
    minute := NULL;
    second := NULL;
  END IF;
END $f$;

CREATE OR REPLACE FUNCTION cordon.julianday(value text, number double precision, number_is integer,
                                            steps bigint[]) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  at record;
BEGIN
  at := cordon.moment(value, number, number_is, steps);
  RETURN at.milliseconds::double precision / 86400000;
END $f$;

CREATE OR REPLACE FUNCTION cordon.unixepoch(value text, number double precision, number_is integer,
                                            steps bigint[]) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  at record;
BEGIN
  at := cordon.moment(value, number, number_is, steps);
  RETURN at.milliseconds / 1000 - 210866760000;
END $f$;

CREATE OR REPLACE FUNCTION cordon.date(value text, number double precision, number_is integer,
                                       steps bigint[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  at record;
BEGIN
  at := cordon.moment(value, number, number_is, steps);
  RETURN CASE WHEN at.year < 0 THEN '-' ELSE '' END || lpad(abs(at.year)::text, 4, '0') || '-' ||
         lpad(at.month::text, 2, '0') || '-' || lpad(at.day::text, 2, '0');
END $f$;

CREATE OR REPLACE FUNCTION cordon.time(value text, number double precision, number_is integer,
                                       steps bigint[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  at record;
BEGIN
  at := cordon.moment(value, number, number_is, steps);
  RETURN lpad(at.hour::text, 2, '0') || ':' || lpad(at.minute::text, 2, '0') || ':' ||
         lpad(trunc(at.second)::text, 2, '0');
END $f$;

CREATE OR REPLACE FUNCTION cordon.datetime(value text, number double precision, number_is integer,
                                           steps bigint[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  at record;
BEGIN
  at := cordon.moment(value, number, number_is, steps);
  RETURN CASE WHEN at.year < 0 THEN '-' ELSE '' END || lpad(abs(at.year)::text, 4, '0') || '-' ||
         lpad(at.month::text, 2, '0') || '-' || lpad(at.day::text, 2, '0') || ' ' ||
         lpad(at.hour::text, 2, '0') || ':' || lpad(at.minute::text, 2, '0') || ':' ||
         lpad(trunc(at.second)::text, 2, '0');
END $f$;

-- NULL for what SQLite does not know.
CREATE OR REPLACE FUNCTION cordon.spelled_time(format text, milliseconds bigint, year integer,
  month integer, day integer, hour integer, minute integer, second double precision) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  -- No value has a percent sign in it. '%/' stands for one.
  result text := replace(format, '%%', '%/');
  days integer;
BEGIN
  IF format COLLATE "C" !~ '^([^%]|%[dfHjJmMsSwWY%])*$' THEN RETURN NULL; END IF;
  IF strpos(result, '%Y') > 0 THEN
    result := replace(result, '%Y', CASE WHEN year < 0 THEN '-' || lpad((-year)::text,
      greatest(3, char_length((-year)::text)), '0') ELSE lpad(year::text, 4, '0') END);
  END IF;
  result := replace(result, '%m', lpad(month::text, 2, '0'));
  result := replace(result, '%d', lpad(day::text, 2, '0'));
  IF strpos(result, '%') = 0 THEN RETURN result; END IF;
  result := replace(result, '%H', lpad(hour::text, 2, '0'));
  result := replace(result, '%M', lpad(minute::text, 2, '0'));
  result := replace(result, '%S', lpad(trunc(second)::text, 2, '0'));
  IF strpos(result, '%') = 0 THEN RETURN result; END IF;
  IF strpos(result, '%f') > 0 THEN
    result := replace(result, '%f', cordon.format_real(least(second, 59.999), 'f', '0', 6, 3));
  END IF;
  IF strpos(result, '%J') > 0 THEN
    result := replace(result, '%J', cordon.format_real(milliseconds / 86400000.0::double precision,
                                                       'g', '', 0, 16));
  END IF;
  result := replace(result, '%s', (milliseconds / 1000 - 210866760000)::text);
  result := replace(result, '%w', ((milliseconds + 129600000) / 86400000 % 7)::text);
  IF result ~ '%[jW]' THEN
    days := (milliseconds - cordon.julian(year, 1, 1, hour, minute, second) + 43200000) / 86400000;
    result := replace(result, '%j', lpad((days + 1)::text, 3, '0'));
    result := replace(result, '%W',
      lpad(((days + 7 - (milliseconds + 43200000) / 86400000 % 7) / 7)::text, 2, '0'));
  END IF;
  RETURN replace(result, '%/', '%');
END $f$;

CREATE OR REPLACE FUNCTION cordon.strftime(format text, value text, number double precision,
                                           number_is integer, steps bigint[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  at record;
BEGIN
  at := cordon.moment(value, number, number_is, steps);
  RETURN cordon.spelled_time(format, at.milliseconds, at.year, at.month, at.day, at.hour, at.minute,
                             at.second);
END $f$;

-- Timestamps as they are, which most calls are of. Between the years 1 and 9999 the server's own
-- calendar is the same.
CREATE OR REPLACE FUNCTION cordon.timestamp_text(microseconds bigint, format text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF microseconds NOT BETWEEN -62135596800000000 AND 253402300799999999 THEN RETURN NULL; END IF;
  RETURN to_char('1970-01-01'::timestamp + '1 second'::interval *
    ((microseconds - CASE WHEN microseconds < 0 THEN 999999 ELSE 0 END) / 1000000), format);
END $f$;

CREATE OR REPLACE FUNCTION cordon.date(microseconds bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
SELECT coalesce(cordon.timestamp_text(microseconds, 'YYYY-MM-DD'),
                cordon.date(NULL, cordon.unix(microseconds), 2, '{}')) $f$;

CREATE OR REPLACE FUNCTION cordon.time(microseconds bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
SELECT coalesce(cordon.timestamp_text(microseconds, 'HH24:MI:SS'),
                cordon.time(NULL, cordon.unix(microseconds), 2, '{}')) $f$;

CREATE OR REPLACE FUNCTION cordon.datetime(microseconds bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
SELECT coalesce(cordon.timestamp_text(microseconds, 'YYYY-MM-DD HH24:MI:SS'),
                cordon.datetime(NULL, cordon.unix(microseconds), 2, '{}')) $f$;

CREATE OR REPLACE FUNCTION cordon.strftime(format text, microseconds bigint) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  jd bigint;
  time integer;
  day date;
BEGIN
  IF microseconds NOT BETWEEN -62135596800000000 AND 253402300799999999 THEN
    RETURN cordon.strftime(format, NULL, cordon.unix(microseconds), 2, '{}');
  END IF;
  jd := 210866760000000 + microseconds / 1000 - CASE WHEN microseconds % 1000 < 0 THEN 1 ELSE 0 END;
  time := (jd + 43200000) % 86400000;
  day := '2000-01-01'::date + ((jd + 43200000) / 86400000 - 2451545)::integer;
  RETURN cordon.spelled_time(format, jd, date_part('year', day)::integer,
    date_part('month', day)::integer, date_part('day', day)::integer, time / 3600000,
    time / 60000 % 60, (time % 60000)::double precision / 1000);
END $f$;

CREATE OR REPLACE FUNCTION cordon.julianday(microseconds bigint) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
SELECT CASE WHEN microseconds BETWEEN -210866760000000000 AND 253402300799999999 THEN
  (microseconds / 1000 - CASE WHEN microseconds % 1000 < 0 THEN 1 ELSE 0 END + 210866760000000)
  ::double precision / 86400000 END $f$;

CREATE OR REPLACE FUNCTION cordon.unixepoch(microseconds bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
SELECT CASE WHEN microseconds BETWEEN -210866760000000000 AND 253402300799999999 THEN
  microseconds / 1000000 - CASE WHEN microseconds % 1000000 < 0 THEN 1 ELSE 0 END END $f$;
)";

// ---- values without a type ----------------------------------------------------------------------

constexpr char kValues[] = R"(
CREATE OR REPLACE FUNCTION cordon.null_if(value cordon.value, other cordon.value)
RETURNS cordon.value
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS 'SELECT CASE WHEN cordon.value_compare(value, other) = 0 THEN NULL ELSE value END';

CREATE OR REPLACE FUNCTION cordon.replace(value cordon.value, what text, with_what text)
RETURNS cordon.value
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
SELECT CASE WHEN what = '' THEN value
            ELSE cordon.value_of(replace(cordon.value_to_text(value), what, with_what)) END $f$;

CREATE OR REPLACE FUNCTION cordon.quote(value cordon.value) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
SELECT CASE WHEN (value).t IS NOT NULL THEN cordon.quote((value).t)
            WHEN (value).r IS NOT NULL THEN cordon.quote((value).r)
            ELSE cordon.quote((value).i) END $f$;

-- With all digits of a number, for cordon.moment().
CREATE OR REPLACE FUNCTION cordon.moment_text(value cordon.value) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
SELECT coalesce((value).t, (value).r::text, (value).i::text) $f$;
)";

}  // namespace

std::string PgFunctionStatements() {
  return std::string("DO $cordon$ BEGIN\nCREATE SCHEMA IF NOT EXISTS cordon;\n") + kFormats +
         kCasts + kIntegers + kReals + kTexts + kTimes + "END $cordon$";
}

std::string PgValueFunctionStatements() {
  return std::string("DO $cordon$ BEGIN\n") + kValues + "END $cordon$";
}

absl::Status PgInstallFunctions(PgConnection& owner, const PostgresOptions& options) {
  // One statement each: what is many goes through EXECUTE.
  const std::string statements[] = {
      PgFunctionStatements(),
      "DO $cordon$ BEGIN EXECUTE $many$" + PgJsonFunctionStatements() + "$many$; END $cordon$",
      PgValueFunctionStatements(),
  };
  const std::string runtime = QuotedName(options.runtime_role);
  std::uint64_t print = TextHash(runtime);
  for (const std::string& text : statements) print = print * 31 + TextHash(text);
  const std::string stamp = "functions of Cordon, " + std::to_string(print);
  const auto there = owner.Execute(
      "SELECT coalesce(obj_description(to_regnamespace('cordon'), 'pg_namespace'), '') = $1",
      PgArguments().Text(stamp));
  if (!there.ok()) return there.status();
  if (const auto same = there->Integer(0, 0); !same.ok() || *same == 1) return same.status();
  PgOwnersTransaction transaction(owner);
  absl::Status done = transaction.BeginAlone(options);
  const auto run = [&](const std::string& sql) {
    if (done.ok()) done = owner.Execute(sql).status();
  };
  for (const std::string& text : statements) run(text);
  run("GRANT USAGE ON SCHEMA cordon TO " + runtime);
  run("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA cordon TO " + runtime);
  run("COMMENT ON SCHEMA cordon IS '" + stamp + "'");
  return done.ok() ? transaction.Commit() : done;
}

}  // namespace cordon::internal
