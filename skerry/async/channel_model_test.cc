// SPDX-License-Identifier: Apache-2.0
//
// Channels and select against a model: random sends, receives, selects, closes and cancellations are done one at a
// time, each by a task of its own, and after each the tasks that are done, and with what, must be those that a plain
// sequential model of Go's rules names. Where more than one case is ready the model accepts any of them.
#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <list>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include "skerry/async/scope.h"
#include "skerry/async/select.h"
#include "skerry/async/test_util.h"

namespace skerry {
namespace {

constexpr std::size_t kChannelCases = 4;  // two sends, two receives
constexpr std::size_t kDefault = 4;
constexpr int kNil = -1;

/// What an operation does, and how it ended; the model fills one, the task that runs it the other.
struct End {
  enum class Kind { kPending, kChosen, kPanicked, kCancelled } kind = Kind::kPending;
  std::size_t chosen = 0;
  std::optional<int> value;
  bool operator==(const End&) const = default;
};

std::ostream& operator<<(std::ostream& out, const End& end) {
  return out << "kind " << static_cast<int>(end.kind) << " case " << end.chosen << " value " << end.value.value_or(-1);
}

struct Operation {
  // Cases 0 and 1 send, 2 and 3 receive; kNil where there is no such case.
  std::array<int, kChannelCases> channels{kNil, kNil, kNil, kNil};
  std::array<int, 2> values{};
  bool has_default = false;
  Scope* scope = nullptr;
  End expected;
  End actual;
};

bool is_send(std::size_t index) { return index < 2; }

class Model {
 public:
  explicit Model(const std::vector<std::size_t>& capacities) {
    for (std::size_t capacity : capacities) channels_.push_back({capacity});
  }

  /// Applies an operation that was just begun, with what it chose where there was a choice.
  void begin(Operation& operation) {
    std::set<std::size_t> ready;
    for (std::size_t i = 0; i < kChannelCases; ++i) {
      if (operation.channels[i] != kNil && is_ready(operation, i)) ready.insert(i);
    }
    if (ready.empty()) {
      if (operation.has_default) {
        operation.expected = {End::Kind::kChosen, kDefault, {}};
      } else {
        enqueue(operation);
      }
      return;
    }
    if (operation.actual.kind == End::Kind::kPanicked) {
      for (std::size_t i : ready) {
        if (is_send(i) && channel(operation, i).closed) operation.expected.kind = End::Kind::kPanicked;
      }
      return;
    }
    // An end that is not allowed leaves the expected one at what an allowed choice gives.
    const bool allowed = operation.actual.kind == End::Kind::kChosen && ready.contains(operation.actual.chosen);
    complete(operation, allowed ? operation.actual.chosen : *ready.begin());
  }

  void close(int index) {
    ModelChannel& closing = channels_[static_cast<std::size_t>(index)];
    closing.closed = true;
    while (!closing.receivers.empty()) {
      auto [operation, which] = closing.receivers.front();
      end(*operation, {End::Kind::kChosen, which, {}});
    }
    while (!closing.senders.empty()) end(*closing.senders.front().operation, {End::Kind::kPanicked, 0, {}});
  }

  void cancel(Operation& operation) { end(operation, {End::Kind::kCancelled, 0, {}}); }
  bool closed(int index) const { return channels_[static_cast<std::size_t>(index)].closed; }
  std::size_t buffered(std::size_t index) const { return channels_[index].buffer.size(); }

 private:
  struct Place {
    Operation* operation;
    std::size_t index;
  };
  struct ModelChannel {
    std::size_t capacity;
    bool closed = false;
    std::deque<int> buffer{};
    std::list<Place> senders{};
    std::list<Place> receivers{};
  };

  ModelChannel& channel(const Operation& operation, std::size_t i) {
    return channels_[static_cast<std::size_t>(operation.channels[i])];
  }
  bool is_ready(const Operation& operation, std::size_t i) {
    const ModelChannel& at = channel(operation, i);
    if (is_send(i)) return at.closed || !at.receivers.empty() || at.buffer.size() < at.capacity;
    return at.closed || !at.senders.empty() || !at.buffer.empty();
  }
  void enqueue(Operation& operation) {
    for (std::size_t i = 0; i < kChannelCases; ++i) {
      if (operation.channels[i] == kNil) continue;
      ModelChannel& at = channel(operation, i);
      (is_send(i) ? at.senders : at.receivers).push_back({&operation, i});
    }
  }
  void end(Operation& operation, End how) {
    operation.expected = how;
    for (ModelChannel& each : channels_) {
      std::erase_if(each.senders, [&](const Place& place) { return place.operation == &operation; });
      std::erase_if(each.receivers, [&](const Place& place) { return place.operation == &operation; });
    }
  }
  void complete(Operation& operation, std::size_t i) {
    ModelChannel& at = channel(operation, i);
    if (is_send(i)) {
      if (at.closed) return end(operation, {End::Kind::kPanicked, 0, {}});
      const int value = operation.values[i];
      end(operation, {End::Kind::kChosen, i, {}});
      if (at.receivers.empty()) {
        at.buffer.push_back(value);
      } else {
        const Place receiver = at.receivers.front();
        end(*receiver.operation, {End::Kind::kChosen, receiver.index, value});
      }
      return;
    }
    std::optional<int> value;
    std::optional<Place> sender;
    if (!at.senders.empty()) sender = at.senders.front();
    if (sender) {
      at.buffer.push_back(sender->operation->values[sender->index]);
      end(*sender->operation, {End::Kind::kChosen, sender->index, {}});
    }
    if (!at.buffer.empty()) {
      value = at.buffer.front();
      at.buffer.pop_front();
    }
    end(operation, {End::Kind::kChosen, i, value});
  }

  std::vector<ModelChannel> channels_;
};

class Driver {
 public:
  explicit Driver(std::uint64_t seed) : random_(seed) {
    std::vector<std::size_t> capacities;
    for (std::size_t i = 0, count = 1 + below(3); i < count; ++i) {
      capacities.push_back(below(4));
      channels_.emplace_back(capacities.back());
    }
    model_ = std::make_unique<Model>(capacities);
  }

  /// Plays `steps` random steps; false as soon as channels and model differ.
  Task<bool> play(Scope& scope, int steps) {
    for (int step = 0; step < steps; ++step) {
      const std::size_t dice = below(100);
      if (dice < 3) {
        close_one();
        co_await settle();
      } else if (dice < 10) {
        cancel_one();
        co_await settle();
      } else {
        Operation& operation = make_operation();
        scope.go([this, &operation]() { return run(operation); });
        co_await settle();
        model_->begin(operation);
      }
      if (!agrees(step)) co_return false;
    }
    co_return true;
  }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }

  // All tasks are on this worker, and what a step wakes runs in a few turns of the ready queue.
  static Task<> settle() {
    for (int i = 0; i < 8; ++i) co_await yield();
  }

  Operation& make_operation() {
    Operation& operation = *operations_.emplace_back(std::make_unique<Operation>());
    const bool plain = below(2) == 0;
    for (std::size_t i = 0; i < kChannelCases; ++i) {
      if (!plain && below(3) != 0) operation.channels[i] = static_cast<int>(below(channels_.size()));
    }
    if (plain) operation.channels[below(2) * 2] = static_cast<int>(below(channels_.size()));
    for (int& value : operation.values) value = ++last_value_;
    operation.has_default = !plain && below(4) == 0;
    return operation;
  }

  void close_one() {
    const int index = static_cast<int>(below(channels_.size()));
    if (model_->closed(index)) return;
    channels_[static_cast<std::size_t>(index)].close();
    model_->close(index);
  }

  void cancel_one() {
    for (const auto& operation : operations_) {
      if (operation->actual.kind != End::Kind::kPending || below(2) == 0) continue;
      operation->scope->cancel();
      model_->cancel(*operation);
      return;
    }
  }

  Task<> run(Operation& operation) {
    Result<> result = co_await with_scope([this, &operation](Scope& scope) -> Task<> {
                        operation.scope = &scope;
                        try {
                          co_await choose(operation);
                        } catch (const Panic&) {
                          operation.actual.kind = End::Kind::kPanicked;
                        }
                      }).result();
    if (!result) operation.actual.kind = End::Kind::kCancelled;
  }

  Channel<int> at(int index) { return index == kNil ? Channel<int>() : channels_[static_cast<std::size_t>(index)]; }

  Task<> choose(Operation& operation) {
    std::array<std::optional<int>, 2> got;
    const auto& [send_a, send_b, receive_a, receive_b] = operation.channels;
    const bool alone = send_b == kNil && receive_b == kNil && !operation.has_default;
    std::size_t chosen = 0;
    if (alone && receive_a == kNil) {
      co_await at(send_a).send(operation.values[0]);
    } else if (alone && send_a == kNil) {
      chosen = 2;
      got[0] = co_await at(receive_a).receive();
    } else if (operation.has_default) {
      chosen = co_await select(at(send_a).on_send(operation.values[0]), at(send_b).on_send(operation.values[1]),
                               at(receive_a).on_receive(got[0]), at(receive_b).on_receive(got[1]), otherwise());
    } else {
      chosen = co_await select(at(send_a).on_send(operation.values[0]), at(send_b).on_send(operation.values[1]),
                               at(receive_a).on_receive(got[0]), at(receive_b).on_receive(got[1]));
    }
    operation.actual = {End::Kind::kChosen, chosen, {}};
    if (chosen == 2 || chosen == 3) operation.actual.value = got[chosen - 2];
  }

  bool agrees(int step) {
    for (const auto& operation : operations_) {
      EXPECT_EQ(operation->actual, operation->expected) << "after step " << step;
      if (!(operation->actual == operation->expected)) return false;
    }
    for (std::size_t i = 0; i < channels_.size(); ++i) {
      EXPECT_EQ(channels_[i].size(), model_->buffered(i)) << "after step " << step;
      if (channels_[i].size() != model_->buffered(i)) return false;
    }
    std::erase_if(operations_, [](const auto& each) { return each->actual.kind != End::Kind::kPending; });
    return true;
  }

  std::mt19937_64 random_;
  std::vector<Channel<int>> channels_;
  std::unique_ptr<Model> model_;
  std::vector<std::unique_ptr<Operation>> operations_;
  int last_value_ = 0;
};

TEST(ChannelModel, random_operations_end_as_the_model_says) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Driver driver(seed);
    bool agreed = false;
    (void)async_test::run_on(1, [&]() -> Task<> {
      co_await with_scope([&](Scope& scope) -> Task<> {
        agreed = co_await driver.play(scope, 300);
        scope.cancel();
      });
    });
    ASSERT_TRUE(agreed);
  }
}

}  // namespace
}  // namespace skerry
