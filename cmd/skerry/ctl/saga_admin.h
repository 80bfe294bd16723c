// SPDX-License-Identifier: Apache-2.0
//
// The sagas of a running system, asked of the admin listeners of its instances (skerry/saga/admin.h), which the
// registry names. Instances of a service that share a database tell the same sagas. One that does not answer is passed
// over with a warning, unless nobody else has sagas.
//
//   SagaAdmin admin(client, instances);
//   co_await admin.find_services("order");
//   for (const ListedSaga& saga : co_await admin.list({.state = "stuck"})) print(saga);
#pragma once

#include <boost/describe/class.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "skerry/async/task.h"
#include "skerry/discovery/instance.h"
#include "skerry/etcd/client.h"
#include "skerry/http/client.h"
#include "skerry/saga/admin.h"

namespace skerry::cmd {

/// How long an instance may take to answer.
inline constexpr std::chrono::seconds kAdminLimit{5};
/// The largest answer that is read.
inline constexpr std::size_t kMaxAdminAnswerBytes = std::size_t{64} << 20;

struct ListedSaga : saga::SagaSummary {
  std::string service;
};
BOOST_DESCRIBE_STRUCT(ListedSaga, (saga::SagaSummary), (service))

struct ShownSaga : saga::SagaDetails {
  std::string service;
};
BOOST_DESCRIBE_STRUCT(ShownSaga, (saga::SagaDetails), (service))

struct SagaFilter {
  /// Empty: any.
  std::string state;
  std::string saga;
  /// Absent: all that there are.
  std::optional<std::size_t> limit = {};
};

/// The instances that the registry has. Entries that are no instances are passed over.
Task<std::vector<discovery::Instance>> read_instances(std::shared_ptr<etcd::Client> registry);

/// For one task. The client outlives it.
class SagaAdmin {
 public:
  SagaAdmin(http::Client& client, std::vector<discovery::Instance> instances)
      : client_(client), instances_(std::move(instances)) {}
  SagaAdmin(const SagaAdmin&) = delete;
  SagaAdmin& operator=(const SagaAdmin&) = delete;

  /// Finds out who has sagas: of all services, or of the named one. To be called first. Errors: NOT_FOUND, saying what
  /// there is instead; UNAVAILABLE where no instance answers that could have them.
  Task<> find_services(std::string service);
  /// Why an instance was passed over, one line each.
  const std::vector<std::string>& warnings() const { return warnings_; }

  /// The newest first.
  Task<std::vector<ListedSaga>> list(SagaFilter filter);
  /// NOT_FOUND; FAILED_PRECONDITION when several services have a saga of this id.
  Task<ShownSaga> show(std::string id);
  /// They give the saga's state after it. Errors: those of show and of the routes.
  Task<std::string> retry(std::string service, const std::string& id);
  Task<std::string> compensate(std::string service, const std::string& id, const std::string& reason);

 private:
  struct Answer {
    int status = 0;
    std::string body;
  };

  Task<Answer> ask(std::string admin_address, std::string method, std::string target);
  Task<> add_host(discovery::Instance instance);
  Task<std::vector<ListedSaga>> list_of(std::string service, std::string admin_address, SagaFilter filter);
  Task<std::string> change(std::string service, std::string target);
  Error none_found(const std::string& service, bool asked_somebody) const;

  http::Client& client_;
  const std::vector<discovery::Instance> instances_;
  std::map<std::string, std::vector<std::string>> hosts_;  // of each service, the admin addresses
  std::vector<std::string> warnings_;
};

}  // namespace skerry::cmd
