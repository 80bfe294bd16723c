// SPDX-License-Identifier: Apache-2.0
//
// KvExecutor: runs checked KV requests (request_check.h) on the store and the leases. A request that changes something
// first validates all it depends on (leases and keys that must exist, revisions that must be readable) and only then
// begins, so that it happens wholly or not at all. Pure; deterministic, so that replaying a log gives the same store.
//
//   std::vector<Event> events;
//   Result<etcdserverpb::TxnResponse> response = executor.txn(request, events);
//
// Answers carry header.revision; the other fields of the header are the server's.
#pragma once

#include <vector>

#include "proto/etcd/kv.pb.h"

#include "platform/etcd/key_value.h"
#include "platform/etcd/lease_table.h"
#include "platform/etcd/mvcc_store.h"
#include "skerry/base/result.h"

namespace skerry::platform::etcd {

/// Copies a version into its message. A tombstone fills key and mod_revision alone.
void fill_message(const KeyValue& kv, mvccpb::KeyValue& message);

/// What a range finds: shared versions, so that the answer can be built after the store's lock was let go.
struct FoundRange {
  MvccStore::RangeResult result;
  Revision revision = 0;  // of the store at that time
};

/// The answer to a range.
etcdserverpb::RangeResponse to_response(const etcdserverpb::RangeRequest& request, FoundRange found);

/// Refers to a store and its leases, which outlive it. Preconditions of all calls: the request passed its check().
class KvExecutor {
 public:
  KvExecutor(MvccStore& store, LeaseTable& leases) : store_(store), leases_(leases) {}

  /// Errors: OutOfRange for a revision that is compacted or in the future.
  Result<FoundRange> find(const etcdserverpb::RangeRequest& request) const;

  /// The changes made are added to `events`. Errors: NotFound for a lease that does not exist, InvalidArgument when
  /// ignore_value or ignore_lease is given for a key that does not exist.
  Result<etcdserverpb::PutResponse> put(const etcdserverpb::PutRequest& request, std::vector<Event>& events);

  Result<etcdserverpb::DeleteRangeResponse> delete_range(const etcdserverpb::DeleteRangeRequest& request,
                                                         std::vector<Event>& events);

  /// Errors: those of the operations of the branches that are taken.
  Result<etcdserverpb::TxnResponse> txn(const etcdserverpb::TxnRequest& request, std::vector<Event>& events);

  /// Deletes these keys in one revision, in the order given: what hung on a revoked lease.
  void delete_keys(const std::vector<std::string>& keys, std::vector<Event>& events);

 private:
  using Operations = google::protobuf::RepeatedPtrField<etcdserverpb::RequestOp>;
  // Which branch each transaction takes, in the order in which a walk meets them.
  using Branches = std::vector<bool>;

  bool holds(const etcdserverpb::Compare& compare) const;
  void decide(const etcdserverpb::TxnRequest& request, Branches& branches) const;
  Result<> validate(const etcdserverpb::PutRequest& request) const;
  Result<> validate(const etcdserverpb::TxnRequest& request, const Branches& branches, std::size_t& next) const;
  Result<> validate(const etcdserverpb::RequestOp& operation, const Branches& branches, std::size_t& next) const;

  etcdserverpb::PutResponse run(const etcdserverpb::PutRequest& request, MvccStore::Write& write);
  etcdserverpb::DeleteRangeResponse run(const etcdserverpb::DeleteRangeRequest& request, MvccStore::Write& write);
  void run(const etcdserverpb::TxnRequest& request, const Branches& branches, std::size_t& next,
           MvccStore::Write& write, etcdserverpb::TxnResponse& response);
  void run(const etcdserverpb::RequestOp& operation, const Branches& branches, std::size_t& next,
           MvccStore::Write& write, etcdserverpb::ResponseOp& response);
  void finish(MvccStore::Write& write, std::vector<Event>& events);

  MvccStore& store_;
  LeaseTable& leases_;
};

}  // namespace skerry::platform::etcd
