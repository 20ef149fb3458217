// SPDX-License-Identifier: Apache-2.0
// Why the checker refuses, in the words that the compiler and the run-time status both show.
#ifndef CORDON_DATA_INTERNAL_REFUSAL_H_
#define CORDON_DATA_INTERNAL_REFUSAL_H_

#include <cstdint>

namespace cordon::internal {

enum class Refusal : std::uint8_t {
  kNone,
  kEmpty,
  kTooLong,
  kTooComplex,
  kBadCharacter,
  kUnterminated,
  kNotOneStatement,
  kStatementKind,
  kSyntax,
  kNamedPlaceholder,
  kTooFewArguments,
  kTooManyArguments,
  kUnknownTable,
  kUnknownColumn,
  kDoubleQuotes,
  kAmbiguousColumn,
  kTenantColumn,
  kSchemaQualified,
  kRecursive,
  kWithName,
  kDuplicateName,
  kTableFunction,
  kJoin,
  kJoinCondition,
  kCompound,
  kCompoundOrder,
  kDistinct,
  kCase,
  kCast,
  kCollate,
  kFunction,
  kImpureFunction,
  kFunctionArguments,
  kTime,
  kWindow,
  kWindowOrder,
  kFrame,
  kOperator,
  kDivision,
  kAggregateHere,
  kBareColumn,
  kSubqueryColumns,
  kCompareNull,
  kTypes,
  kAnyType,
  kRowValue,
  kNotBoolean,
  kNotNumber,
  kNotText,
  kScale,
  kNumber,
  kLimit,
  kPage,
  kSumUp,
  kOrderByNumber,
  kConflictClause,
  kConflictTarget,
  kMissingColumn,
  kValueCount,
  kNullIntoNotNull,
  kVersionNotSet,
  kUpdateFrom,
  kGlobalWrite,
  kTenantWrite,
  kWritesHere,
  kNoRows,
  kHasRows,
  kColumnCount,
  kUnnamedColumn,
  kNoField,
  kFieldType,
  kFieldNull,
};

// Calls say(sentence). Each sentence stands in a call of its own, because a compiler shows the
// arguments of the calls that lead to an error, and the line that they stand in.
template <class Say>
constexpr auto Explain(Refusal refusal, const Say& say) {
  switch (refusal) {
    case Refusal::kNone:
      return say("");
    case Refusal::kEmpty:
      return say("cordon: there is no statement: write one");
    case Refusal::kTooLong:
      return say("cordon: the statement is longer than 16 KB: split it");
    case Refusal::kTooComplex:
      return say(
          "cordon: the statement nests too deep or joins too much: move a part of it into WITH or "
          "split it");
    case Refusal::kBadCharacter:
      return say("cordon: this character cannot stand in a statement: pass it in an argument");
    case Refusal::kUnterminated:
      return say("cordon: a string, quoted name or comment is not closed: close it");
    case Refusal::kNotOneStatement:
      return say("cordon: one statement at a time: remove what follows the first");
    case Refusal::kStatementKind:
      return say(
          "cordon: a scope runs SELECT, INSERT, UPDATE and DELETE only: use the API of the "
          "platform for anything else");
    case Refusal::kSyntax:
      return say(
          "cordon: the checker does not understand the statement here: write it in the documented "
          "grammar");
    case Refusal::kNamedPlaceholder:
      return say(
          "cordon: placeholders are plain ? in the order of the arguments: replace the numbered "
          "or named one");
    case Refusal::kTooFewArguments:
      return say(
          "cordon: the statement has more placeholders than arguments: pass one argument for each "
          "?");
    case Refusal::kTooManyArguments:
      return say(
          "cordon: the statement has fewer placeholders than arguments: write one ? for each "
          "argument");
    case Refusal::kUnknownTable:
      return say(
          "cordon: the schema has no such table: declare it with TenantTable or GlobalTable");
    case Refusal::kUnknownColumn:
      return say(
          "cordon: no table here has such a column: declare it in the schema, or correct the name "
          "or its qualifier");
    case Refusal::kDoubleQuotes:
      return say(
          "cordon: a text is written '…'; \"…\" is a name, and no table here has such a column");
    case Refusal::kAmbiguousColumn:
      return say("cordon: several tables here have such a column: qualify it with its table");
    case Refusal::kTenantColumn:
      return say(
          "cordon: the tenant is set by the scope, never by a statement: remove the tenant column");
    case Refusal::kSchemaQualified:
      return say(
          "cordon: a schema-qualified name reaches outside the scope: write the name of the table "
          "alone");
    case Refusal::kRecursive:
      return say(
          "cordon: a recursive WITH goes on from its own rows in the FROM of a SELECT behind "
          "UNION, once and without aggregates or windows: write it so");
    case Refusal::kWithName:
      return say(
          "cordon: a WITH name must not be that of a table or of another WITH: choose another "
          "name");
    case Refusal::kDuplicateName:
      return say("cordon: two tables here have the same name: give one of them an alias");
    case Refusal::kTableFunction:
      return say(
          "cordon: a table-valued function other than json_each and json_tree, or IN with the name "
          "of a table, reaches outside the scope: select from declared tables");
    case Refusal::kJoin:
      return say(
          "cordon: joins are INNER, LEFT, RIGHT, FULL, CROSS and NATURAL JOIN with ON or USING: "
          "rewrite this one as one of them");
    case Refusal::kJoinCondition:
      return say(
          "cordon: in front of this RIGHT or FULL JOIN, ON of an inner join has a condition on no "
          "column of its tables, with which SQLite loses rows: move that condition into a "
          "subquery, JOIN (SELECT ... WHERE ...)");
    case Refusal::kCompound:
      return say(
          "cordon: the SELECTs of a UNION, INTERSECT or EXCEPT have as many columns as the first, "
          "of its types and with no more digits behind the point: make them agree");
    case Refusal::kCompoundOrder:
      return say(
          "cordon: behind UNION, INTERSECT and EXCEPT, ORDER BY names columns of the first SELECT: "
          "name one, or move the query into WITH");
    case Refusal::kDistinct:
      return say(
          "cordon: which row a DISTINCT keeps is open, so its ORDER BY names columns of the select "
          "list: select what you order by");
    case Refusal::kCase:
      return say("cordon: a CASE has WHEN ... THEN ... and END: write it out");
    case Refusal::kCast:
      return say(
          "cordon: this CAST would lose the scale or the meaning of the value: cast between "
          "INTEGER, REAL, TEXT and DECIMAL(p, s), or convert in the host");
    case Refusal::kCollate:
      return say(
          "cordon: a COLLATE stands next to a comparison, IN, BETWEEN or in ORDER BY: which of two "
          "texts that it holds for equal comes out elsewhere would be the choice of a plan, so use "
          "lower() there");
    case Refusal::kFunction:
      return say(
          "cordon: this function is not on the list of pure functions: compute it in the host");
    case Refusal::kImpureFunction:
      return say(
          "cordon: what this function gives is not decided by the rows of the tenant: compute it "
          "in the host and pass it as an argument");
    case Refusal::kFunctionArguments:
      return say(
          "cordon: this function takes other arguments: correct their number or their types");
    case Refusal::kTime:
      return say(
          "cordon: a time is a column, an argument or a text, and its modifiers are texts of the "
          "statement, not 'now', 'localtime' or 'utc': pass the time as an argument, in UTC");
    case Refusal::kWindow:
      return say(
          "cordon: a window function stands with OVER in the select list or ORDER BY: move it "
          "there");
    case Refusal::kWindowOrder:
      return say(
          "cordon: rows that this ORDER BY holds for equal would be taken in the order of a plan: "
          "add the key to the ORDER BY of the window, or give the window a frame of ROWS");
    case Refusal::kFrame:
      return say(
          "cordon: a frame is ROWS, RANGE or GROUPS between two bounds, the first of them not "
          "behind the second: correct it");
    case Refusal::kOperator:
      return say(
          "cordon: this operator is not supported: use comparisons, AND, OR, NOT, IN, BETWEEN, "
          "LIKE, GLOB, IS, + - * / % & | << >> ~, || and the JSON arrows");
    case Refusal::kDivision:
      return say(
          "cordon: dividing exact decimals would round: divide in the host, where you choose how, "
          "or CAST to REAL");
    case Refusal::kAggregateHere:
      return say("cordon: an aggregate cannot stand here: move it into the select list or HAVING");
    case Refusal::kBareColumn:
      return say(
          "cordon: this column is neither grouped nor aggregated, so its value would be the choice "
          "of a plan: add it to GROUP BY");
    case Refusal::kSubqueryColumns:
      return say(
          "cordon: a subquery has as many columns as what it is compared with: select as many");
    case Refusal::kCompareNull:
      return say("cordon: a comparison with NULL is never true: write IS NULL or IS NOT NULL");
    case Refusal::kTypes:
      return say(
          "cordon: these two have different types: compare and assign like with like, and pass an "
          "argument of the type of the column");
    case Refusal::kAnyType:
      return say(
          "cordon: only the stored value knows the type of this: write CAST(... AS INTEGER), AS "
          "REAL or AS TEXT around it");
    case Refusal::kRowValue:
      return say(
          "cordon: a row value stands in comparisons with another one, in IN and in SET (...) = "
          "(...): take its parts one by one elsewhere");
    case Refusal::kNotBoolean:
      return say("cordon: a condition is wanted here: write the comparison out");
    case Refusal::kNotNumber:
      return say("cordon: a number is wanted here: pass an integer, an exact decimal or a double");
    case Refusal::kNotText:
      return say("cordon: a text is wanted here: pass one");
    case Refusal::kScale:
      return say(
          "cordon: the value has more digits behind the point than its place keeps: ROUND it to "
          "them");
    case Refusal::kNumber:
      return say(
          "cordon: this number does not fit 64 bits or is not exact: write a plain integer or "
          "decimal");
    case Refusal::kLimit:
      return say("cordon: LIMIT and OFFSET take an integer or a ? for one: pass the number");
    case Refusal::kSumUp:
      return say(
          "cordon: over a subtree only aggregates are read: write one SELECT of COUNT, SUM and the "
          "like, without GROUP BY, HAVING, LIMIT and UNION, and without a subquery that gives the "
          "value of a row");
    case Refusal::kPage:
      return say(
          "cordon: a page is cut from a plain SELECT with ORDER BY and without LIMIT, groups, "
          "DISTINCT, windows and UNION: move the query into WITH and page over that");
    case Refusal::kOrderByNumber:
      return say(
          "cordon: ORDER BY and GROUP BY take columns, expressions, AS names and the numbers of "
          "columns: name what to order by");
    case Refusal::kConflictClause:
      return say(
          "cordon: OR REPLACE, OR IGNORE and REPLACE hide what they overwrite: write ON CONFLICT "
          "(...) DO UPDATE or DO NOTHING");
    case Refusal::kConflictTarget:
      return say(
          "cordon: ON CONFLICT names the key or a declared unique constraint: list exactly its "
          "columns");
    case Refusal::kMissingColumn:
      return say("cordon: a column that must have a value is missing from the INSERT: add it");
    case Refusal::kValueCount:
      return say(
          "cordon: the number of values differs from the number of columns: give each column one "
          "value");
    case Refusal::kNullIntoNotNull:
      return say("cordon: NULL does not fit a column that is not std::optional: pass a value");
    case Refusal::kVersionNotSet:
      return say(
          "cordon: this table has a Version, by which others notice a change: set it as well, "
          "version = version + 1");
    case Refusal::kUpdateFrom:
      return say(
          "cordon: several rows of FROM could fit one row, and which one is taken would be the "
          "choice of a plan: equate the whole key of each table in FROM, or group it by what you "
          "equate");
    case Refusal::kGlobalWrite:
      return say(
          "cordon: a global table belongs to everybody and is read-only in the scope of a tenant: "
          "write it "
          "through Platform::WriteGlobals");
    case Refusal::kTenantWrite:
      return say(
          "cordon: Platform::WriteGlobals reaches global tables only: enter the tenant for its own "
          "tables");
    case Refusal::kWritesHere:
      return say("cordon: this scope only reads: use Transaction for a statement that writes");
    case Refusal::kNoRows:
      return say("cordon: this statement returns no rows: use Execute, or add RETURNING");
    case Refusal::kHasRows:
      return say("cordon: this statement returns rows: use One, Optional, All or Rows");
    case Refusal::kColumnCount:
      return say(
          "cordon: the row type has another number of fields than the statement has columns: make "
          "them agree");
    case Refusal::kUnnamedColumn:
      return say(
          "cordon: a computed column needs a name to find its field: add AS and the name of the "
          "field");
    case Refusal::kNoField:
      return say(
          "cordon: the row type has no field named like this column: rename the column with AS or "
          "add the field");
    case Refusal::kFieldType:
      return say(
          "cordon: a column and the field that receives it have different types: change one of "
          "them");
    case Refusal::kFieldNull:
      return say(
          "cordon: a column may be NULL: make the field that receives it std::optional, or use "
          "COALESCE");
  }
  return say("");
}

constexpr const char* Explain(Refusal refusal) {
  return Explain(refusal, [](const char* sentence) { return sentence; });
}

}  // namespace cordon::internal

#endif  // CORDON_DATA_INTERNAL_REFUSAL_H_
