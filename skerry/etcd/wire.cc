// SPDX-License-Identifier: Apache-2.0
#include "skerry/etcd/wire.h"

namespace skerry::etcd::wire {
namespace {

namespace pb = etcdserverpb;

// The enums have the protocol's order, so that they convert by number.
static_assert(static_cast<int>(SortOrder::kDescend) == pb::RangeRequest::DESCEND);
static_assert(static_cast<int>(SortTarget::kValue) == pb::RangeRequest::VALUE);
static_assert(static_cast<int>(Compare::Target::kLease) == pb::Compare::LEASE);
static_assert(static_cast<int>(Compare::Relation::kNotEqual) == pb::Compare::NOT_EQUAL);

pb::Compare compare(const Compare& comparison) {
  pb::Compare message;
  message.set_key(comparison.keys.key);
  message.set_range_end(comparison.keys.range_end);
  message.set_result(static_cast<pb::Compare::CompareResult>(comparison.relation));
  message.set_target(static_cast<pb::Compare::CompareTarget>(comparison.target));
  switch (comparison.target) {
    case Compare::Target::kVersion:
      message.set_version(comparison.number);
      break;
    case Compare::Target::kCreateRevision:
      message.set_create_revision(comparison.number);
      break;
    case Compare::Target::kModRevision:
      message.set_mod_revision(comparison.number);
      break;
    case Compare::Target::kValue:
      message.set_value(comparison.value);
      break;
    case Compare::Target::kLease:
      message.set_lease(comparison.number);
      break;
  }
  return message;
}

pb::RequestOp operation(const Operation& source) {
  struct Writer {
    pb::RequestOp message;
    void operator()(const Operation::Range& range) {
      *message.mutable_request_range() = range_request(range.keys, range.options);
    }
    void operator()(const Operation::Put& put) {
      *message.mutable_request_put() = put_request(put.key, put.value, put.options);
    }
    void operator()(const Operation::Delete& removal) {
      *message.mutable_request_delete_range() = delete_request(removal.keys, removal.options);
    }
    void operator()(const std::shared_ptr<const Txn>& nested) { *message.mutable_request_txn() = txn_request(*nested); }
  } writer;
  std::visit(writer, source.content());
  return std::move(writer.message);
}

TxnResult::Item operation_result(pb::ResponseOp&& message) {
  switch (message.response_case()) {
    case pb::ResponseOp::kResponsePut:
      return put_result(std::move(*message.mutable_response_put()));
    case pb::ResponseOp::kResponseDeleteRange:
      return delete_result(std::move(*message.mutable_response_delete_range()));
    case pb::ResponseOp::kResponseTxn:
      return std::make_shared<const TxnResult>(txn_result(std::move(*message.mutable_response_txn())));
    case pb::ResponseOp::kResponseRange:
    case pb::ResponseOp::RESPONSE_NOT_SET:
      return range_result(std::move(*message.mutable_response_range()));
  }
  return RangeResult{};
}

}  // namespace

ResponseHeader header(const pb::ResponseHeader& message) {
  return {.cluster_id = message.cluster_id(),
          .member_id = message.member_id(),
          .revision = message.revision(),
          .raft_term = message.raft_term()};
}

KeyValue key_value(mvccpb::KeyValue&& message) {
  return {.key = std::move(*message.mutable_key()),
          .value = std::move(*message.mutable_value()),
          .create_revision = message.create_revision(),
          .mod_revision = message.mod_revision(),
          .version = message.version(),
          .lease = message.lease()};
}

Event event(mvccpb::Event&& message) {
  Event event{.type = message.type() == mvccpb::Event::DELETE ? Event::Type::kDelete : Event::Type::kPut,
              .key_value = key_value(std::move(*message.mutable_kv()))};
  if (message.has_prev_kv()) event.previous = key_value(std::move(*message.mutable_prev_kv()));
  return event;
}

pb::RangeRequest range_request(const KeyRange& keys, const RangeOptions& options) {
  pb::RangeRequest message;
  message.set_key(keys.key);
  message.set_range_end(keys.range_end);
  message.set_limit(options.limit);
  message.set_revision(options.revision);
  message.set_sort_order(static_cast<pb::RangeRequest::SortOrder>(options.sort_order));
  message.set_sort_target(static_cast<pb::RangeRequest::SortTarget>(options.sort_target));
  message.set_serializable(options.serializable);
  message.set_keys_only(options.keys_only);
  message.set_count_only(options.count_only);
  message.set_min_mod_revision(options.min_mod_revision);
  message.set_max_mod_revision(options.max_mod_revision);
  message.set_min_create_revision(options.min_create_revision);
  message.set_max_create_revision(options.max_create_revision);
  return message;
}

pb::PutRequest put_request(std::string key, std::string value, const PutOptions& options) {
  pb::PutRequest message;
  message.set_key(std::move(key));
  message.set_value(std::move(value));
  message.set_lease(options.lease);
  message.set_prev_kv(options.previous);
  message.set_ignore_value(options.ignore_value);
  message.set_ignore_lease(options.ignore_lease);
  return message;
}

pb::DeleteRangeRequest delete_request(const KeyRange& keys, const DeleteOptions& options) {
  pb::DeleteRangeRequest message;
  message.set_key(keys.key);
  message.set_range_end(keys.range_end);
  message.set_prev_kv(options.previous);
  return message;
}

pb::TxnRequest txn_request(const Txn& txn) {
  pb::TxnRequest message;
  for (const Compare& comparison : txn.comparisons()) *message.add_compare() = compare(comparison);
  for (const Operation& then : txn.then_operations()) *message.add_success() = operation(then);
  for (const Operation& otherwise : txn.otherwise_operations()) *message.add_failure() = operation(otherwise);
  return message;
}

RangeResult range_result(pb::RangeResponse&& message) {
  RangeResult result{
      .header = header(message.header()), .key_values = {}, .more = message.more(), .count = message.count()};
  result.key_values.reserve(static_cast<std::size_t>(message.kvs_size()));
  for (mvccpb::KeyValue& found : *message.mutable_kvs()) result.key_values.push_back(key_value(std::move(found)));
  return result;
}

PutResult put_result(pb::PutResponse&& message) {
  PutResult result{.header = header(message.header()), .previous = std::nullopt};
  if (message.has_prev_kv()) result.previous = key_value(std::move(*message.mutable_prev_kv()));
  return result;
}

DeleteResult delete_result(pb::DeleteRangeResponse&& message) {
  DeleteResult result{.header = header(message.header()), .deleted = message.deleted(), .previous = {}};
  for (mvccpb::KeyValue& gone : *message.mutable_prev_kvs()) result.previous.push_back(key_value(std::move(gone)));
  return result;
}

TxnResult txn_result(pb::TxnResponse&& message) {
  TxnResult result{.header = header(message.header()), .succeeded = message.succeeded(), .results = {}};
  for (pb::ResponseOp& response : *message.mutable_responses()) {
    result.results.push_back(operation_result(std::move(response)));
  }
  return result;
}

}  // namespace skerry::etcd::wire
