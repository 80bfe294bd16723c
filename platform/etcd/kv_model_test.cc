// SPDX-License-Identifier: Apache-2.0
//
// Random requests, nested transactions among them, against a model that keeps a whole map for every revision and works
// everything out in the plainest way: the answers must be the same, letter for letter.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "platform/etcd/kv_executor.h"
#include "platform/etcd/proto_text.h"
#include "platform/etcd/request_check.h"

namespace skerry::platform::etcd {
namespace {

using etcdserverpb::Compare;
using etcdserverpb::RangeRequest;
using etcdserverpb::RangeResponse;
using etcdserverpb::RequestOp;
using etcdserverpb::ResponseOp;
using etcdserverpb::TxnRequest;
using etcdserverpb::TxnResponse;
using ModelState = std::map<std::string, mvccpb::KeyValue>;

class KvModel {
 public:
  // The answer, or the beginning of the error's text.
  std::string txn(const TxnRequest& request) {
    state_ = states_.rbegin()->second;
    changed_ = false;
    std::map<const TxnRequest*, bool> branches;
    decide(request, branches);
    if (std::string problem = find_problem(request, branches); !problem.empty()) return problem;
    TxnResponse response;
    run(request, branches, response);
    if (changed_) states_.emplace(revision() + 1, state_);
    return to_text(response);
  }

  std::string compact(Revision at) {
    if (at <= compacted_) return "etcdserver: mvcc: required revision has been compacted";
    if (at > revision()) return "etcdserver: mvcc: required revision is a future revision";
    compacted_ = at;
    return "";
  }

  Revision revision() const { return states_.rbegin()->first; }
  Revision compacted() const { return compacted_; }

 private:
  static std::vector<mvccpb::KeyValue> within(const ModelState& state, const std::string& key, const std::string& end) {
    std::vector<mvccpb::KeyValue> found;
    const KeyRange range = KeyRange::from_request(key, end);
    for (const auto& [each, kv] : state)
      if (range.contains(each)) found.push_back(kv);
    return found;
  }

  template <class T>
  static bool compare_as(Compare::CompareResult result, const T& left, const T& right) {
    switch (result) {
      case Compare::EQUAL:
        return left == right;
      case Compare::NOT_EQUAL:
        return left != right;
      case Compare::LESS:
        return left < right;
      default:
        return left > right;
    }
  }

  static bool holds_for(const Compare& compare, const mvccpb::KeyValue& kv) {
    switch (compare.target()) {
      case Compare::VERSION:
        return compare_as(compare.result(), kv.version(), compare.version());
      case Compare::CREATE:
        return compare_as(compare.result(), kv.create_revision(), compare.create_revision());
      case Compare::MOD:
        return compare_as(compare.result(), kv.mod_revision(), compare.mod_revision());
      case Compare::LEASE:
        return compare_as(compare.result(), kv.lease(), compare.lease());
      default:
        return compare_as(compare.result(), kv.value(), compare.value());
    }
  }

  bool holds(const Compare& compare) const {
    auto found = within(state_, compare.key(), compare.range_end());
    if (found.empty()) return compare.target() != Compare::VALUE && holds_for(compare, {});
    return std::all_of(found.begin(), found.end(), [&](const auto& kv) { return holds_for(compare, kv); });
  }

  void decide(const TxnRequest& request, std::map<const TxnRequest*, bool>& branches) const {
    bool all = true;
    for (const Compare& compare : request.compare()) all = all && holds(compare);
    branches[&request] = all;
    for (const auto* operations : {&request.success(), &request.failure()})
      for (const RequestOp& operation : *operations)
        if (operation.has_request_txn()) decide(operation.request_txn(), branches);
  }

  std::string find_problem(const TxnRequest& request, const std::map<const TxnRequest*, bool>& branches) const {
    for (const RequestOp& operation : branches.at(&request) ? request.success() : request.failure()) {
      if (operation.has_request_txn()) {
        if (auto problem = find_problem(operation.request_txn(), branches); !problem.empty()) return problem;
      }
      if (operation.has_request_range()) {
        const Revision at = operation.request_range().revision();
        if (at > revision()) return "etcdserver: mvcc: required revision is a future revision";
        if (at > 0 && at < compacted_) return "etcdserver: mvcc: required revision has been compacted";
      }
      if (!operation.has_request_put()) continue;
      if (operation.request_put().lease() == kUnknownLease) return "etcdserver: requested lease not found";
      if (operation.request_put().ignore_value() && !state_.contains(operation.request_put().key()))
        return "etcdserver: key not found";
    }
    return "";
  }

  void run(const TxnRequest& request, const std::map<const TxnRequest*, bool>& branches, TxnResponse& response) {
    response.set_succeeded(branches.at(&request));
    for (const RequestOp& operation : response.succeeded() ? request.success() : request.failure()) {
      ResponseOp& out = *response.add_responses();
      if (operation.has_request_txn()) run(operation.request_txn(), branches, *out.mutable_response_txn());
      if (operation.has_request_put()) run(operation.request_put(), *out.mutable_response_put());
      if (operation.has_request_delete_range())
        run(operation.request_delete_range(), *out.mutable_response_delete_range());
      if (operation.has_request_range()) run(operation.request_range(), *out.mutable_response_range());
    }
    response.mutable_header()->set_revision(current());
  }

  Revision current() const { return revision() + (changed_ ? 1 : 0); }

  void run(const etcdserverpb::PutRequest& request, etcdserverpb::PutResponse& response) {
    auto found = state_.find(request.key());
    if (found != state_.end() && request.prev_kv()) *response.mutable_prev_kv() = found->second;
    mvccpb::KeyValue kv;
    if (found != state_.end()) kv = found->second;
    if (found == state_.end()) kv.set_create_revision(revision() + 1);
    kv.set_key(request.key());
    if (!request.ignore_value()) kv.set_value(request.value());
    kv.set_lease(request.lease());
    kv.set_mod_revision(revision() + 1);
    kv.set_version(kv.version() + 1);
    state_[request.key()] = kv;
    changed_ = true;
    response.mutable_header()->set_revision(current());
  }

  void run(const etcdserverpb::DeleteRangeRequest& request, etcdserverpb::DeleteRangeResponse& response) {
    for (const auto& kv : within(state_, request.key(), request.range_end())) {
      if (request.prev_kv()) *response.add_prev_kvs() = kv;
      response.set_deleted(response.deleted() + 1);
      state_.erase(kv.key());
      changed_ = true;
    }
    response.mutable_header()->set_revision(current());
  }

  void run(const RangeRequest& request, RangeResponse& response) const {
    const ModelState& state =
        request.revision() > 0 ? std::prev(states_.upper_bound(request.revision()))->second : state_;
    auto found = within(state, request.key(), request.range_end());
    response.set_count(static_cast<std::int64_t>(found.size()));
    if (request.count_only()) found.clear();
    std::erase_if(found, [&](const mvccpb::KeyValue& kv) {
      return (request.min_mod_revision() != 0 && kv.mod_revision() < request.min_mod_revision()) ||
             (request.max_mod_revision() != 0 && kv.mod_revision() > request.max_mod_revision()) ||
             (request.min_create_revision() != 0 && kv.create_revision() < request.min_create_revision()) ||
             (request.max_create_revision() != 0 && kv.create_revision() > request.max_create_revision());
    });
    sort(found, request);
    if (request.limit() > 0 && static_cast<std::int64_t>(found.size()) > request.limit()) {
      found.resize(static_cast<std::size_t>(request.limit()));
      response.set_more(true);
    }
    for (auto& kv : found) {
      if (request.keys_only()) kv.clear_value();
      *response.add_kvs() = kv;
    }
    response.mutable_header()->set_revision(current());
  }

  static void sort(std::vector<mvccpb::KeyValue>& found, const RangeRequest& request) {
    const auto sort_key = [&](const mvccpb::KeyValue& kv) -> std::pair<std::int64_t, std::string> {
      switch (request.sort_target()) {
        case RangeRequest::VERSION:
          return {kv.version(), ""};
        case RangeRequest::CREATE:
          return {kv.create_revision(), ""};
        case RangeRequest::MOD:
          return {kv.mod_revision(), ""};
        case RangeRequest::VALUE:
          return {0, kv.value()};
        default:
          return {0, kv.key()};
      }
    };
    // One after the other to its place: slow, stable, and nothing to get wrong.
    for (std::size_t i = 1; i < found.size(); ++i) {
      for (std::size_t j = i; j > 0; --j) {
        const auto left = sort_key(found[j - 1]);
        const auto right = sort_key(found[j]);
        if (request.sort_order() == RangeRequest::DESCEND ? left < right : right < left) found[j - 1].Swap(&found[j]);
      }
    }
  }

 public:
  static constexpr LeaseId kUnknownLease = 99;

 private:
  std::map<Revision, ModelState> states_ = {{1, {}}};
  ModelState state_;
  bool changed_ = false;
  Revision compacted_ = 0;
};

class RandomRequests {
 public:
  explicit RandomRequests(std::uint32_t seed) : random_(seed) {}
  int pick(int bound) { return static_cast<int>(random_() % static_cast<std::uint32_t>(bound)); }

  TxnRequest txn(Revision revision, int depth = 0) {
    TxnRequest request;
    for (int i = pick(3); i > 0; --i) compare(*request.add_compare(), revision);
    for (int i = pick(4); i > 0; --i) operation(*request.add_success(), revision, depth);
    for (int i = pick(3); i > 0; --i) operation(*request.add_failure(), revision, depth);
    return request;
  }

 private:
  std::string key() { return std::string(1, static_cast<char>('a' + pick(7))); }
  std::string end() {
    switch (pick(4)) {
      case 0:
        return std::string(1, '\0');
      case 1:
        return key();
      default:
        return "";
    }
  }

  void compare(Compare& compare, Revision revision) {
    compare.set_key(key());
    compare.set_range_end(end());
    compare.set_result(static_cast<Compare::CompareResult>(pick(4)));
    compare.set_target(static_cast<Compare::CompareTarget>(pick(5)));
    switch (pick(5)) {
      case 0:
        return compare.set_version(pick(4));
      case 1:
        return compare.set_create_revision(pick(static_cast<int>(revision) + 1));
      case 2:
        return compare.set_mod_revision(pick(static_cast<int>(revision) + 1));
      case 3:
        return compare.set_value(std::to_string(pick(4)));
      default:
        return compare.set_lease(pick(3));
    }
  }

  void operation(RequestOp& operation, Revision revision, int depth) {
    switch (pick(depth < 2 ? 8 : 7)) {
      case 7:
        *operation.mutable_request_txn() = txn(revision, depth + 1);
        return;
      case 0:
      case 1:
        operation.mutable_request_delete_range()->set_key(key());
        operation.mutable_request_delete_range()->set_range_end(end());
        operation.mutable_request_delete_range()->set_prev_kv(pick(2) == 0);
        return;
      case 2:
      case 3:
        return range(*operation.mutable_request_range(), revision);
      default: {
        auto& put = *operation.mutable_request_put();
        put.set_key(key());
        put.set_ignore_value(pick(12) == 0);
        if (!put.ignore_value()) put.set_value(std::to_string(pick(4)));
        put.set_lease(pick(40) == 0 ? KvModel::kUnknownLease : pick(3));
        put.set_prev_kv(pick(2) == 0);
      }
    }
  }

  void range(RangeRequest& request, Revision revision) {
    request.set_key(key());
    request.set_range_end(end());
    request.set_limit(pick(4));
    if (pick(3) == 0) request.set_revision(pick(static_cast<int>(revision) + 2));
    request.set_sort_order(static_cast<RangeRequest::SortOrder>(pick(3)));
    request.set_sort_target(static_cast<RangeRequest::SortTarget>(pick(5)));
    request.set_keys_only(pick(4) == 0);
    request.set_count_only(pick(6) == 0);
    if (pick(4) == 0) request.set_min_mod_revision(pick(static_cast<int>(revision) + 1));
    if (pick(4) == 0) request.set_max_mod_revision(pick(static_cast<int>(revision) + 1));
    if (pick(6) == 0) request.set_min_create_revision(pick(static_cast<int>(revision) + 1));
    if (pick(6) == 0) request.set_max_create_revision(pick(static_cast<int>(revision) + 1));
  }

  std::mt19937 random_;
};

TEST(KvModel, random_transactions_are_answered_as_the_plainest_evaluation_would) {
  int checked = 0;
  int refused = 0;
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    RandomRequests requests(seed);
    MvccStore store;
    LeaseTable leases;
    for (LeaseId id : {1, 2}) ASSERT_TRUE(leases.grant(id, std::chrono::seconds(60), {}));
    KvExecutor executor(store, leases);
    KvModel model;
    for (int i = 0; i < 60; ++i) {
      if (requests.pick(15) == 0) {
        const Revision at = model.compacted() + requests.pick(4);
        auto compacted = store.compact(at);
        ASSERT_EQ(compacted ? "" : compacted.error().message(), model.compact(at));
        store.compact_step(static_cast<std::size_t>(requests.pick(5)));
      }
      const TxnRequest request = requests.txn(model.revision());
      if (!check(request)) {
        ++refused;
        continue;
      }
      ++checked;
      std::vector<Event> events;
      auto response = executor.txn(request, events);
      const std::string expected = model.txn(request);
      ASSERT_EQ(response ? to_text(*response) : response.error().message(), expected) << to_text(request);
      ASSERT_EQ(store.revision(), model.revision());
    }
  }
  EXPECT_GT(checked, 10'000);
  EXPECT_GT(refused, 100) << "keys that change twice";
}

}  // namespace
}  // namespace skerry::platform::etcd
