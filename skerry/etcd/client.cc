// SPDX-License-Identifier: Apache-2.0
#include "skerry/etcd/client.h"

#include "skerry/base/check.h"
#include "skerry/etcd/errors.h"
#include "skerry/etcd/member.h"
#include "skerry/etcd/wire.h"
#include "skerry/http/http_error.h"

namespace skerry::etcd {

namespace pb = etcdserverpb;

bool is_endpoints_fault(const Error& error) {
  return error.code() == Code::kUnavailable || error.code() == Code::kDeadlineExceeded;
}

bool was_never_sent(const Error& error) { return http::is_retry_safe(error); }

Client::Client(std::vector<Endpoint> endpoints, ClientOptions options) : options_(options) {
  SKERRY_CHECK(!endpoints.empty(), "a client needs an endpoint");
  members_.reserve(endpoints.size());
  for (const Endpoint& endpoint : endpoints) members_.push_back(std::make_unique<Member>(endpoint));
}

Client::~Client() = default;

Task<RangeResult> Client::range(KeyRange keys, RangeOptions options) {
  pb::RangeResponse response = co_await call<pb::RangeResponse>(
      Repeat::kSafe, [request = wire::range_request(keys, options)](Member& at) { return at.kv.Range(request); });
  co_return wire::range_result(std::move(response));
}

Task<std::optional<KeyValue>> Client::get(std::string key, Revision revision) {
  RangeResult found = co_await range(KeyRange::single(std::move(key)), {.revision = revision});
  if (found.key_values.empty()) co_return std::nullopt;
  co_return std::move(found.key_values.front());
}

Task<RangeResult> Client::list(KeyRange keys) {
  RangeOptions options{.limit = kListPage};
  RangeResult all = co_await range(keys, options);
  // The later pieces are read as of the first one's revision, so that they fit together.
  options.revision = all.header.revision;
  // An interval that is open to the end stays so; a single key has no second piece.
  for (bool more = all.more; more && !all.key_values.empty();) {
    keys.key = all.key_values.back().key + '\0';
    RangeResult piece = co_await range(keys, options);
    more = piece.more && !piece.key_values.empty();
    for (KeyValue& found : piece.key_values) all.key_values.push_back(std::move(found));
  }
  all.more = false;
  co_return std::move(all);
}

Task<PutResult> Client::put(std::string key, std::string value, PutOptions options) {
  pb::PutResponse response = co_await call<pb::PutResponse>(
      Repeat::kIfUnsent, [request = wire::put_request(std::move(key), std::move(value), options)](Member& at) {
        return at.kv.Put(request);
      });
  co_return wire::put_result(std::move(response));
}

Task<DeleteResult> Client::remove(KeyRange keys, DeleteOptions options) {
  pb::DeleteRangeResponse response = co_await call<pb::DeleteRangeResponse>(
      Repeat::kIfUnsent,
      [request = wire::delete_request(keys, options)](Member& at) { return at.kv.DeleteRange(request); });
  co_return wire::delete_result(std::move(response));
}

Task<TxnResult> Client::commit(Txn txn) {
  const Repeat repeat = txn.is_read() ? Repeat::kSafe : Repeat::kIfUnsent;
  pb::TxnResponse response = co_await call<pb::TxnResponse>(
      repeat, [request = wire::txn_request(txn)](Member& at) { return at.kv.Txn(request); });
  co_return wire::txn_result(std::move(response));
}

Task<> Client::compact(Revision revision, bool wait_for_disk) {
  pb::CompactionRequest request;
  request.set_revision(revision);
  request.set_physical(wait_for_disk);
  co_await call<pb::CompactionResponse>(Repeat::kIfUnsent, [request](Member& at) { return at.kv.Compact(request); });
}

Task<MemberStatus> Client::status() {
  pb::StatusResponse response = co_await call<pb::StatusResponse>(
      Repeat::kSafe, [](Member& at) { return at.maintenance.Status(pb::StatusRequest()); });
  co_return MemberStatus{.header = wire::header(response.header()),
                         .version = response.version(),
                         .database_bytes = response.dbsize(),
                         .leader = response.leader()};
}

}  // namespace skerry::etcd
