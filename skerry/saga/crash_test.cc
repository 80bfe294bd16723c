// SPDX-License-Identifier: Apache-2.0
//
// Two processes of one service, of which one after the other is killed in the middle of its work and started again. The
// sagas' state is in one database; the participants' effects are in another, behind a barrier.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "skerry/saga/barrier.h"
#include "skerry/saga/runner_test_support.h"

namespace skerry::saga {
namespace {

using std::chrono::milliseconds;

constexpr int kSagas = 60;

/// The service of one process.
class Process {
 public:
  Process(std::string folder) : folder_(std::move(folder)) {}

  /// Until it is killed.
  void run() {
    Runtime runtime({.workers = 1});
    const Result<> ended = runtime.run([this]() -> Task<> {
      db_ = co_await sql::Database::open({.path = folder_ + "/order.db"});
      world_ = co_await sql::Database::open({.path = folder_ + "/world.db"});
      Runner runner(*db_, {.lease = milliseconds(200), .sweep = milliseconds(20)});
      Barrier barrier(*world_);
      barrier_ = &barrier;
      co_await runner.create_tables();
      co_await barrier.create_tables();
      co_await world_->fill_once("effects", [](sql::Transaction& tx) -> Task<> {
        co_await tx.script("create table effects (saga text, step text, amount integer) strict");
      });
      co_await runner.add(definition());
      co_await db_->fill_once("sagas", [&](sql::Transaction& tx) -> Task<> {
        for (int i = 0; i < kSagas; ++i) co_await runner.start(tx, "order", fmt::format("o{}", i), Order());
      });
      co_await runner.run();
    });
    ADD_FAILURE() << "a process ended by itself: " << ended.error().to_string();
  }

 private:
  Definition<Order> definition() {
    Definition<Order> order("order", 1);
    const char* group[] = {"reserve", "charge", "points", "logistics"};
    for (const char* name : group) {
      auto& step = std::string_view(name) == "logistics" ? order.beside(name) : order.step(name);
      step.run([this](Call<Order>& call) -> Task<> { co_await work(call.key, call.saga, 1); })
          .compensate([this](Call<Order>& call) -> Task<> { co_await work(call.key, call.saga, -1); })
          .retry({.max_attempts = 50, .first_delay = milliseconds(5), .max_delay = milliseconds(50)});
    }
    return order;
  }

  /// The last step refuses every third order.
  Task<> work(std::string key, std::string saga, int amount) {
    const Key of = co_await Key::parse(key);
    const bool refuses = of.step == "logistics" && amount > 0 && std::hash<std::string>()(saga) % 3 == 0;
    const Reply reply =
        co_await world_->transaction([this, key, of, amount, refuses](sql::Transaction& tx) -> Task<Reply> {
          co_return co_await barrier_->once(tx, key, [&]() -> Task<Reply> {
            if (refuses) co_return Reply::refused("address not served");
            co_await tx.execute("insert into effects values (?, ?, ?)", of.saga, of.step, amount);
            co_return Reply::done();
          });
        });
    co_await reply.result();
  }

  std::string folder_;
  std::unique_ptr<sql::Database> db_;
  std::unique_ptr<sql::Database> world_;
  Barrier* barrier_ = nullptr;
};

class SagaCrash : public RunnerTest {
 protected:
  pid_t spawn() {
    const pid_t child = ::fork();
    if (child == 0) {
      Process(folder_.path("")).run();
      ::_exit(0);
    }
    return child;
  }
  static void kill(pid_t child) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  /// Waits until so many lines stand in a table of a database of the processes.
  void until_count(const char* file, const char* sql, std::int64_t count) {
    run([&]() -> Task<> {
      auto db = co_await sql::Database::open({.path = folder_.path(file)});
      for (;;) {
        // The tables are made by the processes.
        const auto found = co_await db->one<std::int64_t>(sql).result();
        if (found && found->value_or(0) >= count) co_return;
        co_await sleep(milliseconds(2));
      }
    });
  }
};

TEST_F(SagaCrash, processes_killed_at_random_moments_leave_every_saga_done_once_or_undone) {
  std::mt19937_64 random(17);
  pid_t children[2] = {spawn(), spawn()};
  for (std::int64_t effects = 8; effects < kSagas * 3; effects += 8 + static_cast<std::int64_t>(random() % 16)) {
    until_count("world.db", "select count(*) from effects", effects);
    pid_t& victim = children[random() % 2];
    kill(victim);
    victim = spawn();
  }
  until_count("order.db", "select count(*) from skerry_saga where state in ('completed', 'cancelled')", kSagas);
  for (const pid_t child : children) kill(child);

  run([&]() -> Task<> {
    auto db = co_await sql::Database::open({.path = folder_.path("order.db")});
    auto world = co_await sql::Database::open({.path = folder_.path("world.db")});
    int cancelled = 0;
    for (int i = 0; i < kSagas; ++i) {
      const std::string id = fmt::format("o{}", i);
      const auto state = co_await db->one<std::string>("select state from skerry_saga where id = ?", id);
      const bool completed = *state == "completed";
      cancelled += completed ? 0 : 1;
      EXPECT_EQ(completed, std::hash<std::string>()(id) % 3 != 0) << id;
      for (const char* step : {"reserve", "charge", "points", "logistics"}) {
        const auto amounts = co_await world->query<std::int64_t>(
            "select amount from effects where saga = ? and step = ? order by rowid", id, step);
        if (completed) {
          EXPECT_EQ(amounts, std::vector<std::int64_t>{1}) << id << " " << step;
        } else {
          EXPECT_TRUE(amounts.empty() || amounts == (std::vector<std::int64_t>{1, -1})) << id << " " << step;
        }
      }
    }
    EXPECT_GT(cancelled, 0);
    EXPECT_LT(cancelled, kSagas);
  });
}

}  // namespace
}  // namespace skerry::saga
