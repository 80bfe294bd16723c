// SPDX-License-Identifier: Apache-2.0
//
// Pool: the connections of a Database: one that writes, and some that read. Internal to sql/.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "skerry/async/sync.h"
#include "skerry/sql/connection.h"
#include "skerry/sql/database.h"
#include "skerry/sql/writer.h"

namespace skerry::sql::internal {

class Pool {
 public:
  Pool(DatabaseOptions options, std::unique_ptr<Connection> writer);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  static ConnectionOptions connection_options(const DatabaseOptions& options, bool read_only);

  Writer& writer() { return writer_; }
  /// Runs a statement that reads on a connection of its own. Waits while max_readers are in use.
  Task<Answer> read(std::string sql, std::vector<Value> arguments);
  /// Statements that ran on workers.
  std::uint64_t at_once() const { return at_once_.load(std::memory_order_relaxed) + writer_.at_once(); }

 private:
  std::unique_ptr<Connection> take_idle();
  void give_back(std::unique_ptr<Connection> reader);

  const DatabaseOptions options_;
  Writer writer_;
  Semaphore readers_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::atomic<std::uint64_t> at_once_{0};
};

}  // namespace skerry::sql::internal
