// SPDX-License-Identifier: Apache-2.0
//
// HealthBoard: what the instances say to /ready, so that the dashboard shows who is able to work and not only who is
// registered. The one thing to know: nobody waits for the instances. A view is filled with what is known, and where
// that is older than kHealthFreshness, a round of questions begins in the background; without visits nobody is asked.
//
//   HealthBoard board(client);
//   view = co_await board.fill(std::move(view));
//   ...
//   co_await board.close();
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/dashboard/registry_view.h"
#include "skerry/async/sync.h"
#include "skerry/async/task.h"
#include "skerry/http/client.h"

namespace skerry::platform::dashboard {

/// An instance that takes longer is unreachable.
inline constexpr std::chrono::milliseconds kHealthTimeout{800};
/// From the end of a round to the earliest beginning of the next.
inline constexpr std::chrono::milliseconds kHealthFreshness{1'500};
/// How long a view with instances that were never asked waits for their first answer, so that a page which has just
/// been opened shows them at once where they are quick.
inline constexpr std::chrono::milliseconds kFirstHealthWait{300};
/// Addresses that are asked at the same time, and how many of a view are asked at all.
inline constexpr std::size_t kMaxHealthRequests = 32;
inline constexpr std::size_t kMaxHealthInstances = 200;
/// Of the answer to /ready, and of what of it is shown.
inline constexpr std::size_t kMaxHealthBodyBytes = 64 * 1024;
inline constexpr std::size_t kMaxHealthDetailBytes = 200;

/// What is known of an instance: InstanceView's `health` and `health_detail`.
struct Health {
  std::optional<std::string> state;
  std::optional<std::string> detail;
  bool operator==(const Health&) const = default;
};

/// What an answer to /ready says: "ready" for 200, "not_ready" with the error's message for 503. Nothing for any other
/// status: the instance has no /ready, and the dashboard does not know. Pure.
Health read_health(int status, std::string_view body);

class HealthBoard {
 public:
  /// `client` outlives the board.
  explicit HealthBoard(http::Client& client) : client_(client) {}
  /// Precondition: nothing is being asked: closed, or never filled a view, or the runtime has ended.
  ~HealthBoard() = default;
  HealthBoard(const HealthBoard&) = delete;
  HealthBoard& operator=(const HealthBoard&) = delete;

  /// The view with `health` and `health_detail` as they are known. Instances are asked at their admin address, or at
  /// their address where they have no other. Takes kFirstHealthWait at most. Fails only when cancelled. May be called
  /// on every worker at once.
  Task<RegistryView> fill(RegistryView view);

  /// Begins no more rounds, and waits until the one that is under way has stopped, which takes kHealthTimeout at most.
  Task<> close();

 private:
  /// What a round asks: the addresses of one view, sorted and each once.
  using Addresses = std::vector<std::string>;

  /// The event of the round to wait for, which is begun where one is due; null where nothing is to be waited for.
  std::shared_ptr<Event> look_after(const Addresses& addresses);
  Task<> run_round(std::shared_ptr<const Addresses> addresses, std::shared_ptr<Event> done);
  Task<> ask_share(std::shared_ptr<const Addresses> addresses, std::size_t first);
  void end_round(const Addresses& addresses);
  bool is_closing() const;

  http::Client& client_;
  mutable std::mutex mutex_;
  /// By address; of the last round's instances and those of the round that is under way.
  std::map<std::string, Health, std::less<>> known_;
  /// Of the round that is under way; null without one.
  std::shared_ptr<Event> running_;
  std::chrono::steady_clock::time_point next_round_{};
  bool closing_ = false;
};

}  // namespace skerry::platform::dashboard
