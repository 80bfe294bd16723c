// SPDX-License-Identifier: Apache-2.0
//
// What the tests of sql/ share: a folder of their own, a runtime, and processes that start at the same moment.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

#include "skerry/async/runtime.h"
#include "skerry/disk/temporary_directory.h"
#include "skerry/sql/database.h"

namespace skerry::sql {

/// EXPECT_EQ for what a task gives.
template <class T, class U>
Task<> expect_equal(Task<T> task, U expected, std::source_location where = std::source_location::current()) {
  const T got = co_await std::move(task);
  EXPECT_EQ(got, expected) << "at line " << where.line();
}

/// Fails the test where a body of coroutines failed.
inline void expect_ran(const Result<>& result) { EXPECT_TRUE(result.has_value()) << result.error().to_string(); }

class SqlTest : public testing::Test {
 protected:
  std::string path(const char* name = "test.db") const { return folder_.path(name); }

  /// Runs body(), a Task, on a runtime of two workers.
  template <class F>
  static auto run(F body) {
    Runtime runtime({.workers = 2});
    return runtime.run(std::move(body));
  }

  /// Runs body(db) on a fresh database with a table `t (k text primary key, v int check (v >= 0))`.
  template <class F>
  auto with_table(F body) {
    return run([this, body = std::move(body)]() mutable -> Task<> {
      auto db = co_await Database::open({.path = path()});
      co_await db->execute("create table if not exists t (k text primary key, v int check (v >= 0)) strict");
      co_await body(*db);
    });
  }

  /// Runs body() in `count` processes that begin together; gives how many exited with 0.
  static int run_in_processes(int count, const std::function<bool()>& body) {
    int gate[2];
    EXPECT_EQ(::pipe(gate), 0);
    std::vector<pid_t> children;
    for (int i = 0; i < count; ++i) {
      const pid_t child = ::fork();
      if (child == 0) {
        ::close(gate[1]);
        char byte = 0;
        (void)!::read(gate[0], &byte, 1);  // returns when the parent closes its end
        ::_exit(body() ? 0 : 1);
      }
      children.push_back(child);
    }
    ::close(gate[0]);
    ::close(gate[1]);
    int succeeded = 0;
    for (const pid_t child : children) {
      int status = 0;
      ::waitpid(child, &status, 0);
      if (WIFEXITED(status) && WEXITSTATUS(status) == 0) ++succeeded;
    }
    return succeeded;
  }

 private:
  disk::TemporaryDirectory folder_;
};

}  // namespace skerry::sql
