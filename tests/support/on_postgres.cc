// SPDX-License-Identifier: Apache-2.0
// Linked into a test of world.h, this makes CORDON_TEST_ENGINE=postgres run it on a server.
#include <cstdlib>
#include <deque>
#include <string>

#include "support/postgres_shop.h"
#include "support/twin_engine.h"
#include "support/world.h"

namespace cordon_test {
namespace {

// The database of the test that runs.
class Databases : public testing::EmptyTestEventListener {
 public:
  std::string Current() {
    if (name_.empty()) name_ = PgShop::Copy();
    return name_;
  }
  // One for each of two worlds, which the second one after it may drop.
  std::string Next() {
    twins_.push_back(PgShop::Copy());
    while (twins_.size() > 2) DropFirst();
    return twins_.back();
  }
  void OnTestEnd(const testing::TestInfo&) override {
    if (!name_.empty()) PgShop::Drop(name_);
    name_.clear();
    while (!twins_.empty()) DropFirst();
  }

 private:
  void DropFirst() {
    PgShop::Drop(twins_.front());
    twins_.pop_front();
  }

  std::string name_;
  std::deque<std::string> twins_;
};

const bool kRegistered = [] {
  const char* const engine = std::getenv("CORDON_TEST_ENGINE");
  if (engine == nullptr || std::string(engine) != "postgres") return false;
  auto* const databases = new Databases;
  testing::UnitTest::GetInstance()->listeners().Append(databases);
  EngineOfTests() = [databases](cordon::PlatformOptions* options) {
    options->path.clear();
    options->server = PgShop::Server(OptionsFor(databases->Current()));
  };
  EngineOfTwins() = [databases](cordon::PlatformOptions& options) {
    options.server = PgShop::Server(OptionsFor(databases->Next()));
  };
  RawSqlOfTests() = [databases](const std::string& sql) {
    auto rows =
        PostgresServer::Get().Sql("SET search_path = public, cordon; " + sql, databases->Current());
    for (std::string& row : rows) row = row.substr(0, row.find('|'));
    return rows;
  };
  return true;
}();

}  // namespace
}  // namespace cordon_test
