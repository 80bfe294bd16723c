// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/kv_executor.h"

#include <algorithm>
#include <functional>

#include "platform/etcd/errors.h"
#include "skerry/base/check.h"

namespace skerry::platform::etcd {
namespace {

using etcdserverpb::Compare;
using etcdserverpb::DeleteRangeRequest;
using etcdserverpb::DeleteRangeResponse;
using etcdserverpb::PutRequest;
using etcdserverpb::PutResponse;
using etcdserverpb::RangeRequest;
using etcdserverpb::RangeResponse;
using etcdserverpb::RequestOp;
using etcdserverpb::ResponseOp;
using etcdserverpb::TxnRequest;
using etcdserverpb::TxnResponse;

bool has_revision_filter(const RangeRequest& request) {
  return request.min_mod_revision() != 0 || request.max_mod_revision() != 0 || request.min_create_revision() != 0 ||
         request.max_create_revision() != 0;
}

// A sort target other than the key sorts upwards when no order is given.
RangeRequest::SortOrder effective_order(const RangeRequest& request) {
  if (request.sort_target() != RangeRequest::KEY && request.sort_order() == RangeRequest::NONE)
    return RangeRequest::ASCEND;
  // The store answers in this order already.
  if (request.sort_target() == RangeRequest::KEY && request.sort_order() == RangeRequest::ASCEND)
    return RangeRequest::NONE;
  return request.sort_order();
}

bool passes_filters(const RangeRequest& request, const KeyValue& kv) {
  const auto within = [](Revision revision, Revision lowest, Revision highest) {
    return (lowest == 0 || revision >= lowest) && (highest == 0 || revision <= highest);
  };
  return within(kv.mod_revision, request.min_mod_revision(), request.max_mod_revision()) &&
         within(kv.create_revision, request.min_create_revision(), request.max_create_revision());
}

// Equal fields come in key order either way.
template <class Field>
void sort_by(std::vector<KeyValuePointer>& kvs, bool descending, Field field) {
  std::sort(kvs.begin(), kvs.end(), [&](const KeyValuePointer& one, const KeyValuePointer& other) {
    const auto& first = std::invoke(field, *one);
    const auto& second = std::invoke(field, *other);
    if (first == second) return one->key < other->key;
    return descending ? second < first : first < second;
  });
}

void sort(std::vector<KeyValuePointer>& kvs, const RangeRequest& request) {
  const RangeRequest::SortOrder order = effective_order(request);
  if (order == RangeRequest::NONE) return;
  const bool descending = order == RangeRequest::DESCEND;
  switch (request.sort_target()) {
    case RangeRequest::VERSION:
      return sort_by(kvs, descending, &KeyValue::version);
    case RangeRequest::CREATE:
      return sort_by(kvs, descending, &KeyValue::create_revision);
    case RangeRequest::MOD:
      return sort_by(kvs, descending, &KeyValue::mod_revision);
    case RangeRequest::VALUE:
      return sort_by(kvs, descending, &KeyValue::value);
    default:
      return sort_by(kvs, descending, &KeyValue::key);
  }
}

MvccStore::RangeOptions options_of(const RangeRequest& request) {
  // A limit may stop the walk early only when what comes first in key order is what is wanted.
  const bool in_key_order = effective_order(request) == RangeRequest::NONE && !has_revision_filter(request);
  // One more than asked for tells whether there is more.
  const bool limited = in_key_order && request.limit() > 0;
  return {.revision = request.revision(),
          .limit = limited ? static_cast<std::size_t>(request.limit()) + 1 : 0,
          .count_only = request.count_only()};
}

KeyRange range_of(const auto& request) { return KeyRange::from_request(request.key(), request.range_end()); }

template <class T>
bool compare_values(Compare::CompareResult result, const T& stored, const T& given) {
  switch (result) {
    case Compare::EQUAL:
      return stored == given;
    case Compare::GREATER:
      return stored > given;
    case Compare::LESS:
      return stored < given;
    case Compare::NOT_EQUAL:
      return stored != given;
    default:
      return true;
  }
}

// The value to compare with is 0 or empty when the request's union holds another field than its target.
bool compare_one(const Compare& compare, const KeyValue& kv) {
  switch (compare.target()) {
    case Compare::VERSION:
      return compare_values(compare.result(), kv.version, compare.version());
    case Compare::CREATE:
      return compare_values(compare.result(), kv.create_revision, compare.create_revision());
    case Compare::MOD:
      return compare_values(compare.result(), kv.mod_revision, compare.mod_revision());
    case Compare::VALUE:
      return compare_values(compare.result(), kv.value, compare.value());
    case Compare::LEASE:
      return compare_values(compare.result(), kv.lease, compare.lease());
    default:
      return true;
  }
}

}  // namespace

void fill_message(const KeyValue& kv, mvccpb::KeyValue& message) {
  message.set_key(kv.key);
  message.set_mod_revision(kv.mod_revision);
  if (kv.is_tombstone()) return;
  message.set_create_revision(kv.create_revision);
  message.set_version(kv.version);
  message.set_value(kv.value);
  message.set_lease(kv.lease);
}

// ---- reads

RangeResponse to_response(const RangeRequest& request, FoundRange found) {
  RangeResponse response;
  response.mutable_header()->set_revision(found.revision);
  response.set_count(found.result.count);
  std::vector<KeyValuePointer>& kvs = found.result.kvs;
  if (has_revision_filter(request)) std::erase_if(kvs, [&](const auto& kv) { return !passes_filters(request, *kv); });
  sort(kvs, request);
  if (request.limit() > 0 && kvs.size() > static_cast<std::size_t>(request.limit())) {
    kvs.resize(static_cast<std::size_t>(request.limit()));
    response.set_more(true);
  }
  response.mutable_kvs()->Reserve(static_cast<int>(kvs.size()));
  for (const KeyValuePointer& kv : kvs) {
    mvccpb::KeyValue& message = *response.add_kvs();
    fill_message(*kv, message);
    if (request.keys_only()) message.clear_value();
  }
  return response;
}

Result<FoundRange> KvExecutor::find(const RangeRequest& request) const {
  auto found = store_.range(range_of(request), options_of(request));
  if (!found) return fail(std::move(found));
  return FoundRange{*std::move(found), store_.revision()};
}

bool KvExecutor::holds(const Compare& compare) const {
  auto found = store_.range(range_of(compare), {});
  SKERRY_CHECK(found.has_value(), "the newest revision can always be read");
  if (found->kvs.empty()) {
    // No value equals or differs from that of a key that is not there; its numbers are 0.
    return compare.target() != Compare::VALUE && compare_one(compare, KeyValue());
  }
  return std::ranges::all_of(found->kvs, [&](const KeyValuePointer& kv) { return compare_one(compare, *kv); });
}

// ---- deciding and validating, before anything is changed

void KvExecutor::decide(const TxnRequest& request, Branches& branches) const {
  const bool succeeded = std::ranges::all_of(request.compare(), [&](const Compare& compare) { return holds(compare); });
  branches.push_back(succeeded);
  for (const RequestOp& operation : succeeded ? request.success() : request.failure())
    if (operation.request_case() == RequestOp::kRequestTxn) decide(operation.request_txn(), branches);
}

Result<> KvExecutor::validate(const PutRequest& request) const {
  if (request.lease() != kNoLease && !leases_.contains(request.lease())) return fail(errors::lease_not_found());
  if ((request.ignore_value() || request.ignore_lease()) && store_.get(request.key()) == nullptr)
    return fail(errors::key_not_found());
  return {};
}

Result<> KvExecutor::validate(const RequestOp& operation, const Branches& branches, std::size_t& next) const {
  switch (operation.request_case()) {
    case RequestOp::kRequestRange:
      return store_.check_revision(operation.request_range().revision());
    case RequestOp::kRequestPut:
      return validate(operation.request_put());
    case RequestOp::kRequestTxn:
      return validate(operation.request_txn(), branches, next);
    default:
      return {};
  }
}

Result<> KvExecutor::validate(const TxnRequest& request, const Branches& branches, std::size_t& next) const {
  for (const RequestOp& operation : branches[next++] ? request.success() : request.failure())
    if (auto valid = validate(operation, branches, next); !valid) return valid;
  return {};
}

// ---- execution

PutResponse KvExecutor::run(const PutRequest& request, MvccStore::Write& write) {
  KeyValuePointer current;
  if (request.ignore_value() || request.ignore_lease()) current = store_.get(request.key());
  const std::string& value = request.ignore_value() ? current->value : request.value();
  const LeaseId lease = request.ignore_lease() ? current->lease : request.lease();
  KeyValuePointer previous = write.put(request.key(), value, lease);
  PutResponse response;
  response.mutable_header()->set_revision(write.revision());
  if (request.prev_kv() && previous) fill_message(*previous, *response.mutable_prev_kv());
  return response;
}

DeleteRangeResponse KvExecutor::run(const DeleteRangeRequest& request, MvccStore::Write& write) {
  const auto deleted = write.delete_range(range_of(request));
  DeleteRangeResponse response;
  response.mutable_header()->set_revision(write.revision());
  response.set_deleted(static_cast<std::int64_t>(deleted.size()));
  if (request.prev_kv())
    for (const KeyValuePointer& kv : deleted) fill_message(*kv, *response.add_prev_kvs());
  return response;
}

void KvExecutor::run(const RequestOp& operation, const Branches& branches, std::size_t& next, MvccStore::Write& write,
                     ResponseOp& response) {
  switch (operation.request_case()) {
    case RequestOp::kRequestRange: {
      const RangeRequest& request = operation.request_range();
      auto found = store_.range(range_of(request), options_of(request));
      SKERRY_CHECK(found.has_value(), "the revision was validated");
      *response.mutable_response_range() = to_response(request, {*std::move(found), write.revision()});
      break;
    }
    case RequestOp::kRequestPut:
      *response.mutable_response_put() = run(operation.request_put(), write);
      break;
    case RequestOp::kRequestDeleteRange:
      *response.mutable_response_delete_range() = run(operation.request_delete_range(), write);
      break;
    case RequestOp::kRequestTxn:
      run(operation.request_txn(), branches, next, write, *response.mutable_response_txn());
      break;
    case RequestOp::REQUEST_NOT_SET:
      break;
  }
}

void KvExecutor::run(const TxnRequest& request, const Branches& branches, std::size_t& next, MvccStore::Write& write,
                     TxnResponse& response) {
  const bool succeeded = branches[next++];
  response.set_succeeded(succeeded);
  for (const RequestOp& operation : succeeded ? request.success() : request.failure())
    run(operation, branches, next, write, *response.add_responses());
  response.mutable_header()->set_revision(write.revision());
}

void KvExecutor::finish(MvccStore::Write& write, std::vector<Event>& events) {
  std::vector<Event> changes = write.finish();
  for (const Event& event : changes) {
    if (event.previous && event.previous->lease != kNoLease) leases_.detach(event.previous->lease, event.kv->key);
    if (event.kv->lease != kNoLease) leases_.attach(event.kv->lease, event.kv->key);
  }
  std::ranges::move(changes, std::back_inserter(events));
}

Result<PutResponse> KvExecutor::put(const PutRequest& request, std::vector<Event>& events) {
  if (auto valid = validate(request); !valid) return fail(std::move(valid));
  MvccStore::Write write(store_);
  PutResponse response = run(request, write);
  finish(write, events);
  return response;
}

Result<DeleteRangeResponse> KvExecutor::delete_range(const DeleteRangeRequest& request, std::vector<Event>& events) {
  MvccStore::Write write(store_);
  DeleteRangeResponse response = run(request, write);
  finish(write, events);
  return response;
}

Result<TxnResponse> KvExecutor::txn(const TxnRequest& request, std::vector<Event>& events) {
  Branches branches;
  decide(request, branches);
  std::size_t next = 0;
  if (auto valid = validate(request, branches, next); !valid) return fail(std::move(valid));
  MvccStore::Write write(store_);
  TxnResponse response;
  next = 0;
  run(request, branches, next, write, response);
  finish(write, events);
  return response;
}

void KvExecutor::delete_keys(const std::vector<std::string>& keys, std::vector<Event>& events) {
  MvccStore::Write write(store_);
  for (const std::string& key : keys) write.delete_range(KeyRange::from_request(key, ""));
  finish(write, events);
}

}  // namespace skerry::platform::etcd
