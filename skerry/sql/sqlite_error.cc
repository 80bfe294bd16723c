// SPDX-License-Identifier: Apache-2.0
#include "skerry/sql/sqlite_error.h"

#include <sqlite3.h>

#include <cerrno>

namespace skerry::sql::internal {
namespace {

Code code_of_constraint(int extended) {
  switch (extended) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return Code::kAlreadyExists;
    default:
      return Code::kFailedPrecondition;
  }
}

Code code_of(sqlite3* connection, int extended) {
  const int system_errno = connection != nullptr ? sqlite3_system_errno(connection) : 0;
  switch (extended & 0xff) {
    case SQLITE_CONSTRAINT:
      return code_of_constraint(extended);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Code::kUnavailable;
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return Code::kResourceExhausted;
    case SQLITE_INTERRUPT:
      return Code::kDeadlineExceeded;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return Code::kPermissionDenied;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Code::kDataLoss;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
      return system_errno != 0 ? system_error(system_errno, "").code() : Code::kInternal;
    default:
      return Code::kInternal;
  }
}

std::string_view name_of(int extended) {
  switch (extended) {
    case SQLITE_CONSTRAINT_UNIQUE:
      return "SQLITE_CONSTRAINT_UNIQUE";
    case SQLITE_CONSTRAINT_PRIMARYKEY:
      return "SQLITE_CONSTRAINT_PRIMARYKEY";
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return "SQLITE_CONSTRAINT_FOREIGNKEY";
    case SQLITE_CONSTRAINT_CHECK:
      return "SQLITE_CONSTRAINT_CHECK";
    case SQLITE_CONSTRAINT_NOTNULL:
      return "SQLITE_CONSTRAINT_NOTNULL";
    default:
      return sqlite3_errstr(extended);
  }
}

}  // namespace

Error sqlite_error(sqlite3* connection, int code, std::string_view what) {
  const char* message = connection != nullptr ? sqlite3_errmsg(connection) : sqlite3_errstr(code);
  return Error(code_of(connection, code), fmt::format("{}: {}", what, message))
      .with_detail("sqlite", std::string(name_of(code)));
}

}  // namespace skerry::sql::internal
