// SPDX-License-Identifier: Apache-2.0
// `cordon tenants` and `cordon members` as an operator runs them, beside the product that works.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "support/program.h"
#include "support/world.h"

namespace cordon_test {
namespace {

using ::testing::HasSubstr;

class TenantsCommand : public World {
 protected:
  void SetUp() override { OpenTwins(); }
  Finished Run(std::vector<std::string> arguments, int code = 0) {
    const Finished run = RunProgram(CORDON_TOOL, std::move(arguments), "");
    EXPECT_EQ(run.exit_code, code) << run.err << run.out;
    return run;
  }
  nlohmann::json Json(std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    return nlohmann::json::parse(Run(std::move(arguments)).out);
  }
};

TEST_F(TenantsCommand, BuildsATree) {
  const auto top = Json({"tenants", "create", path(), "Top & Co", "--kind", "operator", "--slug",
                         "top", "--locale", "en"});
  EXPECT_EQ(top["kind"], "operator");
  EXPECT_EQ(top["parent"], nullptr);
  EXPECT_THAT(Run({"tenants", "create", path(), "Blue", "--kind", "brand", "--under", "top",
                   "--slug", "blue", "--brand", "blue"})
                  .out,
              HasSubstr(": Blue (blue)\n"));
  const auto dealer = Json({"tenants", "create", path(), "Alder", "--under", "blue", "--slug",
                            "alder", "--provisioning"});
  EXPECT_EQ(dealer["state"], "provisioning");
  EXPECT_EQ(Run({"tenants", "tree", path(), "top"}).out,
            "Top & Co  operator  active  top\n  Blue  brand  active  blue\n    Alder  customer  "
            "provisioning  alder\n");
  EXPECT_EQ(Json({"tenants", "tree", path()}).size(), 6U);
  EXPECT_EQ(Json({"tenants", "tree", path(), "top"})[2]["depth"], 2);
  EXPECT_EQ(Json({"tenants", "list", path()}).size(), 6U);
  const auto shown = Json({"tenants", "show", path(), "alder"});
  EXPECT_EQ(shown["id"], dealer["id"]);
  EXPECT_EQ(shown["path"].size(), 3U);
  EXPECT_THAT(Run({"tenants", "show", path(), dealer["id"]}).out,
              HasSubstr("under    Blue (blue)"));
  Run({"tenants", "move", path(), "top", "--under", "alder"}, 1);
  EXPECT_EQ(Run({"tenants", "move", path(), "alder", "--root"}).out,
            "moved to the top: Alder (alder)\n");
  Run({"tenants", "move", path(), "alder"}, 2);
  EXPECT_EQ(Run({"tenants", "activate", path(), "alder"}).out, "activated Alder (alder)\n");
  Run({"tenants", "suspend", path(), "alder", "--confirm", "alder"});
  Run({"tenants", "activate", path(), "alder"}, 1);
  Run({"tenants", "move", path(), "alder", "--root", "--under", "top"}, 2);
  Run({"tenants", "create", path(), "Other", "--slug", "alder"}, 1);
  Run({"tenants", "create", path(), "Other", "--slug", "NO"}, 2);
  Run({"tenants", "create", path(), "Other", "--kind", "king"}, 2);
  Run({"tenants", "show", path(), "nobody"}, 1);
}

TEST_F(TenantsCommand, SuspendsBesideTheProductOnceTheSlugIsTyped) {
  const std::string id = a->id.ToString();
  Run({"tenants", "suspend", path(), id}, 2);
  Run({"tenants", "suspend", path(), id, "--confirm", "yes"}, 2);
  EXPECT_THAT(a->session.Update(Counter{1, 1}), IsOk());
  EXPECT_THAT(Run({"tenants", "suspend", path(), id, "--confirm", id}).out,
              HasSubstr("suspended A"));
  EXPECT_THAT(a->session.Update(Counter{1, 2}), HasCode(ErrorCode::kTenantSuspended));
  EXPECT_THAT(b->session.Update(Counter{1, 2}), IsOk());
  EXPECT_EQ(Json({"tenants", "resume", path(), id})["state"], "active");
  EXPECT_THAT(platform->Enter(Verified("anna"), a->id, cordon::Purpose("test")), IsOk());
}

TEST_F(TenantsCommand, KeepsMembers) {
  const std::string id = a->id.ToString();
  EXPECT_EQ(Run({"members", "list", path(), id}).out, "user:anna\n");
  EXPECT_EQ(Run({"members", "add", path(), id, "job:nightly"}).out,
            "job:nightly is a member of A (" + id + ")\n");
  EXPECT_EQ(Json({"members", "list", path(), id})[1]["kind"], "job");
  Run({"members", "remove", path(), id, "anna"});
  EXPECT_THAT(a->session.Update(Counter{1, 2}), HasCode(ErrorCode::kContextRevoked));
  Run({"members", "add", path(), id, "user:"}, 2);
  EXPECT_THAT(Run({"members", "remove", path(), id, "Job:nightly"}, 2).err, HasSubstr("job:NAME"));
}

TEST_F(TenantsCommand, OpensWhatAPlatformHasMadeAndMakesNothing) {
  const std::string none = scratch.File("none.db");
  Run({"tenants", "list", none}, 3);
  EXPECT_FALSE(std::filesystem::exists(none));
  const std::string other = scratch.File("other.db");
  (void)RawSql(other, "CREATE TABLE t(a)");
  EXPECT_THAT(Run({"tenants", "list", other}, 3).err, HasSubstr("holds no directory of tenants"));
  Run({"tenants"}, 2);
  EXPECT_THAT(Run({"tenants", "suspend", "--help"}).out, HasSubstr("Exit codes: 0 done"));
}

TEST_F(TenantsCommand, WithoutTheProductNothingIsRemovedOrSealed) {
  const auto file = Must(cordon::DirectoryFile::Open(path()));
  const auto id = Must(file->tenants().Create("x"));
  EXPECT_THAT(file->tenants().Remove(id), HasCode(ErrorCode::kInvalidArgument));
  EXPECT_EQ(Must(file->tenants().Find(id)).state, cordon::TenantState::kActive);
  EXPECT_THAT(file->tenants().Seal(a->context, cordon::Audience("x")),
              HasCode(ErrorCode::kInvalidArgument));
  EXPECT_THAT(file->tenants().Unseal("cev1.x", cordon::Audience("x")),
              HasCode(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace cordon_test
