// SPDX-License-Identifier: Apache-2.0
#include "store/own.h"

#include "cordon/store/error.h"

namespace cordon::internal {

absl::Status OwnCursor::Finish() {
  while (Step()) {
  }
  return status_;
}

absl::Status OwnConnection::Run(std::string_view sql) { return Prepare(sql)->Finish(); }

absl::Status Store::Migrate(std::string_view room, std::span<const char* const> steps) {
  return Transact([&](OwnConnection& connection) -> absl::Status {
    std::int64_t version = 0;
    {
      OwnStatement find(connection, "SELECT version FROM cordon_versions WHERE room = ?1");
      find.Bind(1, room);
      if (find.Step()) version = find.Int(0);
      if (!find.status().ok()) return find.status();
    }
    const auto newest = static_cast<std::int64_t>(steps.size());
    if (version > newest) {
      return Error(ErrorCode::kNewerFile,
                   "what is stored was written by a newer release (" + std::string(room) +
                       " version " + std::to_string(version) + ", this release knows " +
                       std::to_string(newest) + "): upgrade the application");
    }
    if (version == newest) return absl::OkStatus();
    for (auto step = version; step < newest; ++step) {
      absl::Status done = connection.Run(steps[static_cast<std::size_t>(step)]);
      if (!done.ok()) return done;
    }
    OwnStatement note(connection,
                      "INSERT INTO cordon_versions(room, version) VALUES (?1, ?2) "
                      "ON CONFLICT(room) DO UPDATE SET version = excluded.version");
    note.Bind(1, room);
    note.Bind(2, newest);
    return note.Finish();
  });
}

}  // namespace cordon::internal
