// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/request_check.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "platform/etcd/errors.h"
#include "platform/etcd/key_range.h"

namespace skerry::platform::etcd {
namespace {

using etcdserverpb::Compare;
using etcdserverpb::DeleteRangeRequest;
using etcdserverpb::PutRequest;
using etcdserverpb::RangeRequest;
using etcdserverpb::RequestOp;
using etcdserverpb::TxnRequest;
using Operations = google::protobuf::RepeatedPtrField<RequestOp>;

// What a list of operations may change.
struct Changes {
  std::set<std::string, std::less<>> puts;
  std::vector<KeyRange> deletes;
};

bool has_put_in(const Changes& changes, const KeyRange& range) {
  auto it = changes.puts.lower_bound(range.begin);
  return it != changes.puts.end() && range.contains(*it);
}

bool conflict(const Changes& one, const Changes& other) {
  const bool put_twice = std::ranges::any_of(one.puts, [&](const auto& key) { return other.puts.contains(key); });
  const auto deletes_put_key = [](const Changes& deleting, const Changes& putting) {
    return std::ranges::any_of(deleting.deletes, [&](const auto& range) { return has_put_in(putting, range); });
  };
  return put_twice || deletes_put_key(one, other) || deletes_put_key(other, one);
}

void add(Changes& changes, Changes more) {
  changes.puts.merge(more.puts);
  changes.deletes.insert(changes.deletes.end(), more.deletes.begin(), more.deletes.end());
}

Result<Changes> changes_of(const Operations& operations);

Result<Changes> changes_of(const RequestOp& operation) {
  Changes changes;
  switch (operation.request_case()) {
    case RequestOp::kRequestPut:
      changes.puts.insert(operation.request_put().key());
      break;
    case RequestOp::kRequestDeleteRange: {
      const DeleteRangeRequest& request = operation.request_delete_range();
      changes.deletes.push_back(KeyRange::from_request(request.key(), request.range_end()));
      break;
    }
    case RequestOp::kRequestTxn: {
      auto success = changes_of(operation.request_txn().success());
      if (!success) return success;
      auto failure = changes_of(operation.request_txn().failure());
      if (!failure) return failure;
      // Only one of the branches runs, so they cannot be in each other's way.
      add(changes, *std::move(success));
      add(changes, *std::move(failure));
      break;
    }
    case RequestOp::kRequestRange:
    case RequestOp::REQUEST_NOT_SET:
      break;
  }
  return changes;
}

Result<Changes> changes_of(const Operations& operations) {
  Changes all;
  for (const RequestOp& operation : operations) {
    auto changes = changes_of(operation);
    if (!changes) return changes;
    if (conflict(all, *changes)) return fail(errors::duplicate_key());
    add(all, *std::move(changes));
  }
  return all;
}

Result<> check_each(const TxnRequest& request, int max_operations);

Result<> check_operation(const RequestOp& operation, int max_operations) {
  switch (operation.request_case()) {
    case RequestOp::kRequestRange:
      return check(operation.request_range());
    case RequestOp::kRequestPut:
      return check(operation.request_put());
    case RequestOp::kRequestDeleteRange:
      return check(operation.request_delete_range());
    case RequestOp::kRequestTxn:
      return check_each(operation.request_txn(), max_operations);
    case RequestOp::REQUEST_NOT_SET:
      break;
  }
  return fail(errors::key_not_found());
}

Result<> check_each(const TxnRequest& request, int max_operations) {
  const int longest = std::max({request.compare_size(), request.success_size(), request.failure_size()});
  if (longest > max_operations) return fail(errors::too_many_operations());
  for (const Compare& compare : request.compare())
    if (compare.key().empty()) return fail(errors::empty_key());
  for (const Operations* operations : {&request.success(), &request.failure()}) {
    for (const RequestOp& operation : *operations)
      if (auto valid = check_operation(operation, max_operations - longest); !valid) return valid;
  }
  return {};
}

template <class Predicate>
bool any_operation(const TxnRequest& request, Predicate predicate) {
  const auto matches = [&](const RequestOp& operation) {
    if (operation.request_case() == RequestOp::kRequestTxn) return any_operation(operation.request_txn(), predicate);
    return predicate(operation);
  };
  return std::ranges::any_of(request.success(), matches) || std::ranges::any_of(request.failure(), matches);
}

}  // namespace

Result<> check(const RangeRequest& request) {
  if (request.key().empty()) return fail(errors::empty_key());
  // Enumerations are open in proto3: a number without a name arrives here as it is.
  if (!RangeRequest::SortOrder_IsValid(request.sort_order()) ||
      !RangeRequest::SortTarget_IsValid(request.sort_target()))
    return fail(errors::invalid_sort_option());
  return {};
}

Result<> check(const PutRequest& request) {
  if (request.key().empty()) return fail(errors::empty_key());
  if (request.ignore_value() && !request.value().empty()) return fail(errors::value_provided());
  if (request.ignore_lease() && request.lease() != 0) return fail(errors::lease_provided());
  return {};
}

Result<> check(const DeleteRangeRequest& request) {
  if (request.key().empty()) return fail(errors::empty_key());
  return {};
}

Result<> check(const TxnRequest& request, int max_operations) {
  if (auto valid = check_each(request, max_operations); !valid) return valid;
  for (const Operations* operations : {&request.success(), &request.failure()})
    if (auto changes = changes_of(*operations); !changes) return fail(std::move(changes));
  return {};
}

bool is_read_only(const TxnRequest& request) {
  return !any_operation(
      request, [](const RequestOp& operation) { return operation.request_case() != RequestOp::kRequestRange; });
}

bool can_put(const TxnRequest& request) {
  return any_operation(request,
                       [](const RequestOp& operation) { return operation.request_case() == RequestOp::kRequestPut; });
}

}  // namespace skerry::platform::etcd
