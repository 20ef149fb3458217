// SPDX-License-Identifier: Apache-2.0
// What the engine's lock refuses, hooks hear of.
#include "cordon/data/hooks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "data/unchecked.h"
#include "support/world.h"

namespace cordon_test {
namespace {

using cordon::internal::Access;
using cordon::internal::Cursor;
using cordon::internal::TransactionCore;
using cordon::internal::UncheckedDoor;

class Denials final : public cordon::Hook {
 public:
  void Denied(const cordon::DenialEvent& event) override {
    codes.push_back(CodeOf(event.status));
    tenants.push_back(event.who.tenant->ToString());
    texts += Text(event.status);
  }
  std::vector<ErrorCode> codes;
  std::vector<std::string> tenants;
  std::string texts;
};

TEST_F(World, HooksHearOfWhatTheEngineRefuses) {
  auto hook = std::make_shared<Denials>();
  cordon::PlatformOptions options = Options();
  options.hooks = {hook};
  OpenTwins(std::move(options));
  for (const char* sql : {"SELECT * FROM customers", "PRAGMA table_list", "ATTACH 'x' AS y",
                          // What a faulty emitter might write: it reaches every tenant's rows.
                          "UPDATE \x01T2\x02 SET n = 0", "DELETE FROM \x01T2\x02"}) {
    hook->codes.clear();
    TransactionCore core(a->session.state_->engine, a->session.state_.get(),
                         TransactionCore::Kind::kWrite);
    Must(core.status());
    Cursor cursor;
    UncheckedDoor::StartMarked(core, sql, Access::kWrite, &cursor);
    while (cursor.Step()) cursor.EndRow();
    EXPECT_EQ(CodeOf(cursor.status()), ErrorCode::kEngineLock) << sql;
    EXPECT_THAT(hook->codes, ::testing::ElementsAre(ErrorCode::kEngineLock)) << sql;
    EXPECT_EQ(hook->tenants.back(), a->id.ToString());
  }
  EXPECT_EQ(hook->texts.find(kCanary), std::string::npos);
  EXPECT_EQ(RawValue(path(), "SELECT count(*) FROM counters WHERE n > 0"), "9");
}

}  // namespace
}  // namespace cordon_test
