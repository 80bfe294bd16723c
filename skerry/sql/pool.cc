// SPDX-License-Identifier: Apache-2.0
#include "skerry/sql/pool.h"

#include "skerry/async/blocking.h"
#include "skerry/async/timeout.h"
#include "skerry/base/defer.h"

namespace skerry::sql::internal {

Pool::Pool(DatabaseOptions options, std::unique_ptr<Connection> writer)
    : options_(std::move(options)), writer_(std::move(writer)), readers_(options_.max_readers) {}

ConnectionOptions Pool::connection_options(const DatabaseOptions& options, bool read_only) {
  return {.path = options.path, .read_only = read_only, .busy_limit = options.busy_limit, .max_rows = options.max_rows};
}

std::unique_ptr<Connection> Pool::take_idle() {
  std::lock_guard lock(mutex_);
  if (idle_.empty()) return nullptr;
  auto reader = std::move(idle_.back());
  idle_.pop_back();
  return reader;
}

void Pool::give_back(std::unique_ptr<Connection> reader) {
  if (reader == nullptr) return;
  std::lock_guard lock(mutex_);
  idle_.push_back(std::move(reader));
}

Task<Answer> Pool::read(std::string sql, std::vector<Value> arguments) {
  co_await readers_.acquire();
  Defer release([this] { readers_.release(); });
  co_await skerry::internal::EndIfCancelled();
  std::unique_ptr<Connection> reader = take_idle();
  Defer back([this, &reader] { give_back(std::move(reader)); });
  if (reader != nullptr) {
    if (auto answer = reader->run_at_once(sql, arguments)) {
      at_once_.fetch_add(1, std::memory_order_relaxed);
      co_return co_await *std::move(answer);
    }
  }
  co_return co_await blocking([&, deadline = Context::capture().deadline()]() -> Result<Answer> {
    if (reader == nullptr) {
      auto opened = Connection::open(connection_options(options_, true));
      if (!opened) return fail(std::move(opened));
      reader = *std::move(opened);
    }
    return reader->run(sql, arguments, deadline);
  });
}

}  // namespace skerry::sql::internal
