// SPDX-License-Identifier: Apache-2.0
#include "platform/dashboard/health.h"

#include <boost/json/value.hpp>

#include <algorithm>
#include <set>
#include <utility>

#include "skerry/async/go.h"
#include "skerry/async/scope.h"
#include "skerry/async/timeout.h"
#include "skerry/net/address.h"

namespace skerry::platform::dashboard {
namespace {

/// At most kMaxHealthDetailBytes, without a part of a character at the end.
std::string shortened(std::string_view text) {
  if (text.size() <= kMaxHealthDetailBytes) return std::string(text);
  std::size_t bytes = kMaxHealthDetailBytes;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
  return std::string(text.substr(0, bytes));
}

struct ReadyAnswer {
  int status = 0;
  std::string body;
};

Task<ReadyAnswer> get_ready(http::Client& client, std::string address) {
  // Anyone may register: what is no address must not become another part of the URL.
  const net::HostPort target = co_await net::HostPort::parse(address);
  http::Response response = co_await client.get("http://" + target.to_string() + "/ready");
  std::string body = co_await response.body.read_all(kMaxHealthBodyBytes);
  co_return ReadyAnswer{.status = response.status, .body = std::move(body)};
}

Task<Health> ask_ready(http::Client& client, std::string address) {
  Result<ReadyAnswer> answer = co_await with_timeout(kHealthTimeout, get_ready(client, std::move(address))).result();
  if (answer) co_return read_health(answer->status, answer->body);
  co_return Health{.state = "unreachable", .detail = shortened(answer.error().message())};
}

const std::string& asked_address(const InstanceView& instance) {
  return instance.admin_address.empty() ? instance.address : instance.admin_address;
}

/// Each once: the services of one process share its admin address.
std::vector<std::string> addresses_of(const RegistryView& view) {
  std::set<std::string> addresses;
  for (const ServiceView& service : view.services) {
    for (const InstanceView& instance : service.instances) {
      if (addresses.size() == kMaxHealthInstances) break;
      addresses.insert(asked_address(instance));
    }
  }
  return {addresses.begin(), addresses.end()};
}

/// The platform's one form of error; nothing where the body is anything else.
std::string message_in(std::string_view body) {
  const auto document = parse_json_value(body, {.bytes_max = kMaxHealthBodyBytes});
  if (!document || !document->is_object()) return "";
  const boost::json::value* error = document->as_object().if_contains("error");
  if (error == nullptr || !error->is_object()) return "";
  const boost::json::value* message = error->as_object().if_contains("message");
  if (message == nullptr || !message->is_string()) return "";
  return shortened(message->as_string());
}

Task<> wait_for(std::shared_ptr<Event> event) { co_await event->wait(); }

}  // namespace

Health read_health(int status, std::string_view body) {
  constexpr int kOk = 200;
  constexpr int kServiceUnavailable = 503;
  if (status == kOk) return {.state = "ready", .detail = std::nullopt};
  if (status != kServiceUnavailable) return {};
  std::string message = message_in(body);
  if (message.empty()) return {.state = "not_ready", .detail = std::nullopt};
  return {.state = "not_ready", .detail = std::move(message)};
}

Task<RegistryView> HealthBoard::fill(RegistryView view) {
  if (std::shared_ptr<Event> first_answers = look_after(addresses_of(view))) {
    // The end of the time is no failure: what is not known by then, a later view shows.
    (void)co_await with_timeout(kFirstHealthWait, wait_for(std::move(first_answers))).result();
  }
  const std::lock_guard lock(mutex_);
  for (ServiceView& service : view.services) {
    for (InstanceView& instance : service.instances) {
      const auto found = known_.find(asked_address(instance));
      if (found == known_.end()) continue;
      instance.health = found->second.state;
      instance.health_detail = found->second.detail;
    }
  }
  co_return view;
}

std::shared_ptr<Event> HealthBoard::look_after(const Addresses& addresses) {
  const std::lock_guard lock(mutex_);
  const bool all_known = std::ranges::all_of(addresses, [&](const auto& address) { return known_.contains(address); });
  if (running_ == nullptr && !closing_ && !addresses.empty() &&
      (!all_known || std::chrono::steady_clock::now() >= next_round_)) {
    running_ = std::make_shared<Event>();
    go_named("dashboard: ask for health", [this, all = std::make_shared<const Addresses>(addresses), done = running_] {
      return run_round(all, done);
    });
  }
  return all_known ? nullptr : running_;
}

Task<> HealthBoard::run_round(std::shared_ptr<const Addresses> addresses, std::shared_ptr<Event> done) {
  co_await with_scope([&](Scope& scope) -> Task<> {
    for (std::size_t first = 0; first < std::min(addresses->size(), kMaxHealthRequests); ++first) {
      scope.go([this, addresses, first] { return ask_share(addresses, first); });
    }
    co_return;
  });
  end_round(*addresses);
  // The board may be gone from here on.
  done->set();
}

/// Asks the instances of one of the tasks that share them: those at `first`, `first + kMaxHealthRequests` and so on.
Task<> HealthBoard::ask_share(std::shared_ptr<const Addresses> addresses, std::size_t first) {
  for (std::size_t index = first; index < addresses->size() && !is_closing(); index += kMaxHealthRequests) {
    Health health = co_await ask_ready(client_, (*addresses)[index]);
    const std::lock_guard lock(mutex_);
    known_[(*addresses)[index]] = std::move(health);
  }
}

void HealthBoard::end_round(const Addresses& addresses) {
  const std::lock_guard lock(mutex_);
  // Who has left the registry is forgotten.
  std::erase_if(known_,
                [&](const auto& entry) { return std::ranges::find(addresses, entry.first) == addresses.end(); });
  next_round_ = std::chrono::steady_clock::now() + kHealthFreshness;
  running_ = nullptr;
}

Task<> HealthBoard::close() {
  std::shared_ptr<Event> running;
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    running = running_;
  }
  if (running != nullptr) co_await running->wait();
}

bool HealthBoard::is_closing() const {
  const std::lock_guard lock(mutex_);
  return closing_;
}

}  // namespace skerry::platform::dashboard
