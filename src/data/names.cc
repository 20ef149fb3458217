// SPDX-License-Identifier: Apache-2.0
#include "data/names.h"

#include <algorithm>
#include <string>

#include "cordon/data/internal/lexer.h"

namespace cordon::internal {

bool IsLiteral(std::string_view text) {
  if (!text.empty() && Fold(text.front()) == 'x') text.remove_prefix(1);
  if (text.size() < 2 || text.front() != '\'' || text.back() != '\'') return false;
  text = text.substr(1, text.size() - 2);
  for (std::size_t at = text.find('\''); at != std::string_view::npos;
       at = text.find('\'', at + 2)) {
    if (at + 1 == text.size() || text[at + 1] != '\'') return false;
  }
  return true;
}

bool IsWordPart(char c) {
  return ClassOf(c) >= CharClasses::kLetter || static_cast<unsigned char>(c) >= 0x80 || c == '$';
}

std::size_t FindWhole(std::string_view text, std::string_view word, std::size_t at) {
  for (at = text.find(word, at); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if (at > 0 && IsWordPart(text[at - 1])) continue;
    if (end < text.size() && IsWordPart(text[end])) continue;
    return at;
  }
  return at;
}

bool NamesTenantTable(const SchemaView& schema, std::string_view text) {
  std::string folded(text);
  std::transform(folded.begin(), folded.end(), folded.begin(), Fold);
  for (std::size_t t = 0; t < schema.table_count; ++t) {
    if (schema.tables[t].kind != TableKind::kTenant) continue;
    std::string name(schema.tables[t].name);
    std::transform(name.begin(), name.end(), name.begin(), Fold);
    for (std::size_t at = FindWhole(folded, name); at != std::string::npos;
         at = FindWhole(folded, name, at + 1)) {
      // A column of that name, qualified as the emitter does: t3."name".
      const bool qualified = at >= 4 && folded[at - 1] == '"' && folded[at - 2] == '.' &&
                             (ClassOf(folded[at - 3]) == CharClasses::kDigit ||
                              (at >= 10 && folded.compare(at - 10, 8, "excluded") == 0));
      if (!qualified) return true;
    }
  }
  return false;
}

}  // namespace cordon::internal
