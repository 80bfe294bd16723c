// SPDX-License-Identifier: Apache-2.0
//
// What can be said about a KV request from the request alone: empty keys, contradicting options, too many operations, a
// key changed twice in one transaction. Done before a request is logged, so that what is logged can be executed. Pure.
//
//   if (auto valid = check(request); !valid) return fail(std::move(valid));
//
// Rules and texts: etcd API reference, KV service.
#pragma once

#include <cstddef>

#include "proto/etcd/kv.pb.h"

#include "skerry/base/result.h"

namespace skerry::platform::etcd {

/// Operations in any one list of a transaction (compares, success, failure). A nested transaction has what its parent's
/// longest list leaves over, which bounds the depth as well.
inline constexpr int kMaxTxnOperations = 128;

Result<> check(const etcdserverpb::RangeRequest& request);
Result<> check(const etcdserverpb::PutRequest& request);
Result<> check(const etcdserverpb::DeleteRangeRequest& request);

/// Checks all that the transaction holds, nested ones included, and that no key is put twice or put and deleted on any
/// path through it. Deleting a key twice is allowed, and so is changing it in both branches of one transaction.
Result<> check(const etcdserverpb::TxnRequest& request, int max_operations = kMaxTxnOperations);

/// True when the transaction changes nothing whichever way it goes: it need not be logged.
bool is_read_only(const etcdserverpb::TxnRequest& request);
/// True when the transaction can put a key: it is refused when the store is out of space.
bool can_put(const etcdserverpb::TxnRequest& request);

}  // namespace skerry::platform::etcd
