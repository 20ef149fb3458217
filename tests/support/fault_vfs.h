// SPDX-License-Identifier: Apache-2.0
//
// A file system for SQLite that works until it is told not to: the Nth write, sync or read after
// Arm() fails, or ends the process, before or in the middle of it. Everything else goes through to
// the system's own.
#ifndef CORDON_TESTS_SUPPORT_FAULT_VFS_H_
#define CORDON_TESTS_SUPPORT_FAULT_VFS_H_

#include <signal.h>
#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

namespace cordon_test {

class FaultVfs {
 public:
  enum class Kind : int { kNone, kFail, kFailForGood, kDieBefore, kDieInTheMiddle };
  // What counts: what changes the file, or what reads it.
  enum class Count : int { kWrites, kReads };

  // Makes it the process's default, before the first connection is opened.
  static void Install() {
    sqlite3_initialize();
    sqlite3_vfs* const real = sqlite3_vfs_find(nullptr);
    static sqlite3_vfs vfs;
    vfs = *real;
    vfs.zName = "cordon-fault";
    vfs.szOsFile = static_cast<int>(sizeof(File)) + real->szOsFile;
    vfs.pNext = nullptr;
    vfs.pAppData = real;
    vfs.xOpen = &Open;
    vfs.xDelete = [](sqlite3_vfs* self, const char* name, int sync) {
      sqlite3_vfs* const below = Real(self);
      return below->xDelete(below, name, sync);
    };
    sqlite3_vfs_register(&vfs, 1);
  }

  // From now on the `nth` operation (1: the next one) has a fault; `code` is what it returns.
  static void Arm(Kind kind, std::int64_t nth, int code = SQLITE_IOERR,
                  Count count = Count::kWrites) {
    state().code = code;
    state().count = count;
    state().seen = 0;
    state().nth = nth;
    state().kind = kind;
  }
  static void Disarm() { state().kind = Kind::kNone; }
  // Operations that counted since Arm().
  static std::int64_t Seen() { return state().seen.load(); }
  static bool Fired() { return state().seen.load() >= state().nth.load(); }

 private:
  struct File {
    sqlite3_file base;
    sqlite3_file* real;
  };
  struct State {
    std::atomic<Kind> kind = Kind::kNone;
    std::atomic<Count> count = Count::kWrites;
    std::atomic<int> code = SQLITE_IOERR;
    std::atomic<std::int64_t> nth = 0;
    std::atomic<std::int64_t> seen = 0;
  };
  static State& state() {
    static State one;
    return one;
  }
  static sqlite3_vfs* Real(sqlite3_vfs* self) { return static_cast<sqlite3_vfs*>(self->pAppData); }
  static sqlite3_file* RealOf(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real; }

  // What is to happen to this operation.
  static Kind Next(Count count) {
    const Kind kind = state().kind.load();
    if (kind == Kind::kNone || state().count.load() != count) return Kind::kNone;
    const std::int64_t now = ++state().seen;
    const std::int64_t nth = state().nth.load();
    if (now == nth || (kind == Kind::kFailForGood && now > nth)) return kind;
    return Kind::kNone;
  }
  [[noreturn]] static void Die() {
    kill(getpid(), SIGKILL);
    for (;;) pause();
  }
  template <class Do>
  static int Change(int kind_of_error, const Do& act) {
    switch (Next(Count::kWrites)) {
      case Kind::kNone:
        return act();
      case Kind::kFail:
      case Kind::kFailForGood:
        return state().code == SQLITE_IOERR ? kind_of_error : state().code.load();
      case Kind::kDieBefore:
        Die();
      case Kind::kDieInTheMiddle:
        (void)act();
        Die();
    }
    return SQLITE_ERROR;
  }

  static int Open(sqlite3_vfs* self, const char* name, sqlite3_file* file, int flags, int* out) {
    sqlite3_vfs* const below = Real(self);
    auto* const mine = reinterpret_cast<File*>(file);
    mine->real = reinterpret_cast<sqlite3_file*>(mine + 1);
    mine->base.pMethods = nullptr;
    const int code = below->xOpen(below, name, mine->real, flags, out);
    if (code == SQLITE_OK) mine->base.pMethods = Methods();
    return code;
  }
  static const sqlite3_io_methods* Methods() {
    static const sqlite3_io_methods methods = {
        2,  // with shared memory, without mapped pages
        [](sqlite3_file* f) { return RealOf(f)->pMethods->xClose(RealOf(f)); },
        [](sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
          if (Next(Count::kReads) != Kind::kNone) {
            return state().code == SQLITE_IOERR ? SQLITE_IOERR_READ : state().code.load();
          }
          return RealOf(f)->pMethods->xRead(RealOf(f), to, size, at);
        },
        [](sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
          return Change(SQLITE_IOERR_WRITE, [&] {
            // Half of it, when the process dies in the middle.
            const bool half =
                state().kind == Kind::kDieInTheMiddle && state().seen.load() == state().nth.load();
            return RealOf(f)->pMethods->xWrite(RealOf(f), from, half ? (size + 1) / 2 : size, at);
          });
        },
        [](sqlite3_file* f, sqlite3_int64 size) {
          return Change(SQLITE_IOERR_TRUNCATE,
                        [&] { return RealOf(f)->pMethods->xTruncate(RealOf(f), size); });
        },
        [](sqlite3_file* f, int flags) {
          return Change(SQLITE_IOERR_FSYNC,
                        [&] { return RealOf(f)->pMethods->xSync(RealOf(f), flags); });
        },
        [](sqlite3_file* f, sqlite3_int64* size) {
          return RealOf(f)->pMethods->xFileSize(RealOf(f), size);
        },
        [](sqlite3_file* f, int lock) { return RealOf(f)->pMethods->xLock(RealOf(f), lock); },
        [](sqlite3_file* f, int lock) { return RealOf(f)->pMethods->xUnlock(RealOf(f), lock); },
        [](sqlite3_file* f, int* out) {
          return RealOf(f)->pMethods->xCheckReservedLock(RealOf(f), out);
        },
        [](sqlite3_file* f, int op, void* arg) {
          return RealOf(f)->pMethods->xFileControl(RealOf(f), op, arg);
        },
        [](sqlite3_file* f) { return RealOf(f)->pMethods->xSectorSize(RealOf(f)); },
        [](sqlite3_file* f) { return RealOf(f)->pMethods->xDeviceCharacteristics(RealOf(f)); },
        [](sqlite3_file* f, int region, int size, int extend, void volatile** out) {
          return RealOf(f)->pMethods->xShmMap(RealOf(f), region, size, extend, out);
        },
        [](sqlite3_file* f, int at, int n, int flags) {
          return RealOf(f)->pMethods->xShmLock(RealOf(f), at, n, flags);
        },
        [](sqlite3_file* f) { RealOf(f)->pMethods->xShmBarrier(RealOf(f)); },
        [](sqlite3_file* f, int remove) {
          return RealOf(f)->pMethods->xShmUnmap(RealOf(f), remove);
        },
        nullptr,
        nullptr};
    return &methods;
  }
};

}  // namespace cordon_test

#endif  // CORDON_TESTS_SUPPORT_FAULT_VFS_H_
