// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/accepted_requests.h"

namespace shop {

using skerry::Error;
using skerry::Task;
using skerry::sql::Blob;
using skerry::sql::Executor;
using skerry::sql::Transaction;

const char* const kAcceptedRequestsSchema = R"(
  create table accepted_requests (
    order_id text primary key,
    command  blob not null,
    reason   text,
    message  text
  ) strict, without rowid;
)";

namespace internal {

Task<std::optional<RequestRow>> find_request(Executor& executor, std::string order_id) {
  co_return co_await executor.one<RequestRow>(
      "select command, reason, message from accepted_requests where order_id = ?", order_id);
}

Task<> check_same_request(Executor& executor, std::string order_id, std::string command) {
  const std::optional<RequestRow> accepted = co_await find_request(executor, order_id);
  if (accepted && accepted->command.bytes != command) {
    co_await Error::already_exists("another request was accepted for order {}", order_id);
  }
}

Task<bool> store_request(Transaction& tx, std::string order_id, std::string command) {
  co_await check_same_request(tx, order_id, command);
  const std::int64_t stored =
      co_await tx.execute("insert into accepted_requests (order_id, command) values (?, ?) on conflict do nothing",
                          order_id, Blob{std::move(command)});
  co_return stored > 0;
}

Task<> refuse_request(Transaction& tx, std::string order_id, StepRefused refused) {
  co_await tx.execute("update accepted_requests set reason = ?, message = ? where order_id = ?", refused.reason(),
                      refused.message(), order_id);
}

}  // namespace internal

}  // namespace shop
