// SPDX-License-Identifier: Apache-2.0
// Makes up lines that act on the house. Numbers may be too high: the house takes them modulo what
// it has.
#include <cstdint>
#include <string>
#include <vector>

#include "prove/house.h"

namespace cordon_test {
namespace {

class HouseComposer {
 public:
  HouseComposer(cordon::testing::Input& input, std::vector<std::string>* script)
      : input_(input), script_(*script) {}

  void Compose() {
    switch (Below(8)) {
      case 0:
        return Leaving();
      case 1:
        return Envelopes();
      case 2:
        return Sums();
      case 3:
        return Moves();
      case 4:
        return Passing();
      default:
        for (std::uint64_t i = 2 + Below(7); i-- > 0;) Anything();
    }
  }

 private:
  std::uint64_t Below(std::uint64_t n) { return input_.Below(n); }
  void Add(std::string line) { script_.push_back(std::move(line)); }
  std::string Number(std::uint64_t n) { return " " + std::to_string(Below(n)); }
  std::string Place() { return Number(10); }
  std::string Person() { return Number(House::kHeads); }
  // How many seconds; 0 is long.
  std::string Seconds() { return Below(4) == 3 ? Number(4) : " 0"; }
  void Meanwhile() {
    if (Below(3) == 2) Add("OTHERS");
  }

  void Leaving() {
    const std::string place = Place();
    const std::string who = Person();
    Add("JOIN" + place + who);
    for (std::uint64_t i = 1 + Below(2); i-- > 0;) Add("COME" + place + who + Seconds());
    Add("USE 0" + Number(30));
    Meanwhile();
    static constexpr const char* kWays[] = {"SUSPEND", "OFFBOARD", "LEAVE", "LEAVE", "REMOVE"};
    const std::string way = kWays[Below(16) == 15 ? 4 : Below(4)];
    Add(way + place + (way == "LEAVE" ? who : ""));
    Meanwhile();
    for (const char* const back : {"0", "1"}) Add(std::string("USE ") + back + Number(30));
    if (Below(4) != 0) Add(way == "LEAVE" ? "JOIN" + place + who : "RESUME" + place);
    Add("COME" + place + who + Seconds());
    for (const char* const back : {"0", "1"}) Add(std::string("USE ") + back + Number(30));
  }
  void Envelopes() {
    const std::string place = Place();
    const std::string who = Person();
    if (Below(3) != 0) Add("JOIN" + place + who);
    Add("COME" + place + who + Seconds());
    const std::string audience = Number(2);
    Add("SEAL 0" + audience + Seconds());
    Meanwhile();
    if (Below(3) == 2) Add((Below(2) == 1 ? "LEAVE" + place + who : "SUSPEND" + place));
    if (Below(2) == 1) Add("UNSEAL 0" + audience + Number(6) + Number(4000));
    if (Below(3) == 2) Add("UNSEAL 0" + Number(2) + " 0 0");
    Add("UNSEAL" + Number(4) + audience + " 0 0");
    Meanwhile();
    Add("UNSEAL 0" + audience + " 0 0");
    Add("USE 0" + Number(30));
    if (Below(3) != 0) Add("RESUME" + place);
  }
  void Sums() {
    const std::string root = Below(2) == 1 ? " 1" : Place();
    if (Below(3) != 0) Add("ALLOW" + root + " 3");
    Add("ABOVE" + root + (Below(4) == 3 ? Person() : " 3") + Seconds());
    Add("SUM 0" + Number(32));
    static constexpr const char* kActs[] = {"SUSPEND", "RESUME", "LIFT", "OFFBOARD", "ACTIVATE"};
    for (std::uint64_t i = 1 + Below(2); i-- > 0;) {
      Meanwhile();
      if (Below(8) == 7) {
        Add("FORBID" + root + " 3");
      } else {
        Add(Below(3) == 2 ? "MOVE" + Place() + Place() : kActs[Below(5)] + Place());
      }
    }
    Add("SUM" + Number(3) + Number(32));
    if (Below(4) != 0) Add("RESUME" + Place());
    if (Below(4) != 0) Add("RESUME" + root);
  }
  void Moves() {
    for (std::uint64_t i = 1 + Below(3); i-- > 0;) {
      if (Below(4) == 3) Add("BUILD" + Number(4) + Place() + Number(200));
      // The first two resellers, also among one another.
      static constexpr const char* kInner[] = {"MOVE 1 3", "MOVE 3 1", "MOVE 1 1", "MOVE 1 0"};
      Add(Below(3) == 2 ? kInner[Below(4)] : "MOVE" + Place() + Place());
      Meanwhile();
      Add("TREE" + Place());
    }
  }
  void Passing() {
    const std::string from = Below(2) == 1 ? " 2" : Place();
    Add("COME" + from + (from == " 2" ? " 0" : Person()) + " 0");
    const std::string to = Place();
    const std::string who = Person();
    Add("JOIN" + to + who);
    Add("COME" + to + who + Seconds());
    Add("USE" + Number(2) + " 0");
    Meanwhile();
    for (std::uint64_t i = 1 + Below(3); i-- > 0;) {
      Add(std::string("PASS") + (Below(3) == 2 ? " 0 1" : " 1 0") + Number(21) + Number(4));
      if (Below(4) == 3) Add("END 0" + Number(2));
    }
  }
  void Anything() {
    switch (Below(20)) {
      case 0:
        return Add("BUILD" + Number(4) + Place() + Number(200));
      case 1:
        return Add("MOVE" + Place() + Place());
      case 2:
        return Add(Below(4) == 3 ? "LIFT" + Place() : "RENAME" + Place() + Number(16));
      case 3:
        return Add("SUSPEND" + Place());
      case 4:
      case 5:
        return Add("RESUME" + Place());
      case 6:
        return Add(Below(2) == 1 ? "OFFBOARD" + Place() : "ACTIVATE" + Place());
      case 7:
        return Add(Below(6) == 5 ? "REMOVE" + Place() : "TREE" + Place());
      case 8:
        return Add("JOIN" + Place() + Person());
      case 9:
        return Add((Below(2) == 1 ? "LEAVE" : "FORBID") + Place() + Person());
      case 10:
        return Add("ALLOW" + Place() + Person());
      case 11:
        return Add(Below(2) == 1 ? "SLUG" + Number(4) : "OF" + Person());
      case 12:
        return Add("COME" + Place() + Person() + Seconds());
      case 13:
        return Add("ABOVE" + Place() + Person() + Seconds());
      case 14:
        return Add(Below(4) == 3 ? "END" + Number(2) + Number(4) : "USE" + Number(4) + Number(30));
      case 15:
        return Add("SUM" + Number(3) + Number(32));
      case 16:
        return Add("SEAL" + Number(4) + Number(2) + Seconds());
      case 17:
        return Add("UNSEAL" + Number(4) + Number(2) + Number(6) + Number(4000));
      case 18:
        return Add("PASS" + Number(4) + Number(4) + Number(21) + Number(4));
      default:
        return Add("OTHERS");
    }
  }

  cordon::testing::Input& input_;
  std::vector<std::string>& script_;
};

}  // namespace

void ComposeHouse(cordon::testing::Input& input, std::vector<std::string>* script) {
  HouseComposer(input, script).Compose();
}

}  // namespace cordon_test
