// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "cordon/store/error.h"
#include "store/guard.h"

namespace cordon::internal {
namespace {

absl::Status CheckOptions(const SqliteStore::Options& options) {
  if (options.readers < 1 || options.readers > 256) {
    return Error(ErrorCode::kInvalidArgument, "readers must be between 1 and 256");
  }
  if (options.patience.count() < 0 || options.write_cap.count() < 1) {
    return Error(ErrorCode::kInvalidArgument, "time limits must be positive");
  }
  return absl::OkStatus();
}

}  // namespace

SqliteStore::SqliteStore(Options options)
    : Store(options.clock, options.entropy),
      options_(std::move(options)),
      gate_(options_.write_cap, [this](WriteTurn& turn) { Evict(turn); }),
      places_(static_cast<std::size_t>(options_.readers)) {}

SqliteStore::~SqliteStore() = default;

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::Open(Options options) {
  if (absl::Status fit = CheckOptions(options); !fit.ok()) return fit;
  std::unique_ptr<SqliteStore> store(new SqliteStore(std::move(options)));
  auto writer = store->Connect(SqliteConnection::Role::kWriter);
  if (!writer.ok()) return writer.status();
  store->writer_ = *std::move(writer);
  absl::Status ready = store->Transact([](SqliteConnection& connection) -> absl::Status {
    const auto marked = IsMarked(connection);
    if (!marked.ok()) return marked.status();
    if (*marked) return absl::OkStatus();
    const std::string set = "PRAGMA application_id=" + std::to_string(kApplicationId);
    if (absl::Status done = connection.Run(set.c_str()); !done.ok()) return done;
    return connection.Run(kVersions);
  });
  if (!ready.ok()) return ready;
  return store;
}

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteStore::Connect(
    SqliteConnection::Role role) {
  auto connection = SqliteConnection::Open({options_.path, options_.patience}, role);
  if (!connection.ok()) return connection;
  if (setup_) {
    if (absl::Status ready = setup_(**connection); !ready.ok()) return ready;
  }
  return connection;
}

absl::Status SqliteStore::SetUp(Setup setup) {
  setup_ = std::move(setup);
  for (Place& place : places_) place.connection.reset();
  auto writer = Connect(SqliteConnection::Role::kWriter);
  if (!writer.ok()) return writer.status();
  writer_ = *std::move(writer);
  others_wrote_ = true;
  return absl::OkStatus();
}

SqliteStore::Place* SqliteStore::TakePlace() {
  for (Place& place : places_) {
    if (!place.taken.load(std::memory_order_relaxed) && !place.taken.exchange(true)) return &place;
  }
  return nullptr;
}

absl::StatusOr<SqliteStore::Place*> SqliteStore::AcquireReader() {
  Place* place = TakePlace();
  if (place == nullptr) {
    // Announced before the last look, so that whoever gives a place back either is seen by this
    // look or sees the announcement.
    std::unique_lock lock(mutex_);
    ++waiting_;
    returned_.wait_for(lock, options_.patience, [&] { return (place = TakePlace()) != nullptr; });
    --waiting_;
  }
  if (place == nullptr) {
    return Error(ErrorCode::kPoolExhausted,
                 "all connections are in use: end transactions sooner, or open the platform with "
                 "more readers");
  }
  if (place->connection == nullptr) {
    auto opened = Guarded([&] { return Connect(SqliteConnection::Role::kReader); });
    if (!opened.ok()) {
      ReleaseReader(place, true);
      return opened.status();
    }
    place->connection = *std::move(opened);
  }
  return place;
}

void SqliteStore::ReleaseReader(Place* place, bool clean) {
  if (!clean) place->connection.reset();
  place->taken.store(false);
  if (waiting_.load() == 0) return;
  const std::lock_guard lock(mutex_);
  returned_.notify_one();
}

absl::StatusOr<SqliteStore::Write> SqliteStore::AcquireWriter(const WriterGate::Party& party,
                                                              const std::function<bool()>& give_up,
                                                              Cap cap) {
  auto turn = gate_.Enter(party, options_.patience, give_up);
  if (!turn.ok()) return turn.status();
  const std::lock_guard use((*turn)->use);
  absl::Status begun;
  if (writer_ == nullptr) {
    auto opened = Guarded([&] { return Connect(SqliteConnection::Role::kWriter); });
    if (opened.ok()) {
      const std::lock_guard alive(writer_mutex_);
      writer_ = *std::move(opened);
      others_wrote_ = true;
    } else {
      begun = opened.status();
    }
  }
  if (begun.ok()) {
    writer_->give_up = give_up;
    begun = writer_->Do(SqliteConnection::Command::kBeginImmediate);
    writer_->give_up = nullptr;
    if (begun.ok() && DataVersion() != data_version_) others_wrote_ = true;
  }
  if (!begun.ok()) {
    (*turn)->over = true;
    gate_.Leave(*turn);
    return begun;
  }
  if (cap == Cap::kTurn) gate_.Start(*turn);
  return Write{writer_.get(), *std::move(turn)};
}

void SqliteStore::ReleaseWriter(const std::shared_ptr<WriteTurn>& turn) {
  {
    const std::lock_guard use(turn->use);
    if (turn->over) return;
    turn->over = true;
    CleanWriter();
  }
  gate_.Leave(turn);
}

unsigned SqliteStore::DataVersion() {
  unsigned version = 0;
  (void)sqlite3_file_control(writer_->handle(), "main", SQLITE_FCNTL_DATA_VERSION, &version);
  return version;
}

void SqliteStore::CleanWriter() {
  if (writer_->Clean()) {
    data_version_ = DataVersion();
    return;
  }
  const std::lock_guard alive(writer_mutex_);
  writer_.reset();
}

void SqliteStore::Evict(WriteTurn& turn) {
  // The holder may be inside a long statement; it ends with an interruption and lets go of `use`.
  std::unique_lock use(turn.use, std::defer_lock);
  while (!use.try_lock()) {
    {
      const std::lock_guard alive(writer_mutex_);
      if (writer_ != nullptr) writer_->Interrupt();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (turn.over) return;
  turn.over = true;
  CleanWriter();
}

absl::Status SqliteStore::Transact(const std::function<absl::Status(SqliteConnection&)>& act) {
  return Guarded([&]() -> absl::Status {
    auto write = AcquireWriter(WriterGate::Party{}, nullptr, Cap::kNone);
    if (!write.ok()) return write.status();
    absl::Status done;
    {
      const std::lock_guard use(write->turn->use);
      done = act(*write->connection);
      if (done.ok()) done = write->connection->Do(SqliteConnection::Command::kCommit);
    }
    ReleaseWriter(write->turn);
    return done;
  });
}

absl::Status SqliteStore::Transact(const Act& act) {
  return Transact([&](SqliteConnection& connection) { return act(connection); });
}

absl::Status SqliteStore::Read(const Act& act) {
  return Guarded([&]() -> absl::Status {
    ReaderLease reader(*this);
    return reader.status().ok() ? act(*reader) : reader.status();
  });
}

}  // namespace cordon::internal
