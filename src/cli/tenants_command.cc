// SPDX-License-Identifier: Apache-2.0
#include "cli/tenants_command.h"

#include <unistd.h>

#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "cordon/store/error.h"
#include "cordon/tenant/directory_file.h"

namespace cordon::cli {
namespace {

constexpr char kCodes[] =
    "TENANT is an id (tn_…) or a slug. Exit codes: 0 done, 1 the directory refuses it, 2 wrong "
    "usage, "
    "3 the file cannot be read or written.";

struct Arguments {
  std::string path;
  std::string tenant;
  std::string parent;
  std::string name;
  std::string slug;
  std::string brand;
  std::string locale;
  std::string kind = "customer";
  std::string confirm;
  std::string who;
  bool provisioning = false;
  bool root = false;
  bool json = false;
};

constexpr std::pair<const char*, TenantKind> kKinds[] = {{"operator", TenantKind::kOperator},
                                                         {"brand", TenantKind::kBrand},
                                                         {"reseller", TenantKind::kReseller},
                                                         {"customer", TenantKind::kCustomer}};
constexpr std::pair<const char*, TenantState> kStates[] = {
    {"active", TenantState::kActive},
    {"suspended", TenantState::kSuspended},
    {"provisioning", TenantState::kProvisioning},
    {"offboarding", TenantState::kOffboarding}};
ExitCode Fail(const absl::Status& status) {
  std::cerr << status.message() << "\n";
  switch (CodeOf(status)) {
    case ErrorCode::kNotFound:
    case ErrorCode::kUniqueViolation:
    case ErrorCode::kTenantTree:
    case ErrorCode::kTenantState:
      return ExitCode::kFindings;
    case ErrorCode::kInvalidArgument:
      return ExitCode::kUsage;
    default:
      return ExitCode::kCannotRead;
  }
}

// What to call a tenant in a sentence. Names hold no control characters: the directory sees to it.
std::string Called(const TenantInfo& tenant) {
  return tenant.name + " (" + (tenant.slug.empty() ? tenant.id.ToString() : tenant.slug) + ")";
}

nlohmann::json ToJson(const TenantInfo& tenant) {
  const auto text = [](const std::string& value) {
    return value.empty() ? nlohmann::json(nullptr) : nlohmann::json(value);
  };
  return {{"id", tenant.id.ToString()},
          {"name", tenant.name},
          {"kind", NameIn(kKinds, tenant.kind)},
          {"state", NameIn(kStates, tenant.state)},
          {"parent", tenant.parent.has_value() ? nlohmann::json(tenant.parent->ToString())
                                               : nlohmann::json(nullptr)},
          {"slug", text(tenant.slug)},
          {"brand", text(tenant.brand)},
          {"locale", text(tenant.locale)},
          {"created_us", tenant.created.time_since_epoch().count()}};
}

std::string Line(const TenantInfo& tenant) {
  return tenant.id.ToString() + "  " + NameIn(kKinds, tenant.kind) + "  " +
         NameIn(kStates, tenant.state) + "  " + (tenant.slug.empty() ? "-" : tenant.slug) + "  " +
         tenant.name + "\n";
}

ExitCode Print(const Arguments& arguments, const nlohmann::json& json, const std::string& text) {
  if (arguments.json) {
    PrintJson(json);
  } else {
    std::cout << text;
  }
  return Printed(ExitCode::kClean);
}

// Says what was done to the tenant, as it is now.
ExitCode Report(TenantDirectory& tenants, const Arguments& arguments, const TenantId& id,
                const std::string& done) {
  const auto now = tenants.Find(id);
  if (!now.ok()) return Fail(now.status());
  return Print(arguments, ToJson(*now), done + " " + Called(*now) + "\n");
}

// ---- tenants ------------------------------------------------------------------------------------

ExitCode Create(TenantDirectory& tenants, const Arguments& arguments) {
  NewTenant tenant{.name = arguments.name,
                   .slug = arguments.slug,
                   .brand = arguments.brand,
                   .locale = arguments.locale};
  for (const auto& [name, kind] : kKinds) {
    if (arguments.kind == name) tenant.kind = kind;
  }
  if (!arguments.parent.empty()) {
    const auto parent = TenantNamed(tenants, arguments.parent);
    if (!parent.ok()) return Fail(parent.status());
    tenant.parent = parent->id;
  }
  if (arguments.provisioning) tenant.state = TenantState::kProvisioning;
  const auto id = tenants.Create(tenant);
  if (!id.ok()) return Fail(id.status());
  return Report(tenants, arguments, *id, "created " + id->ToString() + ":");
}

ExitCode List(TenantDirectory& tenants, const Arguments& arguments) {
  const auto all = tenants.List();
  if (!all.ok()) return Fail(all.status());
  nlohmann::json json = nlohmann::json::array();
  std::string text;
  for (const TenantInfo& tenant : *all) {
    json.push_back(ToJson(tenant));
    text += Line(tenant);
  }
  return Print(arguments, json, text);
}

ExitCode Tree(TenantDirectory& tenants, const Arguments& arguments) {
  std::vector<TenantInfo> roots;
  if (!arguments.tenant.empty()) {
    auto root = TenantNamed(tenants, arguments.tenant);
    if (!root.ok()) return Fail(root.status());
    roots.push_back(*std::move(root));
  } else {
    auto all = tenants.List();
    if (!all.ok()) return Fail(all.status());
    for (TenantInfo& tenant : *all) {
      if (!tenant.parent.has_value()) roots.push_back(std::move(tenant));
    }
  }
  nlohmann::json json = nlohmann::json::array();
  std::string text;
  for (const TenantInfo& root : roots) {
    const auto subtree = tenants.Subtree(root.id);
    if (!subtree.ok()) return Fail(subtree.status());
    std::vector<TenantId> path;
    for (const TenantInfo& tenant : *subtree) {
      while (!path.empty() && tenant.parent != path.back()) path.pop_back();
      json.push_back(ToJson(tenant));
      json.back()["depth"] = path.size();
      text += std::string(2 * path.size(), ' ') + tenant.name + "  " + NameIn(kKinds, tenant.kind) +
              "  " + NameIn(kStates, tenant.state) + "  " +
              (tenant.slug.empty() ? tenant.id.ToString() : tenant.slug) + "\n";
      path.push_back(tenant.id);
    }
  }
  return Print(arguments, json, text);
}

ExitCode Show(TenantDirectory& tenants, const Arguments& arguments) {
  const auto tenant = TenantNamed(tenants, arguments.tenant);
  if (!tenant.ok()) return Fail(tenant.status());
  const auto path = tenants.Path(tenant->id);
  if (!path.ok()) return Fail(path.status());
  const auto members = tenants.Members(tenant->id);
  if (!members.ok()) return Fail(members.status());
  nlohmann::json json = ToJson(*tenant);
  json["path"] = nlohmann::json::array();
  json["members"] = members->size();
  std::string text = Line(*tenant);
  for (const TenantInfo& above : *path) {
    json["path"].push_back(above.id.ToString());
    if (above.id != tenant->id) text += "  under    " + Called(above) + "\n";
  }
  if (!tenant->brand.empty()) text += "  brand    " + tenant->brand + "\n";
  if (!tenant->locale.empty()) text += "  locale   " + tenant->locale + "\n";
  text += "  members  " + std::to_string(members->size()) + "\n";
  return Print(arguments, json, text);
}

// Whether whoever sits there means this tenant.
bool Confirmed(const TenantInfo& tenant, const Arguments& arguments) {
  const std::string expected = tenant.slug.empty() ? tenant.id.ToString() : tenant.slug;
  std::string typed = arguments.confirm;
  if (typed.empty() && isatty(STDIN_FILENO) != 0) {
    std::cerr << "This ends the work of everybody at " << Called(tenant) << ". Type " << expected
              << " to go on: " << std::flush;
    std::getline(std::cin, typed);
  }
  if (typed == expected) return true;
  std::cerr
      << "cordon: nothing was done: type the tenant's slug (or its id, where it has none), or "
         "pass it with --confirm\n";
  return false;
}

ExitCode Suspend(TenantDirectory& tenants, const Arguments& arguments) {
  const auto tenant = TenantNamed(tenants, arguments.tenant);
  if (!tenant.ok()) return Fail(tenant.status());
  if (!Confirmed(*tenant, arguments)) return ExitCode::kUsage;
  if (absl::Status done = tenants.Suspend(tenant->id); !done.ok()) return Fail(done);
  return Report(tenants, arguments, tenant->id, "suspended");
}

ExitCode Activate(TenantDirectory& tenants, const Arguments& arguments) {
  const auto tenant = TenantNamed(tenants, arguments.tenant);
  if (!tenant.ok()) return Fail(tenant.status());
  if (absl::Status done = tenants.Activate(tenant->id); !done.ok()) return Fail(done);
  return Report(tenants, arguments, tenant->id, "activated");
}

ExitCode Resume(TenantDirectory& tenants, const Arguments& arguments) {
  const auto tenant = TenantNamed(tenants, arguments.tenant);
  if (!tenant.ok()) return Fail(tenant.status());
  if (absl::Status done = tenants.Resume(tenant->id); !done.ok()) return Fail(done);
  return Report(tenants, arguments, tenant->id, "resumed");
}

ExitCode Move(TenantDirectory& tenants, const Arguments& arguments) {
  if (arguments.root == !arguments.parent.empty()) {
    std::cerr << "cordon: say where it goes: --under TENANT, or --root\n";
    return ExitCode::kUsage;
  }
  const auto tenant = TenantNamed(tenants, arguments.tenant);
  if (!tenant.ok()) return Fail(tenant.status());
  std::optional<TenantId> parent;
  std::string to = "to the top:";
  if (!arguments.root) {
    const auto found = TenantNamed(tenants, arguments.parent);
    if (!found.ok()) return Fail(found.status());
    parent = found->id;
    to = "under " + Called(*found) + ":";
  }
  if (absl::Status done = tenants.Move(tenant->id, parent); !done.ok()) return Fail(done);
  return Report(tenants, arguments, tenant->id, "moved " + to);
}

// ---- members ------------------------------------------------------------------------------------

ExitCode ListMembers(TenantDirectory& tenants, const Arguments& arguments) {
  const auto tenant = TenantNamed(tenants, arguments.tenant);
  if (!tenant.ok()) return Fail(tenant.status());
  const auto members = tenants.Members(tenant->id);
  if (!members.ok()) return Fail(members.status());
  nlohmann::json json = nlohmann::json::array();
  std::string text;
  for (const Principal& member : *members) {
    json.push_back({{"kind", NameOf(member.kind())}, {"name", member.name()}});
    text += NameOf(member) + "\n";
  }
  return Print(arguments, json, text);
}

ExitCode ChangeMember(TenantDirectory& tenants, const Arguments& arguments, bool add) {
  const auto tenant = TenantNamed(tenants, arguments.tenant);
  if (!tenant.ok()) return Fail(tenant.status());
  const auto who = PrincipalFrom(arguments.who);
  if (!who.ok()) return Fail(who.status());
  const absl::Status done =
      add ? tenants.AddMember(tenant->id, *who) : tenants.RemoveMember(tenant->id, *who);
  if (!done.ok()) return Fail(done);
  return Report(tenants, arguments, tenant->id,
                NameOf(*who) + (add ? " is a member of" : " is no member of"));
}

// ---- the command line ---------------------------------------------------------------------------

using Act = std::function<ExitCode(TenantDirectory&, const Arguments&)>;

// One subcommand, which opens the file and acts on its directory.
CLI::App* Add(CLI::App* group, const char* name, const char* what,
              const std::shared_ptr<Arguments>& arguments, ExitCode* exit_code, Act act) {
  CLI::App* const command = group->add_subcommand(name, what);
  command->footer(kCodes);
  command->add_option("file", arguments->path, "The product's file")
      ->required()
      ->option_text("FILE");
  command->add_flag("--json", arguments->json, "Print the result as JSON");
  command->callback([arguments, exit_code, act = std::move(act)] {
    const auto file = DirectoryFile::Open(arguments->path);
    *exit_code = file.ok() ? act((*file)->tenants(), *arguments) : Fail(file.status());
  });
  return command;
}

void AddTenant(CLI::App* command, const std::shared_ptr<Arguments>& arguments) {
  command->add_option("tenant", arguments->tenant, "Which tenant")
      ->required()
      ->option_text("TENANT");
}

}  // namespace

void AddTenantsCommand(CLI::App& app, ExitCode* exit_code) {
  CLI::App* const group = app.add_subcommand("tenants", "The tenants of a product's file");
  group->require_subcommand(1);
  auto arguments = std::make_shared<Arguments>();
  const auto add = [&](const char* name, const char* what, Act act) {
    return Add(group, name, what, arguments, exit_code, std::move(act));
  };
  CLI::App* const create = add("create", "Create a tenant", &Create);
  create->add_option("name", arguments->name, "Its name, for people")
      ->required()
      ->option_text("NAME");
  create->add_option("--slug", arguments->slug, "What people type")->option_text("SLUG");
  create->add_option("--under", arguments->parent, "Its parent; a root without")
      ->option_text("TENANT");
  create->add_option("--kind", arguments->kind, "What it is")
      ->check(CLI::IsMember({"operator", "brand", "reseller", "customer"}))
      ->option_text("operator|brand|reseller|customer");
  create->add_option("--brand", arguments->brand, "Whose clothes it wears")->option_text("BRAND");
  create->add_option("--locale", arguments->locale, "Language and region, as de-AT")
      ->option_text("LOCALE");
  create->add_flag("--provisioning", arguments->provisioning,
                   "People enter only once it is active");
  add("list", "All tenants, oldest first", &List);
  CLI::App* const tree = add("tree", "The tree, or the part below a tenant", &Tree);
  tree->add_option("tenant", arguments->tenant, "Where to begin")->option_text("[TENANT]");
  AddTenant(add("show", "One tenant", &Show), arguments);
  CLI::App* const suspend =
      add("suspend", "Let nobody in, and end what goes on: in each process", &Suspend);
  AddTenant(suspend, arguments);
  suspend->add_option("--confirm", arguments->confirm, "The tenant's slug, in place of typing it")
      ->option_text("SLUG");
  AddTenant(add("activate", "Let people in: it is provisioned", &Activate), arguments);
  AddTenant(add("resume", "Let its members in again", &Resume), arguments);
  CLI::App* const move = add("move", "Put it, and what is below it, somewhere else", &Move);
  AddTenant(move, arguments);
  move->add_option("--under", arguments->parent, "Its new parent")->option_text("TENANT");
  move->add_flag("--root", arguments->root, "It has no parent");
}

void AddMembersCommand(CLI::App& app, ExitCode* exit_code) {
  CLI::App* const group = app.add_subcommand("members", "Who may enter a tenant");
  group->require_subcommand(1);
  auto arguments = std::make_shared<Arguments>();
  const auto add = [&](const char* name, const char* what, Act act) {
    CLI::App* const command = Add(group, name, what, arguments, exit_code, std::move(act));
    AddTenant(command, arguments);
    return command;
  };
  const auto with_principal = [&](CLI::App* command) {
    command
        ->add_option("principal", arguments->who,
                     "user:NAME, service:NAME, support:NAME or job:NAME")
        ->required()
        ->option_text("PRINCIPAL");
  };
  add("list", "The members of a tenant", &ListMembers);
  with_principal(add("add", "Add a member", [](TenantDirectory& tenants, const Arguments& given) {
    return ChangeMember(tenants, given, true);
  }));
  with_principal(add("remove", "Remove a member, whose work ends: in each process",
                     [](TenantDirectory& tenants, const Arguments& given) {
                       return ChangeMember(tenants, given, false);
                     }));
}

}  // namespace cordon::cli
