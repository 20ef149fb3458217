// SPDX-License-Identifier: Apache-2.0
#include "prove/house.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>

#include "cordon/data/query.h"
#include "prove/oracle.h"
#include "prove/show.h"

namespace cordon_test {
namespace {

using namespace cordon::literals;
using cordon::Audience;
using cordon::Principal;
using cordon::Purpose;
using cordon::TenantId;
using cordon::TenantInfo;
using cordon::TenantKind;
using cordon::TenantState;
using Code = cordon::ErrorCode;
using Place = HouseModel::Place;
using Time = HouseModel::Time;
using cordon_test::Shown;

constexpr Place kOperator = 0;
constexpr Place kReseller = 1;
constexpr Place kOurs = 2;
constexpr std::size_t kMostTenants = 14;

// The first two are what the neighbours call theirs as well.
constexpr std::array<const char*, House::kHeads> kPeople = {"twin", "visitor", "anna",
                                                            "rita", "sync",    "mona"};
constexpr std::size_t kService = 4;
constexpr std::array<const char*, 4> kSlugs = {"", "house-a", "house-b", "house-c"};
constexpr std::array<const char*, 4> kBrands = {"", "blue", "red", "plain"};
constexpr std::array<const char*, 4> kLocales = {"", "de", "de-AT", "en"};
constexpr std::array<const char*, 3> kNames = {"A", "B", "Alder & Sons"};

Principal Somebody(std::size_t who) {
  const auto kind = who == kService ? Principal::Kind::kService : Principal::Kind::kUser;
  return *Principal::Of(kind, kPeople[who]);
}

// Which traces there are tells nothing here; drawing them would, where one world draws and the
// other one refuses.
cordon::TraceParent Trace() {
  return *cordon::TraceParent::Parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
}

std::chrono::milliseconds Lifetime(std::int64_t seconds) {
  return std::chrono::seconds(seconds == 0 ? 900 : seconds);
}

std::string Shown(const cordon::Owned<Order>& row) {
  return std::to_string(row->id) + "|" + row->name + "|" + row->net.ToString();
}

template <class... T>
std::string Shown(const std::tuple<T...>& row) {
  std::string line;
  const auto add = [&]<class V>(const V& value) {
    line += line.empty() ? "" : "|";
    if constexpr (requires { value.has_value(); }) {
      line += value.has_value() ? Shown(cordon::Value(*value)) : "NULL";
    } else {
      line += Shown(cordon::Value(value));
    }
  };
  std::apply([&](const T&... values) { (add(values), ...); }, row);
  return line;
}

}  // namespace

// ---- one line -----------------------------------------------------------------------------------

class House::Line {
 public:
  Line(House& house, const TradeWorld& world, std::string_view line, std::string* witness)
      : house_(house),
        model_(house.model_),
        world_(world),
        tenants_(world.platform().tenants()),
        rest_(line),
        witness_(witness) {}

  using Act = void (Line::*)();
  static const std::map<std::string_view, Act>& Acts() {
    static const std::map<std::string_view, Act> kActs = {
        {"BUILD", &Line::Build},   {"MOVE", &Line::Move},         {"LIFT", &Line::Lift},
        {"RENAME", &Line::Rename}, {"ACTIVATE", &Line::Activate}, {"SUSPEND", &Line::Suspend},
        {"RESUME", &Line::Resume}, {"OFFBOARD", &Line::Offboard}, {"REMOVE", &Line::Remove},
        {"JOIN", &Line::Join},     {"LEAVE", &Line::Leave},       {"ALLOW", &Line::Allow},
        {"FORBID", &Line::Forbid}, {"TREE", &Line::Tree},         {"SLUG", &Line::Slug},
        {"OF", &Line::Of},         {"COME", &Line::Come},         {"ABOVE", &Line::Above},
        {"USE", &Line::Use},       {"END", &Line::End},           {"SUM", &Line::Sum},
        {"SEAL", &Line::Seal},     {"UNSEAL", &Line::Unseal},     {"PASS", &Line::Pass}};
    return kActs;
  }
  std::string Play() {
    const std::string_view word = Word();
    (this->*Acts().at(word))();
    return std::move(shown_);
  }

 private:
  // ---- reading

  std::string_view Word() {
    const std::size_t end = rest_.find(' ');
    const std::string_view word = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    return word;
  }
  std::size_t Number() {
    const std::string_view word = Word();
    std::size_t number = 0;
    std::from_chars(word.data(), word.data() + word.size(), number);
    return number;
  }
  Place Tenant() { return Number() % model_.tenants.size(); }
  // Our own tenant has to stay, and whoever is below the operator is not told.
  Place Movable() { return Number() % (model_.tenants.size() - 1) + 1; }
  Who Person() { return Number() % kPeople.size(); }
  // The place in kept_, counted from the newest; nothing when none is kept.
  std::optional<std::size_t> TicketNumber(bool subtree) {
    std::size_t back = Number();
    std::vector<std::size_t> fitting;
    for (std::size_t i = 0; i < model_.tickets.size(); ++i) {
      if (model_.tickets[i].subtree == subtree) fitting.push_back(i);
    }
    if (fitting.empty()) return std::nullopt;
    return fitting[fitting.size() - 1 - back % fitting.size()];
  }

  // ---- saying

  const TenantId& Id(Place place) const { return *model_.tenants[place].id; }
  std::string Named(const TenantId& id) const {
    for (Place i = 0; i < model_.tenants.size(); ++i) {
      if (Id(i) == id) return std::to_string(i);
    }
    return "somebody else";
  }
  void Say(const std::string& text) { shown_ += "  " + text + "\n"; }
  void Told(const std::string& text, const std::string& expected) {
    Say(text);
    if (witness_ != nullptr && text != expected) {
      *witness_ += "  it should be\n    " + expected + "\n  and is\n    " + text + "\n";
    }
  }
  // Whether it was done, here and in the model.
  bool Ended(const absl::Status& status, Code expected) {
    shown_ += "  " + Shown(status);
    const Code code = cordon::CodeOf(status);
    if (witness_ != nullptr && code != expected) {
      *witness_ += "  it should end with code " + std::to_string(static_cast<int>(expected)) +
                   " and ends with " + Shown(status);
    }
    return code == Code::kNone && expected == Code::kNone;
  }
  [[nodiscard]] Time Wall() const { return world_.clock()->Now().time_since_epoch(); }
  [[nodiscard]] Time Now() const {
    return std::chrono::duration_cast<Time>(world_.clock()->Monotonic());
  }

  // ---- the tree

  void Build() {
    HouseModel::Tenant tenant;
    tenant.kind = static_cast<TenantKind>(1 + Number() % 4);
    tenant.parent = Tenant();
    const std::size_t n = Number();
    tenant.name = kNames[n % kNames.size()];
    tenant.slug = kSlugs[n / 2 % kSlugs.size()];
    tenant.brand = kBrands[n / 3 % kBrands.size()];
    tenant.locale = kLocales[n / 5 % kLocales.size()];
    if (n % 7 == 6) tenant.state = TenantState::kProvisioning;
    tenant.created = Wall();
    if (model_.tenants.size() >= kMostTenants) return Say("the house is full");
    const auto id = tenants_.Create({.name = tenant.name,
                                     .kind = tenant.kind,
                                     .parent = Id(*tenant.parent),
                                     .slug = tenant.slug,
                                     .brand = tenant.brand,
                                     .locale = tenant.locale,
                                     .state = tenant.state});
    if (id.ok()) tenant.id = *id;
    if (Ended(id.status(), model_.Build(tenant))) {
      Say("it is " + std::to_string(model_.tenants.size() - 1));
    } else if (!id.ok() && model_.tenants.back().id == std::nullopt) {
      model_.tenants.pop_back();
    }
  }
  void Move() {
    const Place place = Movable();
    const Place parent = Tenant();
    Ended(tenants_.Move(Id(place), Id(parent)), model_.Move(place, parent));
  }
  void Lift() {
    const Place place = Movable();
    Ended(tenants_.Move(Id(place), std::nullopt), model_.Move(place, std::nullopt));
  }
  void Rename() {
    const Place place = Tenant();
    const std::size_t n = Number();
    const std::size_t value = n / 4;
    cordon::TenantChange change;
    std::string HouseModel::Tenant::*what = &HouseModel::Tenant::name;
    std::string text;
    switch (n % 4) {
      case 0:
        what = &HouseModel::Tenant::brand;
        change.brand = text = kBrands[value % kBrands.size()];
        break;
      case 1:
        what = &HouseModel::Tenant::locale;
        change.locale = text = kLocales[value % kLocales.size()];
        break;
      case 2:
        what = &HouseModel::Tenant::slug;
        change.slug = text = kSlugs[value % kSlugs.size()];
        break;
      default:
        change.name = text = kNames[value % kNames.size()];
    }
    Ended(tenants_.Change(Id(place), change), model_.Rename(place, what, text));
  }

  void Activate() {
    const Place place = Tenant();
    Ended(tenants_.Activate(Id(place)), model_.Activate(place));
  }
  void Suspend() {
    const Place place = Tenant();
    if (place == kOurs) return Say("not our own");
    Ended(tenants_.Suspend(Id(place)), model_.Suspend(place));
  }
  void Resume() {
    const Place place = Tenant();
    Ended(tenants_.Resume(Id(place)), model_.Resume(place));
  }
  void Offboard() {
    const Place place = Tenant();
    if (place == kOurs) return Say("not our own");
    Ended(tenants_.Offboard(Id(place)), model_.Offboard(place));
  }
  void Remove() {
    const Place place = Movable();
    if (place == kOurs) return Say("not our own");
    Ended(tenants_.Remove(Id(place)), model_.Remove(place));
  }

  std::string AsText(const HouseModel::Tenant& tenant) const {
    return tenant.name + ", kind " + std::to_string(static_cast<int>(tenant.kind)) + ", state " +
           std::to_string(static_cast<int>(tenant.state)) + ", slug '" + tenant.slug +
           "', brand '" + tenant.brand + "', locale '" + tenant.locale + "', below " +
           (tenant.parent.has_value() ? std::to_string(*tenant.parent) : "nobody");
  }
  std::string AsText(const TenantInfo& info) const {
    return info.name + ", kind " + std::to_string(static_cast<int>(info.kind)) + ", state " +
           std::to_string(static_cast<int>(info.state)) + ", slug '" + info.slug + "', brand '" +
           info.brand + "', locale '" + info.locale + "', below " +
           (info.parent.has_value() ? Named(*info.parent) : "nobody");
  }
  std::string InOrder(const std::vector<Place>& places) const {
    std::string text;
    for (const Place place : places) text += " " + std::to_string(place);
    return text;
  }
  // `ours_alone`: who is not of the house is left out.
  std::string InOrder(const std::vector<TenantInfo>& infos, bool ours_alone = false) const {
    std::string text;
    for (const TenantInfo& info : infos) {
      if (!ours_alone || house_.IsOurs(info.id)) text += " " + Named(info.id);
    }
    return text;
  }
  void Listed(const char* what, const absl::StatusOr<std::vector<TenantInfo>>& found,
              const std::vector<Place>& expected, bool ours_alone = false) {
    if (!Ended(found.status(), Code::kNone)) return;
    Told(what + InOrder(*found, ours_alone), what + InOrder(expected));
  }

  // All that can be read of one tenant's place.
  void Tree() {
    const Place place = Tenant();
    const auto info = tenants_.Find(Id(place));
    if (!Ended(info.status(), model_.IsThere(place) ? Code::kNone : Code::kNotFound)) return;
    Told(AsText(*info), AsText(model_.tenants[place]));
    const auto presented = tenants_.PresentationOf(Id(place));
    if (Ended(presented.status(), Code::kNone)) {
      Told("brand " + presented->brand + ", locale " + presented->locale,
           "brand " + model_.Nearest(place, &HouseModel::Tenant::brand) + ", locale " +
               model_.Nearest(place, &HouseModel::Tenant::locale));
    }
    Listed("from the top:", tenants_.Path(Id(place)), model_.Path(place));
    const auto members = tenants_.Members(Id(place));
    if (Ended(members.status(), Code::kNone)) {
      std::string names;
      for (const Principal& member : *members) names += " " + member.name();
      std::string expected;
      for (const auto kind : {Principal::Kind::kUser, Principal::Kind::kService}) {
        std::set<std::string> sorted;
        for (const Who who : model_.tenants[place].members) {
          if (Somebody(who).kind() == kind) sorted.insert(kPeople[who]);
        }
        for (const std::string& name : sorted) expected += " " + name;
      }
      Told("members" + names, "members" + expected);
    }
    std::vector<Place> all;
    for (Place i = 0; i < model_.tenants.size(); ++i) {
      if (model_.IsThere(i)) all.push_back(i);
    }
    Listed("all of ours:", tenants_.List(), InOrderOfTime(all), true);
    if (place == kOperator) return;
    Listed("directly below:", tenants_.Children(Id(place)), model_.Children(place));
    Listed("below:", tenants_.Subtree(Id(place)), model_.Subtree(place));
  }
  std::vector<Place> InOrderOfTime(std::vector<Place> places) const {
    std::sort(places.begin(), places.end(), [this](Place a, Place b) {
      return std::pair(model_.tenants[a].created, Id(a)) <
             std::pair(model_.tenants[b].created, Id(b));
    });
    return places;
  }
  // Of a slug that none of the neighbours has: a slug is everybody's, and who asks for one learns
  // whether somebody has it.
  void Slug() {
    const std::string slug = kSlugs[Number() % kSlugs.size()];
    const auto info = tenants_.FindBySlug(slug);
    std::optional<Place> expected;
    for (Place i = 0; i < model_.tenants.size(); ++i) {
      if (!slug.empty() && model_.tenants[i].slug == slug) expected = i;
    }
    if (!Ended(info.status(), expected ? Code::kNone : Code::kNotFound)) return;
    Told(Named(info->id), std::to_string(*expected));
  }
  // Whose member somebody is.
  void Of() {
    const Who who = Person();
    std::vector<Place> expected;
    for (Place i = 0; i < model_.tenants.size(); ++i) {
      if (model_.tenants[i].members.contains(who)) expected.push_back(i);
    }
    Listed("of ours:", tenants_.TenantsOf(Somebody(who)), InOrderOfTime(expected), true);
  }

  // ---- people

  void Join() { Give(false); }
  void Allow() { Give(true); }
  void Leave() { Take(false); }
  void Forbid() { Take(true); }
  void Give(bool subtree) {
    const Place place = subtree ? Movable() : Tenant();
    const Who who = Person();
    Ended(subtree ? tenants_.AllowSubtree(Id(place), Somebody(who))
                  : tenants_.AddMember(Id(place), Somebody(who)),
          model_.Give(place, who, subtree));
  }
  void Take(bool subtree) {
    const Place place = subtree ? Movable() : Tenant();
    const Who who = Person();
    if (!subtree && place == kOurs && who == 0) return Say("not our own");
    Ended(subtree ? tenants_.ForbidSubtree(Id(place), Somebody(who))
                  : tenants_.RemoveMember(Id(place), Somebody(who)),
          model_.Take(place, who, subtree));
  }

  // ---- contexts

  // Kept here if it is kept in the model, so that both count alike.
  template <class Context>
  bool Keep(absl::StatusOr<Context>* context, std::optional<Context> Kept::*as, Code expected) {
    const bool kept = Ended(context->status(), expected);
    if (kept) {
      (house_.kept_.emplace_back().*as).emplace(*std::move(*context));
    } else if (expected == Code::kNone) {
      model_.tickets.pop_back();
    }
    return kept;
  }
  void Come() {
    const Place place = Tenant();
    const Who who = Person();
    const auto lifetime = Lifetime(static_cast<std::int64_t>(Number()));
    auto context =
        world_.platform().Enter(cordon::AssertVerified(Somebody(who)), Id(place),
                                Purpose("visiting"), {.lifetime = lifetime, .trace = Trace()});
    const Code expected = model_.Enter(place, who, false, Now() + lifetime);
    Keep(&context, &Kept::context, expected);
  }
  void Above() {
    const Place place = Movable();
    const Who who = Person();
    const auto lifetime = Lifetime(static_cast<std::int64_t>(Number()));
    auto context =
        tenants_.EnterSubtree(cordon::AssertVerified(Somebody(who)), Id(place), Purpose("totals"),
                              {.lifetime = lifetime, .trace = Trace()});
    const Code expected = model_.Enter(place, who, true, Now() + lifetime);
    Keep(&context, &Kept::subtree, expected);
  }
  void End() {
    const auto number = TicketNumber(Number() % 2 == 1);
    if (!number.has_value()) return Say("nobody is here");
    const Kept& kept = house_.kept_[*number];
    if (kept.context.has_value()) kept.context->Revoke();
    if (kept.subtree.has_value()) kept.subtree->Revoke();
    model_.tickets[*number].right_ended = true;
  }

  // The session of the n-th context, opened at its first use in a request.
  const TradeSession* SessionOf(std::size_t number) {
    const Code expected = model_.Check(model_.tickets[number], Now());
    const auto open = house_.sessions_.find(number);
    if (open != house_.sessions_.end()) return &open->second;
    auto session = world_.platform().OpenSession(*house_.kept_[number].context);
    if (!Ended(session.status(), expected)) return nullptr;
    return &house_.sessions_.emplace(number, *std::move(session)).first->second;
  }
  void Use() {
    const auto number = TicketNumber(false);
    const std::size_t n = Number();
    if (!number.has_value()) return Say("nobody is here");
    const Code expected = model_.Check(model_.tickets[*number], Now());
    Ended(house_.kept_[*number].context->Check(), expected);
    const TradeSession* const session = SessionOf(*number);
    if (session == nullptr) return;
    if (n % 3 != 0) {
      const auto orders = session->All(cordon::as<Order>, "SELECT * FROM orders ORDER BY id"_sql);
      if (!Ended(orders.status(), expected)) return;
      for (const auto& order : *orders) Say(Shown(order));
    }
    if (n % 3 != 1) {
      Order order{static_cast<std::int64_t>(n % 6),
                  static_cast<std::int64_t>(n % 4),
                  "h" + std::to_string(n % 6),
                  {},
                  cordon::Decimal<2>::FromUnits(static_cast<std::int64_t>(n) * 25),
                  n % 2 == 0,
                  {}};
      const absl::Status done = n % 7 == 3 ? session->Delete(order) : session->Upsert(order);
      Ended(done, InRows(done, expected));
    }
  }
  // What rows forbid, their own witness has looked at; a context that lives never ends.
  static Code InRows(const absl::Status& status, Code expected) {
    if (expected != Code::kNone) return expected;
    switch (const Code code = cordon::CodeOf(status); code) {
      case Code::kNotFound:
      case Code::kUniqueViolation:
      case Code::kForeignKeyViolation:
        return code;
      default:
        return expected;
    }
  }

  // ---- sums

  template <class Row>
  void Summed(const absl::StatusOr<std::vector<cordon::OfTenant<Row>>>& sums, Code expected,
              Place root, std::string_view sql, const std::vector<Argument>& arguments = {}) {
    if (!Ended(sums.status(), expected)) return;
    std::string whose;
    for (const auto& of : *sums) {
      whose += " " + Named(of.tenant);
      Say("of " + Named(of.tenant) + ": " + Shown(of.row));
      if (witness_ == nullptr) continue;
      Oracle plain(TradeView(), world_.path(), of.tenant);
      plain.Begin();
      *witness_ +=
          plain.Query(std::string(sql), arguments, false, {absl::OkStatus(), {Shown(of.row)}});
    }
    std::vector<Place> active;
    for (const Place place : model_.Subtree(root)) {
      if (model_.tenants[place].state == TenantState::kActive) active.push_back(place);
    }
    Told("of" + whose, "of" + InOrder(active));
  }
  void Sum() {
    const auto number = TicketNumber(true);
    const std::size_t n = Number();
    if (!number.has_value()) return Say("nobody is here");
    const Ticket& ticket = model_.tickets[*number];
    const Code expected = model_.Check(ticket, Now());
    const auto below = world_.platform().OpenSubtree(*house_.kept_[*number].subtree);
    if (!Ended(below.status(), expected)) return;
    using Number = std::optional<std::int64_t>;
    const auto limit = static_cast<std::int64_t>(n / 4 % 8);
    switch (n % 4) {
      case 0: {
        static constexpr auto kSql =
            "SELECT COUNT(*), SUM(id), MIN(name), MAX(name) FROM orders"_sql;
        using Sums = std::tuple<std::int64_t, Number, std::optional<std::string>,
                                std::optional<std::string>>;
        return Summed(below->SumUp(cordon::as<Sums>, kSql), expected, ticket.tenant, Text(kSql));
      }
      case 1: {
        static constexpr auto kSql = "SELECT COUNT(n), SUM(n) FROM orders WHERE id > ?"_sql;
        using Sums = std::tuple<std::int64_t, Number>;
        return Summed(below->SumUp(cordon::as<Sums>, kSql, limit), expected, ticket.tenant,
                      Text(kSql), {{{SqlType::kInteger, 0, false}, Value::Integer(limit)}});
      }
      case 2: {
        static constexpr auto kSql =
            "SELECT COUNT(*), SUM(l.qty), MAX(o.id) FROM orders AS o "
            "JOIN lines AS l ON l.order_id = o.id LEFT JOIN units AS u ON u.code = l.sku"_sql;
        using Sums = std::tuple<std::int64_t, Number, Number>;
        return Summed(below->SumUp(cordon::as<Sums>, kSql), expected, ticket.tenant, Text(kSql));
      }
      default: {
        static constexpr auto kSql =
            "SELECT COUNT(DISTINCT name), MAX((SELECT COUNT(*) FROM lines)) FROM orders "
            "WHERE open AND net > 0"_sql;
        using Sums = std::tuple<std::int64_t, Number>;
        return Summed(below->SumUp(cordon::as<Sums>, kSql), expected, ticket.tenant, Text(kSql));
      }
    }
  }
  static std::string_view Text(const cordon::SqlText& sql) { return {sql.text, sql.size}; }

  // ---- envelopes

  absl::StatusOr<std::string> SealTo(const cordon::TenantContext& context, std::size_t audience,
                                     std::chrono::milliseconds lifetime) {
    return audience == 0 ? tenants_.Seal(context, Audience("reports"), {.lifetime = lifetime})
                         : tenants_.Seal(context, Audience("mirror"), {.lifetime = lifetime});
  }
  void Seal() {
    const auto number = TicketNumber(false);
    const std::size_t audience = Number() % 2;
    const auto lifetime = Lifetime(static_cast<std::int64_t>(Number()));
    if (!number.has_value()) return Say("nobody is here");
    const Ticket& ticket = model_.tickets[*number];
    const auto text = SealTo(*house_.kept_[*number].context, audience, lifetime);
    if (!Ended(text.status(), model_.Check(ticket, Now()))) return;
    model_.letters.push_back({*text, ticket.tenant, ticket.who, audience, Wall() + lifetime});
  }
  std::optional<std::string> Letter(std::size_t back) {
    if (model_.letters.empty()) return std::nullopt;
    return model_.letters[model_.letters.size() - 1 - back % model_.letters.size()].text;
  }
  // What a neighbour has sealed for somebody else; and where there is none, our own tenant.
  std::optional<std::string> LetterOfAnother(std::size_t which) {
    auto context = world_.platform().Enter(cordon::AssertVerified(Somebody(0)),
                                           world_.neighbours()[which % world_.neighbours().size()],
                                           Purpose("visiting"), {.trace = Trace()});
    const bool there = context.ok();
    auto text = tenants_.Seal(there ? *context : world_.context(), Audience("neighbours"));
    return text.ok() ? std::optional(*text) : std::nullopt;
  }
  void Unseal() {
    auto text = Letter(Number());
    const std::size_t audience = Number() % 2;
    const std::size_t way = Number();
    const std::size_t n = Number();
    if (!text.has_value()) return Say("there is no envelope");
    switch (way) {
      default:
        break;
      case 1:  // cut
        text->resize(n % text->size());
        break;
      case 2: {  // altered
        char& c = (*text)[n % text->size()];
        c = c == 'A' ? 'B' : 'A';
        break;
      }
      case 3: {  // parts of two
        const std::string other = *Letter(n / 64);
        const std::size_t at = std::min(text->size(), 6 + n % 64);
        *text = text->substr(0, at) + other.substr(std::min(at, other.size()));
        break;
      }
      case 4:
        text = LetterOfAnother(n);
        if (!text.has_value()) return Say("nothing was sealed");
        break;
      case 5:
        *text += "AAAA";
    }
    auto context = audience == 0 ? tenants_.Unseal(*text, Audience("reports"))
                                 : tenants_.Unseal(*text, Audience("mirror"));
    const Code expected = model_.Unseal(*text, audience, Wall(), Now() + Lifetime(0));
    if (!Keep(&context, &Kept::context, expected)) return;
    const cordon::TenantContext& opened = *house_.kept_.back().context;
    Told("of " + Named(opened.tenant()) + ", " + opened.principal().name() + ", " +
             std::string(opened.purpose()),
         "of " + std::to_string(model_.tickets.back().tenant) + ", " +
             kPeople[model_.tickets.back().who] + ", visiting");
  }

  // ---- from one to another

  void Pass() {
    const auto from = TicketNumber(false);
    const auto to = TicketNumber(false);
    const std::size_t way = Number();
    const auto third = TicketNumber(false);
    if (!from.has_value()) return Say("nobody is here");
    const TradeSession* const giver = SessionOf(*from);
    const TradeSession* const taker = SessionOf(*to);
    const TradeSession* const other = SessionOf(*third);
    if (giver == nullptr || taker == nullptr || other == nullptr) return;
    constexpr Purpose kWhy("intercompany");
    const TenantId& stranger = world_.neighbours()[way % world_.neighbours().size()];
    const bool names_stranger = way % 7 == 2;
    const bool other_accepts = way % 7 == 3;
    const bool accepts_other = way % 7 == 4;
    const bool other_purpose = way % 7 == 5;
    const TradeSession& side = other_accepts ? *other : *taker;
    const auto release = cordon::Release(*giver, names_stranger ? stranger : taker->tenant(), kWhy);
    const auto accept =
        other_purpose
            ? cordon::Accept(side, giver->tenant(), Purpose("returns"))
            : cordon::Accept(side, accepts_other ? other->tenant() : giver->tenant(), kWhy);
    const auto grant = cordon::Agree(release, accept);
    const bool fits = !names_stranger && !other_purpose && side.tenant() == taker->tenant() &&
                      (!accepts_other || other->tenant() == giver->tenant());
    if (!Ended(grant.status(), fits ? Code::kNone : Code::kNotPermitted)) return;

    const TradeSession& source = way % 7 == 6 ? *other : *giver;
    const auto orders = source.All(cordon::as<Order>, "SELECT * FROM orders ORDER BY id"_sql);
    const Code readable = CodeOf(way % 7 == 6 ? *third : *from);
    if (!Ended(orders.status(), readable) || orders->empty()) return;
    const auto moved = cordon::Transfer(orders->back(), *grant);
    // The sides of the grant are looked at one after the other.
    Code expected = CodeOf(*from);
    if (expected == Code::kNone) expected = CodeOf(other_accepts ? *third : *to);
    if (source.tenant() != giver->tenant()) expected = Code::kForeignValue;
    if (!Ended(moved.status(), expected)) return;
    // To a third it may not go on.
    const TradeSession& target = way % 7 == 1 ? *other : *taker;
    Code kept = CodeOf(way % 7 == 1 ? *third : *to);
    if (kept == Code::kNone && target.tenant() != taker->tenant()) kept = Code::kForeignValue;
    const absl::Status put = target.Upsert(*moved);
    Ended(put, InRows(put, kept));
  }
  [[nodiscard]] Code CodeOf(std::size_t number) const {
    return model_.Check(model_.tickets[number], Now());
  }

  House& house_;
  HouseModel& model_;
  const TradeWorld& world_;
  cordon::TenantDirectory& tenants_;
  std::string_view rest_;
  std::string* witness_;
  std::string shown_;
};

// ---- the house ----------------------------------------------------------------------------------

House::House(const TradeWorld& world) : model_({kService}) {
  cordon::TenantDirectory& tenants = world.platform().tenants();
  const Time now = world.clock()->Now().time_since_epoch();
  const auto add = [&](TenantKind kind, std::optional<Place> parent, const char* name) {
    HouseModel::Tenant tenant{.kind = kind, .parent = parent, .name = name, .created = now};
    tenant.id =
        *tenants.Create({.name = name,
                         .kind = kind,
                         .parent = parent.has_value() ? model_.tenants[*parent].id : std::nullopt});
    model_.tenants.push_back(tenant);
  };
  add(TenantKind::kOperator, std::nullopt, "Operator");
  add(TenantKind::kReseller, kOperator, "Reseller");
  const TenantInfo ours = *tenants.Find(world.session().tenant());
  model_.tenants.push_back({.kind = ours.kind,
                            .parent = kReseller,
                            .name = ours.name,
                            .id = ours.id,
                            .created = ours.created.time_since_epoch(),
                            .members = {0}});
  (void)tenants.Move(ours.id, model_.tenants[kReseller].id);
  add(TenantKind::kReseller, kReseller, "Inner");
  add(TenantKind::kCustomer, kReseller, "Customer");
  add(TenantKind::kCustomer, 3, "Customer");
  add(TenantKind::kCustomer, 3, "Customer");
  std::string ignored;
  for (const char* const line : {"JOIN 1 2", "JOIN 4 0", "JOIN 4 4", "JOIN 5 1", "JOIN 6 2",
                                 "ALLOW 1 3", "ALLOW 3 3", "RENAME 0 4", "RENAME 1 9"}) {
    (void)Play(world, line, &ignored);
  }
}

bool House::Has(std::string_view word) { return Line::Acts().contains(word); }

std::string House::Play(const TradeWorld& world, std::string_view line, std::string* witness) {
  return Line(*this, world, line, witness).Play();
}

bool House::IsOurs(const TenantId& id) const {
  return std::any_of(model_.tenants.begin(), model_.tenants.end(),
                     [&](const HouseModel::Tenant& tenant) { return *tenant.id == id; });
}

}  // namespace cordon_test
