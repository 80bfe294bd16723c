// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/registry/registry_fixture.h"

#include "skerry/etcd/errors.h"
#include "skerry/etcd/mirror.h"

namespace skerry::conformance {
namespace {

using etcd::Client;
using etcd::KeyRange;
using etcd::MirrorUpdate;
using etcd::Operation;
using etcd::Revision;
using etcd::Txn;
using etcd::WatchBatch;
using namespace std::chrono_literals;
using ClientPtr = std::shared_ptr<Client>;

SKERRY_REGISTRY_SUITE(RegistryWatch);

// "+a=1 -b " for the events of a batch.
std::string text_of(const WatchBatch& batch) {
  std::string text;
  for (const etcd::Event& event : batch.events) {
    if (event.type == etcd::Event::Type::kDelete) {
      text += "-" + event.key_value.key;
    } else {
      text += (event.is_create() ? "+" : "~") + event.key_value.key + "=" + event.key_value.value;
    }
    if (event.previous) text += "(" + event.previous->value + ")";
    text += " ";
  }
  return text;
}

Task<> collect(std::string& into, WatchBatch batch) {
  into += text_of(batch);
  co_return;
}

TEST_P(RegistryWatch, replays_history_and_goes_on_with_what_happens) {
  run([](ClientPtr client) -> Task<> {
    const auto first = co_await client->put("/w/a", "1");
    co_await client->put("/w/a", "2");
    co_await client->put("/other", "x");
    co_await client->remove("/w/a");
    std::string seen;
    co_await beside(
        [&] {
          return client->watch(
              {.keys = KeyRange::prefix("/w/"), .start_revision = first.header.revision, .previous = true},
              [&](WatchBatch batch) -> Task<> {
                seen += text_of(batch);
                co_return;
              });
        },
        [&]() -> Task<> {
          co_await eventually([&] { return seen.ends_with("-/w/a(2) "); });
          Txn txn;
          txn.then(Operation::put("/w/b", "1")).then(Operation::put("/w/c", "1"));
          co_await client->commit(txn);
          co_await eventually([&] { return seen.ends_with("+/w/c=1 "); });
        });
    EXPECT_EQ(seen, "+/w/a=1 ~/w/a=2(1) -/w/a(2) +/w/b=1 +/w/c=1 ");
  });
}

TEST_P(RegistryWatch, the_events_of_a_transaction_come_in_one_batch) {
  run([](ClientPtr client) -> Task<> {
    std::vector<std::size_t> sizes;
    Event established;
    co_await beside(
        [&] {
          return client->watch({.keys = KeyRange::all(),
                                .on_connection = [&](const Result<>& state) { state ? established.set() : void(); }},
                               [&](WatchBatch batch) -> Task<> {
                                 sizes.push_back(batch.events.size());
                                 co_return;
                               });
        },
        [&]() -> Task<> {
          co_await established.wait();
          Txn txn;
          for (int i = 0; i < 100; ++i) txn.then(Operation::put(fmt::format("{}", i), "v"));
          co_await client->commit(txn);
          co_await eventually([&] { return !sizes.empty(); });
        });
    EXPECT_EQ(sizes, std::vector<std::size_t>{100});
  });
}

TEST_P(RegistryWatch, filters_leave_out_what_is_not_wanted) {
  run([](ClientPtr client) -> Task<> {
    const auto first = co_await client->put("k", "1");
    co_await client->remove("k");
    co_await client->put("k", "2");
    std::string puts;
    std::string deletes;
    const etcd::WatchOptions all{.keys = KeyRange::all(), .start_revision = first.header.revision};
    co_await beside(
        [&] {
          etcd::WatchOptions options = all;
          options.without_deletes = true;
          return client->watch(options, [&](WatchBatch batch) { return collect(puts, std::move(batch)); });
        },
        [&]() -> Task<> { co_await eventually([&] { return puts == "+k=1 +k=2 "; }); });
    co_await beside(
        [&] {
          etcd::WatchOptions options = all;
          options.without_puts = true;
          return client->watch(options, [&](WatchBatch batch) { return collect(deletes, std::move(batch)); });
        },
        [&]() -> Task<> { co_await eventually([&] { return deletes == "-k "; }); });
  });
}

// A writer that writes all the time, a server that is killed and comes back, again and again: the watch sees each
// revision once, in order, and all that was acknowledged.
TEST_P(RegistryWatch, loses_nothing_and_repeats_nothing_over_the_death_of_the_server) {
  run([this](ClientPtr client) -> Task<> {
    const auto base = co_await client->put("/w", "start");
    std::vector<Revision> seen;
    std::vector<Revision> acknowledged;
    int breaks = 0;
    co_await beside(
        [&] {
          return client->watch({.keys = KeyRange::prefix("/w"),
                                .start_revision = base.header.revision + 1,
                                .on_connection = [&](const Result<>& state) { breaks += state ? 0 : 1; }},
                               [&](WatchBatch batch) -> Task<> {
                                 for (const etcd::Event& event : batch.events) {
                                   seen.push_back(event.key_value.mod_revision);
                                 }
                                 co_return;
                               });
        },
        [&]() -> Task<> {
          for (int round = 0; round < 3; ++round) {
            for (int i = 0; i < 100; ++i) {
              const auto put = co_await client->put("/w", fmt::format("{}", i)).result();
              if (put) acknowledged.push_back(put->header.revision);
            }
            server->kill();
            server->start();
          }
          const auto last = co_await client->get("/w");
          co_await eventually([&] { return !seen.empty() && seen.back() == last->mod_revision; });
        });
    EXPECT_GE(breaks, 3);
    EXPECT_GE(acknowledged.size(), 290U);
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (seen[i] == base.header.revision + 1 + static_cast<Revision>(i)) continue;
      ADD_FAILURE() << "event " << i << " has revision " << seen[i];
      break;
    }
    EXPECT_TRUE(std::includes(seen.begin(), seen.end(), acknowledged.begin(), acknowledged.end()));
  });
}

TEST_P(RegistryWatch, ends_when_the_history_is_compacted) {
  run([](ClientPtr client) -> Task<> {
    const auto first = co_await client->put("k", "1");
    for (int i = 0; i < 5; ++i) co_await client->put("k", "2");
    co_await client->compact(first.header.revision + 3);
    const auto ended = co_await client
                           ->watch({.keys = KeyRange::all(), .start_revision = first.header.revision},
                                   [](WatchBatch) -> Task<> { co_return; })
                           .result();
    EXPECT_TRUE(etcd::is_compacted(ended.error())) << ended.error().to_string();
    EXPECT_EQ(ended.error().detail("compact_revision"), fmt::format("{}", first.header.revision + 3));
  });
}

TEST_P(RegistryWatch, a_watch_can_begin_exactly_at_the_compacted_revision) {
  run([](ClientPtr client) -> Task<> {
    const auto first = co_await client->put("k", "1");
    const auto second = co_await client->put("k", "2");
    co_await client->put("k", "3");
    co_await client->compact(second.header.revision);
    std::string seen;
    co_await beside(
        [&] {
          return client->watch({.keys = KeyRange::all(), .start_revision = second.header.revision},
                               [&](WatchBatch batch) -> Task<> {
                                 seen += text_of(batch);
                                 co_return;
                               });
        },
        [&]() -> Task<> { co_await eventually([&] { return seen == "~k=2 ~k=3 "; }); });
    EXPECT_GT(first.header.revision, 0);
  });
}

TEST_P(RegistryWatch, a_huge_change_comes_whole) {
  run([](ClientPtr client) -> Task<> {
    // More bytes in one revision than a message holds: the server sends it in fragments.
    const etcd::Lease lease = co_await client->grant(60s);
    const std::string value(200'000, 'x');
    for (int i = 0; i < 20; ++i) co_await client->put(fmt::format("/h/{:02}", i), value, {.lease = lease.id});
    std::vector<std::size_t> sizes;
    Event established;
    co_await beside(
        [&] {
          return client->watch({.keys = KeyRange::prefix("/h/"),
                                .previous = true,
                                .on_connection = [&](const Result<>& state) { state ? established.set() : void(); }},
                               [&](WatchBatch batch) -> Task<> {
                                 sizes.push_back(batch.events.size());
                                 co_return;
                               });
        },
        [&]() -> Task<> {
          co_await established.wait();
          co_await client->revoke(lease.id);
          co_await eventually([&] { return !sizes.empty(); });
        });
    EXPECT_EQ(sizes, std::vector<std::size_t>{20});
  });
}

TEST_P(RegistryWatch, a_mirror_lists_anew_after_a_compaction_that_it_slept_through) {
  run([](ClientPtr client) -> Task<> {
    std::map<std::string, std::string> copy;
    int lists = 0;
    Event listed;
    Event compacted;
    co_await client->put("/m/old", "1");
    co_await beside(
        [&] {
          return etcd::mirror(client, {.keys = KeyRange::prefix("/m/")}, [&](MirrorUpdate update) -> Task<> {
            EXPECT_EQ(update.kind, MirrorUpdate::Kind::kAll);
            EXPECT_FALSE(update.after_loss);
            ++lists;
            copy.clear();
            for (const etcd::KeyValue& found : update.key_values) copy[found.key] = found.value;
            // It watches only when its receiver is done with the list.
            listed.set();
            co_await compacted.wait();
          });
        },
        [&]() -> Task<> {
          co_await listed.wait();
          co_await client->remove("/m/old");
          const auto last = co_await client->put("/m/new", "2");
          co_await client->compact(last.header.revision);
          compacted.set();
          co_await eventually([&] { return copy == std::map<std::string, std::string>{{"/m/new", "2"}}; });
        });
    EXPECT_EQ(lists, 2);
  });
}

TEST_P(RegistryWatch, calls_and_watches_find_the_endpoint_that_lives) {
  run([this](ClientPtr writer) -> Task<> {
    const std::string dead = fmt::format("127.0.0.1:{}", free_port());
    ClientPtr client = connect({dead, server->endpoint()});
    std::string seen;
    co_await writer->put("k", "1");
    co_await beside(
        [&] {
          return client->watch({.keys = KeyRange::all(), .start_revision = 1}, [&](WatchBatch batch) -> Task<> {
            seen += text_of(batch);
            co_return;
          });
        },
        [&]() -> Task<> { co_await eventually([&] { return seen == "+k=1 "; }); });
    const auto found = co_await client->get("k");
    EXPECT_EQ(found->value, "1");
    // Nothing was sent to the dead endpoint, so that a write may be repeated on the other as well.
    ClientPtr other = connect({dead, server->endpoint()});
    co_await other->put("k", "2");
  });
}

TEST_P(RegistryWatch, a_client_may_start_before_the_server) {
  server->kill();
  // Killed while it made its data directory, etcd may come back as a member of no cluster.
  server->wipe();
  run([this](ClientPtr client) -> Task<> {
    std::string seen;
    int failures = 0;
    co_await beside(
        [&] {
          return etcd::mirror(client,
                              {.keys = KeyRange::single("k"),
                               .on_connection = [&](const Result<>& state) { failures += state ? 0 : 1; }},
                              [&](MirrorUpdate update) -> Task<> {
                                seen += text_of({.revision = 0, .events = update.events});
                                co_return;
                              });
        },
        [&]() -> Task<> {
          co_await eventually([&] { return failures > 0; });
          server->start();
          co_await eventually([&] { return server->is_running(); });
          // The first write may come before the list, and is then no event.
          while (seen.empty()) {
            (void)co_await client->put("k", "v").result();
            co_await sleep(50ms);
          }
        });
  });
}

}  // namespace
}  // namespace skerry::conformance
