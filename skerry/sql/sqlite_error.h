// SPDX-License-Identifier: Apache-2.0
//
// What SQLite's result codes (https://www.sqlite.org/rescode.html) mean as errors. Internal to sql/.
#pragma once

#include <string_view>

#include "skerry/base/error.h"

struct sqlite3;

namespace skerry::sql::internal {

/// The error for the last failure of `connection`, whose extended result code is `code`: a violated UNIQUE or primary
/// key is ALREADY_EXISTS and any other constraint FAILED_PRECONDITION, a lock that somebody else keeps UNAVAILABLE, a
/// full disk RESOURCE_EXHAUSTED, a stop at the deadline DEADLINE_EXCEEDED, a damaged file DATA_LOSS, and what only a
/// wrong program can cause INTERNAL. The detail "sqlite" is the code's name.
Error sqlite_error(sqlite3* connection, int code, std::string_view what);

}  // namespace skerry::sql::internal
