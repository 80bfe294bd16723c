// SPDX-License-Identifier: Apache-2.0
#include "skerry/sql/pool.h"

#include "skerry/async/blocking.h"
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
  co_return co_await blocking([this, sql = std::move(sql), arguments = std::move(arguments),
                               deadline = Context::capture().deadline()]() -> Result<Answer> {
    std::unique_ptr<Connection> reader = take_idle();
    if (reader == nullptr) {
      auto opened = Connection::open(connection_options(options_, true));
      if (!opened) return fail(std::move(opened));
      reader = *std::move(opened);
    }
    Result<Answer> answer = reader->run(sql, arguments, deadline);
    give_back(std::move(reader));
    return answer;
  });
}

}  // namespace skerry::sql::internal
