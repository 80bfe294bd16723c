// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/request_check.h"

#include <gtest/gtest.h>

#include <string>

#include "platform/etcd/proto_text.h"

namespace skerry::platform::etcd {
namespace {

using etcdserverpb::DeleteRangeRequest;
using etcdserverpb::PutRequest;
using etcdserverpb::RangeRequest;
using etcdserverpb::TxnRequest;

// "ok", or the error's text without its beginning.
template <class Request>
std::string verdict(const std::string& text) {
  auto result = check(from_text<Request>(text));
  if (result) return "ok";
  EXPECT_EQ(result.error().code(), Code::kInvalidArgument);
  constexpr std::string_view kBeginning = "etcdserver: ";
  EXPECT_TRUE(result.error().message().starts_with(kBeginning));
  return result.error().message().substr(kBeginning.size());
}

std::string txn_verdict(const std::string& text) { return verdict<TxnRequest>(text); }

const std::string kPutA = "request_put { key: 'a' }";
const std::string kPutB = "request_put { key: 'b' }";
const std::string kDeleteA = "request_delete_range { key: 'a' }";
const std::string kDeleteAToC = "request_delete_range { key: 'a' range_end: 'c' }";

std::string success(const std::string& operation) { return "success { " + operation + " } "; }
std::string failure(const std::string& operation) { return "failure { " + operation + " } "; }
std::string nested(const std::string& inner) { return "request_txn { " + inner + " } "; }

TEST(RequestCheck, a_key_is_needed) {
  EXPECT_EQ(verdict<RangeRequest>(""), "key is not provided");
  EXPECT_EQ(verdict<RangeRequest>("range_end: 'a'"), "key is not provided");
  EXPECT_EQ(verdict<PutRequest>("value: 'x'"), "key is not provided");
  EXPECT_EQ(verdict<DeleteRangeRequest>("range_end: 'a'"), "key is not provided");
  EXPECT_EQ(txn_verdict("compare { target: VERSION }"), "key is not provided");
  EXPECT_EQ(txn_verdict(success("request_range { }")), "key is not provided");
  EXPECT_EQ(txn_verdict(failure("request_put { }")), "key is not provided");
  EXPECT_EQ(txn_verdict(success(nested(failure("request_delete_range { }")))), "key is not provided");
}

TEST(RequestCheck, what_is_ignored_must_not_be_given) {
  EXPECT_EQ(verdict<PutRequest>("key: 'a' ignore_value: true value: 'x'"), "value is provided");
  EXPECT_EQ(verdict<PutRequest>("key: 'a' ignore_lease: true lease: 1"), "lease is provided");
  EXPECT_EQ(verdict<PutRequest>("key: 'a' ignore_lease: true value: 'x'"), "ok");
  EXPECT_EQ(verdict<PutRequest>("key: 'a' ignore_value: true lease: 1"), "ok");
}

TEST(RequestCheck, an_unknown_sort_option_is_refused) {
  RangeRequest request;
  request.set_key("a");
  request.set_sort_order(static_cast<RangeRequest::SortOrder>(3));
  EXPECT_EQ(check(request).error().message(), "etcdserver: invalid sort option");
  request.set_sort_order(RangeRequest::NONE);
  request.set_sort_target(static_cast<RangeRequest::SortTarget>(5));
  EXPECT_EQ(check(request).error().message(), "etcdserver: invalid sort option");
}

TEST(RequestCheck, an_operation_without_a_request_is_refused) {
  EXPECT_EQ(txn_verdict("success { }"), "key not found");
}

TEST(RequestCheck, a_list_holds_at_most_128_operations) {
  TxnRequest request;
  for (int i = 0; i < kMaxTxnOperations; ++i) request.add_success()->mutable_request_range()->set_key("a");
  EXPECT_TRUE(check(request));
  request.add_success()->mutable_request_range()->set_key("a");
  EXPECT_EQ(check(request).error().message(), "etcdserver: too many operations in txn request");
  TxnRequest compares;
  for (int i = 0; i <= kMaxTxnOperations; ++i) compares.add_compare()->set_key("a");
  EXPECT_EQ(check(compares).error().message(), "etcdserver: too many operations in txn request");
}

TEST(RequestCheck, a_nested_transaction_has_what_its_parent_left_over) {
  auto with_nested = [](int outer, int inner) {
    TxnRequest request;
    auto* nested_txn = request.add_success()->mutable_request_txn();
    for (int i = 1; i < outer; ++i) request.add_success()->mutable_request_range()->set_key("a");
    for (int i = 0; i < inner; ++i) nested_txn->add_failure()->mutable_request_range()->set_key("a");
    return check(request).has_value();
  };
  EXPECT_TRUE(with_nested(100, 28));
  EXPECT_FALSE(with_nested(100, 29));
}

TEST(RequestCheck, nesting_is_bounded_because_every_level_uses_up_operations) {
  auto depth = [](int levels) {
    TxnRequest request;
    TxnRequest* inner = &request;
    for (int i = 1; i < levels; ++i) inner = inner->add_success()->mutable_request_txn();
    inner->add_success()->mutable_request_range()->set_key("a");
    return check(request).has_value();
  };
  EXPECT_TRUE(depth(kMaxTxnOperations));
  EXPECT_FALSE(depth(kMaxTxnOperations + 1));
}

TEST(RequestCheck, a_key_changes_at_most_once_on_a_path) {
  constexpr const char* kDuplicate = "duplicate key given in txn request";
  EXPECT_EQ(txn_verdict(success(kPutA) + success(kPutA)), kDuplicate);
  EXPECT_EQ(txn_verdict(failure(kPutA) + failure(kPutA)), kDuplicate);
  EXPECT_EQ(txn_verdict(success(kPutA) + success(kDeleteA)), kDuplicate);
  EXPECT_EQ(txn_verdict(success(kDeleteA) + success(kPutA)), kDuplicate);
  EXPECT_EQ(txn_verdict(success(kPutB) + success(kDeleteAToC)), kDuplicate);
  EXPECT_EQ(txn_verdict(success(nested(success(kPutA))) + success(kPutA)), kDuplicate);
  EXPECT_EQ(txn_verdict(success(nested(success(kPutA))) + success(nested(failure(kPutA)))), kDuplicate);
  EXPECT_EQ(txn_verdict(success(nested(success(kPutA))) + success(nested(success(kDeleteA)))), kDuplicate);
  EXPECT_EQ(txn_verdict(success(nested(failure(kDeleteAToC))) + success(kPutB)), kDuplicate);
}

TEST(RequestCheck, changes_that_cannot_meet_are_allowed) {
  EXPECT_EQ(txn_verdict(success(kPutA) + success(kPutB)), "ok");
  EXPECT_EQ(txn_verdict(success(kPutA) + failure(kPutA)), "ok");
  EXPECT_EQ(txn_verdict(success(kPutA) + failure(kDeleteA)), "ok");
  EXPECT_EQ(txn_verdict(success(kDeleteA) + success(kDeleteAToC)), "ok");
  EXPECT_EQ(txn_verdict(success(nested(success(kPutA) + failure(kPutA)))), "ok");
  EXPECT_EQ(txn_verdict(success(nested(success(kPutA) + failure(kDeleteA)))), "ok");
  EXPECT_EQ(txn_verdict(success(kPutA) + success("request_range { key: 'a' }")), "ok");
}

TEST(RequestCheck, a_transaction_of_reads_is_read_only) {
  auto read_only = [](const std::string& text) { return is_read_only(from_text<TxnRequest>(text)); };
  const std::string read = "request_range { key: 'a' }";
  EXPECT_TRUE(read_only(success(read) + failure(read)));
  EXPECT_TRUE(read_only(success(nested(failure(read)))));
  EXPECT_TRUE(read_only(""));
  EXPECT_FALSE(read_only(success(read) + failure(kPutA)));
  EXPECT_FALSE(read_only(success(nested(failure(kDeleteA)))));
}

TEST(RequestCheck, tells_whether_a_transaction_can_put) {
  auto puts = [](const std::string& text) { return can_put(from_text<TxnRequest>(text)); };
  EXPECT_FALSE(puts(success(kDeleteA)));
  EXPECT_TRUE(puts(failure(kPutA)));
  EXPECT_TRUE(puts(success(nested(failure(kPutA)))));
}

}  // namespace
}  // namespace skerry::platform::etcd
