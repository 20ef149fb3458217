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
  kAmbiguousColumn,
  kTenantColumn,
  kSchemaQualified,
  kNestedWith,
  kRecursive,
  kWithName,
  kDuplicateName,
  kSubqueryInFrom,
  kTableFunction,
  kJoin,
  kSetOperation,
  kDistinct,
  kExpression,
  kFunction,
  kWindow,
  kOperator,
  kDivision,
  kAggregateHere,
  kBareColumn,
  kSubqueryColumns,
  kSubqueryInReturning,
  kCompareNull,
  kTypes,
  kNotBoolean,
  kNotNumber,
  kNotText,
  kScale,
  kNumber,
  kLimit,
  kOrderByNumber,
  kConflictClause,
  kConflictTarget,
  kInsertSelect,
  kMissingColumn,
  kValueCount,
  kNullIntoNotNull,
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
    case Refusal::kAmbiguousColumn:
      return say("cordon: several tables here have such a column: qualify it with its table");
    case Refusal::kTenantColumn:
      return say(
          "cordon: the tenant is set by the scope, never by a statement: remove the tenant column");
    case Refusal::kSchemaQualified:
      return say(
          "cordon: a schema-qualified name reaches outside the scope: write the name of the table "
          "alone");
    case Refusal::kNestedWith:
      return say("cordon: WITH stands at the beginning of the statement only: move it there");
    case Refusal::kRecursive:
      return say("cordon: recursive WITH is not supported yet: walk the hierarchy in the host");
    case Refusal::kWithName:
      return say(
          "cordon: a WITH name must not be that of a table or of another WITH: choose another "
          "name");
    case Refusal::kDuplicateName:
      return say("cordon: two tables here have the same name: give one of them an alias");
    case Refusal::kSubqueryInFrom:
      return say("cordon: a subquery in FROM is not supported yet: move it into WITH");
    case Refusal::kTableFunction:
      return say(
          "cordon: table-valued functions reach outside the scope: select from declared tables");
    case Refusal::kJoin:
      return say(
          "cordon: joins are [INNER] JOIN ... ON and LEFT JOIN ... ON: rewrite this one as one of "
          "them");
    case Refusal::kSetOperation:
      return say(
          "cordon: UNION, INTERSECT and EXCEPT are not supported yet: run two statements in one "
          "transaction");
    case Refusal::kDistinct:
      return say("cordon: SELECT DISTINCT is not supported yet: use GROUP BY");
    case Refusal::kExpression:
      return say("cordon: CASE, CAST and COLLATE are not supported yet: compute it in the host");
    case Refusal::kFunction:
      return say(
          "cordon: this function is not on the list of pure functions: compute it in the host");
    case Refusal::kWindow:
      return say(
          "cordon: window functions and FILTER are not supported yet: compute it in the host");
    case Refusal::kOperator:
      return say(
          "cordon: this operator is not supported: use comparisons, AND, OR, NOT, IN, BETWEEN, "
          "LIKE, IS NULL, + - * / % and ||");
    case Refusal::kDivision:
      return say(
          "cordon: dividing exact decimals would round: divide in the host, where you choose how");
    case Refusal::kAggregateHere:
      return say("cordon: an aggregate cannot stand here: move it into the select list or HAVING");
    case Refusal::kBareColumn:
      return say(
          "cordon: this column is neither grouped nor aggregated, so its value would be the choice "
          "of a plan: add it to GROUP BY");
    case Refusal::kSubqueryColumns:
      return say("cordon: a subquery used as a value or in IN has exactly one column: select one");
    case Refusal::kSubqueryInReturning:
      return say(
          "cordon: RETURNING takes the columns of its own table: run the subquery as a statement "
          "of its own");
    case Refusal::kCompareNull:
      return say("cordon: a comparison with NULL is never true: write IS NULL or IS NOT NULL");
    case Refusal::kTypes:
      return say(
          "cordon: these two have different types: compare and assign like with like, and pass an "
          "argument of the type of the column");
    case Refusal::kNotBoolean:
      return say("cordon: a condition is wanted here: write the comparison out");
    case Refusal::kNotNumber:
      return say("cordon: an integer or exact decimal is wanted here: pass one");
    case Refusal::kNotText:
      return say("cordon: a text is wanted here: pass one");
    case Refusal::kScale:
      return say(
          "cordon: the value has more digits behind the point than its place keeps: round it in "
          "the host, where you choose how");
    case Refusal::kNumber:
      return say(
          "cordon: this number does not fit 64 bits or is not exact: write a plain integer or "
          "decimal");
    case Refusal::kLimit:
      return say("cordon: LIMIT and OFFSET take an integer or a ? for one: pass the number");
    case Refusal::kOrderByNumber:
      return say("cordon: ORDER BY takes columns, expressions and AS names: name what to order by");
    case Refusal::kConflictClause:
      return say(
          "cordon: OR REPLACE, OR IGNORE and REPLACE hide what they overwrite: write ON CONFLICT "
          "(...) DO UPDATE or DO NOTHING");
    case Refusal::kConflictTarget:
      return say(
          "cordon: ON CONFLICT names the key or a declared unique constraint: list exactly its "
          "columns");
    case Refusal::kInsertSelect:
      return say(
          "cordon: INSERT ... SELECT is not supported yet: read the rows and insert them in one "
          "transaction");
    case Refusal::kMissingColumn:
      return say("cordon: a column that must have a value is missing from the INSERT: add it");
    case Refusal::kValueCount:
      return say(
          "cordon: the number of values differs from the number of columns: give each column one "
          "value");
    case Refusal::kNullIntoNotNull:
      return say("cordon: NULL does not fit a column that is not std::optional: pass a value");
    case Refusal::kUpdateFrom:
      return say("cordon: UPDATE ... FROM is not supported yet: use a subquery in SET");
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
