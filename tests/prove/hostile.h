// SPDX-License-Identifier: Apache-2.0
//
// SQL that tries to leak: the shapes by which other products have leaked, varied at random, for
// each of the three ways in. Every choice comes from one function, so that a seed or a fuzzer
// decides them all; 0 is the plainest choice of each.
//
// Not guaranteed: that a text is SQL at all. Whoever runs them asserts that nothing of a neighbour
// comes out and nothing of his changes, whatever the text was.
#ifndef CORDON_TESTS_PROVE_HOSTILE_H_
#define CORDON_TESTS_PROVE_HOSTILE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/data/internal/schema_view.h"
#include "cordon/tenant/tenant_id.h"

namespace cordon_test {

class Hostile {
 public:
  // below(n) is one of 0 to n - 1. The schema must outlive this. Without neighbours, ids are those
  // of nobody.
  Hostile(std::function<std::uint64_t(std::uint64_t)> below,
          const cordon::internal::SchemaView& schema,
          const std::vector<cordon::TenantId>& neighbours);

  // For Session::Ask(): the checker's own grammar, turned towards what is not the tenant's, and
  // what the checker has to refuse. It has no placeholders.
  [[nodiscard]] std::string ForAnalyst();
  // For UncheckedDoor::Start(): no mark, so that nothing of it may touch a tenant's table.
  [[nodiscard]] std::string ForLock();
  // For UncheckedDoor::StartMarked(): the emitter's forms with faults in them. ?1 is the tenant.
  [[nodiscard]] std::string Marked();

 private:
  enum class Way { kAnalyst, kLock, kMarked };
  using Texts = std::vector<std::string>;

  std::size_t Upto(std::size_t n) { return static_cast<std::size_t>(below_(n)); }
  // 0 is the plainer of two ways.
  bool Chance(std::size_t percent) { return Upto(100) >= 100 - percent; }
  const std::string& Pick(const Texts& of) { return of[Upto(of.size())]; }

  // Names and values.
  std::size_t AnyTable();
  std::size_t TenantTable();
  std::string Name(std::size_t table) const;
  std::string ColumnName(std::size_t table, std::size_t column) const;
  std::string AnyColumn(std::size_t table, bool real = false);
  std::string TextColumn(std::size_t table);
  std::string Spelled(const std::string& name);
  std::string Table(std::size_t table);
  std::string SomeId();
  std::string LiteralFor(std::size_t table, std::size_t column);
  std::string Secret();
  std::string EnginesOwn();
  std::string Blank();

  // Parts of statements.
  std::string Source(std::size_t* table, const std::string& alias);
  std::string Tautology(std::size_t table, const std::string& alias);
  std::string Condition(std::size_t table, const std::string& alias, int depth);
  std::string Oracle(const std::string& condition);
  std::string Told(std::size_t table, const std::string& alias);
  std::string Impure();
  std::string Read(int depth);
  std::string Shadowed();
  std::string Recursion();
  std::string Write();
  std::string Command();
  std::string Deep();
  std::string Long();
  std::string Plain();

  // Marks.
  std::string Mark(char kind, std::size_t table) const;
  std::string ColumnMark(char kind, std::size_t table, std::size_t column) const;
  std::string MarkedColumn(std::size_t table, bool assigned);
  std::string MarkedSource(std::size_t* table, std::size_t target);
  std::string MarkedFilter(std::size_t table);
  std::string MarkedCondition(std::size_t table, int depth);
  std::string MarkedQuery(std::size_t target, std::size_t columns, int depth);
  std::string MarkedValue(std::size_t table, std::size_t column, std::size_t target);
  std::string AlmostHonest();
  std::string MarkedInsert(std::size_t table);
  std::string MarkedUpdate(std::size_t table);
  std::string MarkedDelete(std::size_t table);
  std::string MarkedBent(std::size_t table);
  std::string MarkedReturning(std::size_t table, std::size_t target);
  std::string Assignments(std::size_t table);

  // On top: tokens swapped, dropped, doubled, and taken from another text.
  static Texts Tokens(std::string_view text);
  std::string Mutated(const std::string& text, const std::string& other, Way way);

  const std::function<std::uint64_t(std::uint64_t)> below_;
  const cordon::internal::SchemaView& schema_;
  Texts ids_;  // of neighbours, as SQL writes them
  Way way_ = Way::kAnalyst;
  bool tame_ = false;  // as the checker accepts it, mostly
};

}  // namespace cordon_test

#endif  // CORDON_TESTS_PROVE_HOSTILE_H_
