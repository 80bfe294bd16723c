// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/registry/registry_fixture.h"

#include "skerry/etcd/errors.h"

namespace skerry::conformance {
namespace {

using etcd::Client;
using etcd::KeyRange;
using etcd::KeyValue;
using etcd::Operation;
using etcd::RangeResult;
using etcd::Txn;
using etcd::TxnResult;
using ClientPtr = std::shared_ptr<Client>;

SKERRY_REGISTRY_SUITE(RegistryKv);

std::string keys_in(const std::vector<KeyValue>& found) {
  std::string keys;
  for (const KeyValue& one : found) keys += one.key + " ";
  return keys;
}

TEST_P(RegistryKv, counts_revisions_and_versions) {
  run([](ClientPtr client) -> Task<> {
    const auto first = co_await client->put("k", "1");
    const auto second = co_await client->put("k", "2", {.previous = true});
    EXPECT_EQ(second.header.revision, first.header.revision + 1);
    EXPECT_EQ(second.previous->value, "1");
    const auto now = co_await client->get("k");
    EXPECT_EQ(*now, (KeyValue{"k", "2", first.header.revision, second.header.revision, 2, 0}));
    const auto then = co_await client->get("k", first.header.revision);
    EXPECT_EQ(then->value, "1");
    const auto removed = co_await client->remove(KeyRange::single("k"), {.previous = true});
    EXPECT_EQ(removed.deleted, 1);
    EXPECT_EQ(removed.previous.at(0).value, "2");
    const auto gone = co_await client->get("k");
    EXPECT_FALSE(gone.has_value());
    co_await client->put("k", "3");
    const auto again = co_await client->get("k");
    EXPECT_EQ(again->version, 1);
    EXPECT_EQ(again->create_revision, again->mod_revision);
    const auto nothing = co_await client->remove("not there");
    EXPECT_EQ(nothing.deleted, 0);
    EXPECT_EQ(nothing.header.revision, again->mod_revision) << "nothing changed, so the revision did not";
  });
}

TEST_P(RegistryKv, ranges_are_cut_sorted_and_counted) {
  run([](ClientPtr client) -> Task<> {
    for (const char* key : {"/a/2", "/a/1", "/a/3", "/b/1"}) co_await client->put(key, std::string(key) + "v");
    const KeyRange prefix = KeyRange::prefix("/a/");
    const RangeResult all = co_await client->range(prefix);
    EXPECT_EQ(keys_in(all.key_values), "/a/1 /a/2 /a/3 ");
    const RangeResult two = co_await client->range(prefix, {.limit = 2});
    EXPECT_EQ(keys_in(two.key_values), "/a/1 /a/2 ");
    EXPECT_TRUE(two.more);
    EXPECT_EQ(two.count, 3);
    const RangeResult newest = co_await client->range(
        prefix, {.sort_order = etcd::SortOrder::kDescend, .sort_target = etcd::SortTarget::kModRevision});
    EXPECT_EQ(keys_in(newest.key_values), "/a/3 /a/1 /a/2 ");
    const RangeResult keys = co_await client->range(prefix, {.keys_only = true});
    EXPECT_EQ(keys.key_values.at(0).value, "");
    const RangeResult count = co_await client->range(KeyRange::all(), {.count_only = true});
    EXPECT_EQ(count.count, 4);
    EXPECT_TRUE(count.key_values.empty());
    const RangeResult from = co_await client->range(KeyRange::from("/a/3"));
    EXPECT_EQ(keys_in(from.key_values), "/a/3 /b/1 ");
    const RangeResult interval = co_await client->range(KeyRange::interval("/a/1", "/a/3"));
    EXPECT_EQ(keys_in(interval.key_values), "/a/1 /a/2 ");
    const auto removed = co_await client->remove(prefix);
    EXPECT_EQ(removed.deleted, 3);
  });
}

TEST_P(RegistryKv, lists_more_than_one_page_of_one_revision) {
  run([](ClientPtr client) -> Task<> {
    const int count = static_cast<int>(Client::kListPage) * 2 + 3;
    for (int i = 0; i < count;) {
      Txn txn;
      for (int n = 0; n < 100 && i < count; ++n, ++i) txn.then(Operation::put(fmt::format("/list/{:05}", i), "v"));
      co_await client->commit(txn);
    }
    const RangeResult all = co_await client->list(KeyRange::prefix("/list/"));
    EXPECT_EQ(all.key_values.size(), static_cast<std::size_t>(count));
    EXPECT_EQ(all.key_values.back().key, fmt::format("/list/{:05}", count - 1));
  });
}

TEST_P(RegistryKv, errors_have_the_protocols_codes_and_texts) {
  run([](ClientPtr client) -> Task<> {
    const auto problem = [](const auto& result) { return result ? "no error" : result.error().to_string(); };
    const auto no_key = co_await client->put("", "v").result();
    EXPECT_EQ(problem(no_key), "INVALID_ARGUMENT: etcdserver: key is not provided");
    const auto no_lease = co_await client->put("k", "v", {.lease = 12345}).result();
    EXPECT_EQ(problem(no_lease), "NOT_FOUND: etcdserver: requested lease not found");
    const auto no_value = co_await client->put("nope", "", {.ignore_value = true}).result();
    EXPECT_EQ(problem(no_value), "INVALID_ARGUMENT: etcdserver: key not found");
    Txn twice;
    twice.then(Operation::put("k", "1")).then(Operation::put("k", "2"));
    const auto duplicate = co_await client->commit(twice).result();
    EXPECT_EQ(problem(duplicate), "INVALID_ARGUMENT: etcdserver: duplicate key given in txn request");
    Txn many;
    for (int i = 0; i < 129; ++i) many.then(Operation::range("k"));
    const auto too_many = co_await client->commit(many).result();
    EXPECT_EQ(problem(too_many), "INVALID_ARGUMENT: etcdserver: too many operations in txn request");
    const auto future = co_await client->get("k", 1'000'000).result();
    EXPECT_TRUE(etcd::is_future_revision(future.error())) << future.error().to_string();
    const auto revoked = co_await client->revoke(12345).result();
    EXPECT_TRUE(etcd::is_lease_lost(revoked.error())) << revoked.error().to_string();
  });
}

TEST_P(RegistryKv, compacted_revisions_cannot_be_read_any_more) {
  run([](ClientPtr client) -> Task<> {
    const auto first = co_await client->put("k", "1");
    const auto second = co_await client->put("k", "2");
    co_await client->put("k", "3");
    co_await client->compact(second.header.revision);
    const auto gone = co_await client->get("k", first.header.revision).result();
    EXPECT_TRUE(etcd::is_compacted(gone.error())) << gone.error().to_string();
    const auto kept = co_await client->get("k", second.header.revision);
    EXPECT_EQ(kept->value, "2");
    const auto again = co_await client->compact(second.header.revision).result();
    EXPECT_TRUE(etcd::is_compacted(again.error())) << again.error().to_string();
  });
}

TEST_P(RegistryKv, transactions_compare_and_choose) {
  run([](ClientPtr client) -> Task<> {
    Txn create;
    create.when(etcd::version_of("lock") == 0).then(Operation::put("lock", "me")).otherwise(Operation::range("lock"));
    const TxnResult first = co_await client->commit(create);
    EXPECT_TRUE(first.succeeded);
    EXPECT_EQ(first.results.size(), 1U);
    const TxnResult second = co_await client->commit(create);
    EXPECT_FALSE(second.succeeded);
    const KeyValue held = second.range(0).key_values.at(0);
    EXPECT_EQ(held.value, "me");
    Txn exact;
    exact.when(etcd::value_of("lock") == "me")
        .when(etcd::mod_revision_of("lock") == held.mod_revision)
        .when(etcd::create_revision_of("lock") < held.mod_revision + 1)
        .when(etcd::lease_of("lock") == 0)
        .when(etcd::version_of("lock") > 0)
        .when(etcd::value_of("lock") != "you")
        .then(Operation::put("lock", "you", {.previous = true}))
        .then(Operation::range("lock"))
        .then(Operation::remove("other"));
    const TxnResult done = co_await client->commit(exact);
    EXPECT_TRUE(done.succeeded);
    EXPECT_EQ(done.put(0).previous->value, "me");
    EXPECT_EQ(done.range(1).key_values.at(0).value, "you") << "reads see earlier writes of the transaction";
    EXPECT_EQ(done.removal(2).deleted, 0);
    const TxnResult not_again = co_await client->commit(exact);
    EXPECT_FALSE(not_again.succeeded);
  });
}

TEST_P(RegistryKv, transactions_nest) {
  run([](ClientPtr client) -> Task<> {
    Txn inner;
    inner.when(etcd::version_of("a") == 0).then(Operation::put("b", "1")).otherwise(Operation::put("b", "2"));
    Txn outer;
    outer.then(Operation::put("a", "1")).then(Operation::txn(inner));
    const TxnResult result = co_await client->commit(outer);
    EXPECT_TRUE(result.nested(1).succeeded) << "all comparisons look at the store before any operation";
    const auto b = co_await client->get("b");
    EXPECT_EQ(b->value, "1");
  });
}

TEST_P(RegistryKv, many_calls_at_once_get_their_own_answers) {
  run([](ClientPtr client) -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int task = 0; task < 16; ++task) {
        scope.go([&client, task]() -> Task<> {
          for (int i = 0; i < 20; ++i) {
            const std::string key = fmt::format("/many/{}/{}", task, i);
            co_await client->put(key, key);
            const auto found = co_await client->get(key);
            if (!found || found->value != key) co_await Error::internal("{}: not what was written", key);
          }
        });
      }
      co_return;
    });
    const RangeResult all = co_await client->range(KeyRange::prefix("/many/"), {.count_only = true});
    EXPECT_EQ(all.count, 320);
  });
}

TEST_P(RegistryKv, values_of_any_bytes_and_of_a_megabyte_come_back) {
  run([](ClientPtr client) -> Task<> {
    std::string bytes;
    for (int i = 0; i < 1'000'000; ++i) bytes += static_cast<char>(i * 7);
    const std::string key("a\0b\xff", 4);
    co_await client->put(key, bytes);
    const auto found = co_await client->get(key);
    EXPECT_EQ(found->key, key);
    EXPECT_TRUE(found->value == bytes);
    const auto too_large = co_await client->put("k", bytes + bytes).result();
    EXPECT_EQ(too_large.error().message(), "etcdserver: request is too large");
  });
}

TEST_P(RegistryKv, the_member_says_who_it_is) {
  run([](ClientPtr client) -> Task<> {
    const etcd::MemberStatus status = co_await client->status();
    EXPECT_FALSE(status.version.empty());
    EXPECT_NE(status.header.cluster_id, 0U);
    EXPECT_NE(status.leader, 0U);
  });
}

}  // namespace
}  // namespace skerry::conformance
