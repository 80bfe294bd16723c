// SPDX-License-Identifier: Apache-2.0
#include "skerry/etcd/errors.h"

#include <gtest/gtest.h>

namespace skerry {
namespace {

TEST(EtcdErrors, are_recognised_by_code_and_exact_text) {
  const Error compacted = Error::out_of_range("etcdserver: mvcc: required revision has been compacted");
  EXPECT_TRUE(etcd::is_compacted(compacted));
  EXPECT_TRUE(etcd::is_history_lost(compacted));
  EXPECT_FALSE(etcd::is_compacted(Error::out_of_range("etcdserver: mvcc: required revision is a future revision")));
  EXPECT_TRUE(
      etcd::is_future_revision(Error::out_of_range("etcdserver: mvcc: required revision is a future revision")));
  EXPECT_FALSE(etcd::is_compacted(Error::unknown("etcdserver: mvcc: required revision has been compacted")));
  EXPECT_TRUE(etcd::is_lease_lost(Error::not_found("etcdserver: requested lease not found")));
  EXPECT_FALSE(etcd::is_lease_lost(Error::not_found("etcdserver: member not found")));
}

TEST(EtcdErrors, a_canceled_watch_has_the_code_that_its_reason_stands_for) {
  const Error compacted = etcd::watch_canceled("", 17);
  EXPECT_TRUE(etcd::is_compacted(compacted));
  EXPECT_EQ(compacted.detail("compact_revision"), "17");
  EXPECT_EQ(etcd::watch_canceled("etcdserver: permission denied", 0).code(), Code::kPermissionDenied);
  EXPECT_EQ(etcd::watch_canceled("etcdserver: no leader", 0).code(), Code::kUnavailable);
  EXPECT_EQ(etcd::watch_canceled("etcdserver: invalid auth token", 0).code(), Code::kUnauthenticated);
  EXPECT_EQ(etcd::watch_canceled("", 0).to_string(), "FAILED_PRECONDITION: etcdserver: watch canceled");
}

TEST(EtcdErrors, those_that_pass_by_trying_again_are_known) {
  EXPECT_TRUE(etcd::is_transient(Error::unavailable("etcdserver: leader changed")));
  EXPECT_TRUE(etcd::is_transient(Error::deadline_exceeded("")));
  EXPECT_FALSE(etcd::is_transient(Error::permission_denied("etcdserver: permission denied")));
  EXPECT_FALSE(etcd::is_transient(etcd::watch_canceled("", 3)));
  EXPECT_FALSE(etcd::is_transient(etcd::history_went_back(9, 3)));
  EXPECT_FALSE(etcd::is_transient(etcd::lease_not_renewed(5)));
  EXPECT_FALSE(etcd::is_transient(etcd::lease_not_found()));
}

TEST(EtcdErrors, a_lease_that_was_not_renewed_counts_as_lost) {
  EXPECT_TRUE(etcd::is_lease_lost(etcd::lease_not_renewed(5)));
  EXPECT_TRUE(etcd::is_lease_lost(etcd::lease_not_found()));
  EXPECT_TRUE(etcd::is_history_lost(etcd::history_went_back(9, 3)));
}

}  // namespace
}  // namespace skerry
