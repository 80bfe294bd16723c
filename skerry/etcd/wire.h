// SPDX-License-Identifier: Apache-2.0
//
// Between the values of types.h and the messages of the protocol. Internal to etcd/.
#pragma once

#include "proto/etcd/kv.pb.h"

#include "skerry/etcd/txn.h"
#include "skerry/etcd/types.h"

namespace skerry::etcd::wire {

ResponseHeader header(const etcdserverpb::ResponseHeader& message);
/// Takes the strings out of the message.
KeyValue key_value(mvccpb::KeyValue&& message);
Event event(mvccpb::Event&& message);

etcdserverpb::RangeRequest range_request(const KeyRange& keys, const RangeOptions& options);
etcdserverpb::PutRequest put_request(std::string key, std::string value, const PutOptions& options);
etcdserverpb::DeleteRangeRequest delete_request(const KeyRange& keys, const DeleteOptions& options);
etcdserverpb::TxnRequest txn_request(const Txn& txn);

RangeResult range_result(etcdserverpb::RangeResponse&& message);
PutResult put_result(etcdserverpb::PutResponse&& message);
DeleteResult delete_result(etcdserverpb::DeleteRangeResponse&& message);
TxnResult txn_result(etcdserverpb::TxnResponse&& message);

}  // namespace skerry::etcd::wire
