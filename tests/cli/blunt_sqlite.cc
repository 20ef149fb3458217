// SPDX-License-Identifier: Apache-2.0
// Loaded before SQLite (LD_PRELOAD), makes one on which Cordon's locks do nothing: CORDON_BLUNT
// names the function that is blunt.
#include <dlfcn.h>
#include <sqlite3.h>

#include <cstdlib>
#include <cstring>

namespace {

bool Blunt(const char* function) {
  const char* const named = std::getenv("CORDON_BLUNT");
  return named != nullptr && std::strcmp(named, function) == 0;
}

template <class Function>
Function* Sharp(Function* /*of_this_type*/, const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int sqlite3_set_authorizer(sqlite3* db,
                           int (*authorize)(void*, int, const char*, const char*, const char*,
                                            const char*),
                           void* self) {
  if (Blunt("authorizer")) return SQLITE_OK;
  return Sharp(&sqlite3_set_authorizer, "sqlite3_set_authorizer")(db, authorize, self);
}

void* sqlite3_preupdate_hook(sqlite3* db,
                             void (*hook)(void*, sqlite3*, int, const char*, const char*,
                                          sqlite3_int64, sqlite3_int64),
                             void* self) {
  if (Blunt("row hook")) return nullptr;
  return Sharp(&sqlite3_preupdate_hook, "sqlite3_preupdate_hook")(db, hook, self);
}

int sqlite3_compileoption_used(const char* option) {
  if (Blunt(option)) return 0;
  return Sharp(&sqlite3_compileoption_used, "sqlite3_compileoption_used")(option);
}

}  // extern "C"
