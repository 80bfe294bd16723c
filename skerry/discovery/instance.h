// SPDX-License-Identifier: Apache-2.0
//
// Instance: one running process of a service, as it stands in the registry: a JSON object under
// /skerry/services/{namespace}/{service}/{instance}, attached to the process's lease. This layout is the same on every
// registry that speaks the etcd v3 API, so `etcdctl get --prefix /skerry/services/` shows who is there.
//
//   discovery::Instance instance{.id = "order-1", .service = "order", .address = "127.0.0.1:41234"};
//   std::string key = instance_key(instance);        // "/skerry/services/public/order/order-1"
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "skerry/base/json.h"

namespace skerry::discovery {

inline constexpr std::string_view kServicesRoot = "/skerry/services/";
inline constexpr std::string_view kDefaultNamespace = "public";

/// The most bytes of an instance's JSON, and of each part of its key. What is longer in the registry is ignored.
inline constexpr std::size_t kMaxInstanceBytes = 64 * 1024;
inline constexpr std::size_t kMaxNameBytes = 255;
/// The largest weight: an instance's share of the calls is its weight over the sum of all.
inline constexpr std::uint32_t kMaxWeight = 1'000;

struct Instance {
  std::string id;
  std::string service;
  std::string namespace_ = std::string(kDefaultNamespace);
  /// "host:port" that serves HTTP and gRPC.
  std::string address;
  /// "host:port" of /metrics, /health and /debug; empty where there is none.
  std::string admin_address;
  std::string version;
  /// When the process started, in UTC as RFC 3339 writes it: "2024-03-01T12:00:00.000Z".
  std::string started_at;
  std::map<std::string, std::string> metadata;
  /// 0: the instance is drained, it gets no new calls.
  std::uint32_t weight = 1;

  static constexpr std::array<std::string_view, 3> kRequiredFields{"id", "service", "address"};
  /// INVALID_ARGUMENT for a name that cannot be part of a key, an address without a port, or a weight over kMaxWeight.
  Result<> validate() const;
  bool operator==(const Instance&) const = default;
};
BOOST_DESCRIBE_STRUCT(Instance, (),
                      (id, service, namespace_, address, admin_address, version, started_at, metadata, weight))

/// The parts of an instance's key.
struct InstanceName {
  std::string namespace_;
  std::string service;
  std::string id;
  bool operator==(const InstanceName&) const = default;
};

/// "/skerry/services/{namespace}/{service}/{id}". Precondition: the instance is valid.
std::string instance_key(const Instance& instance);
/// "/skerry/services/{namespace}/{service}/": what the keys of a service's instances begin with.
std::string service_prefix(std::string_view service, std::string_view namespace_name = kDefaultNamespace);
/// "/skerry/services/{namespace}/".
std::string namespace_prefix(std::string_view namespace_name = kDefaultNamespace);
/// INVALID_ARGUMENT for a key that is not an instance's.
Result<InstanceName> parse_instance_key(std::string_view key);
/// Reads what the registry holds under `key`. INVALID_ARGUMENT for JSON that is no instance, and for an instance that
/// is not the one its key names.
Result<Instance> parse_instance(std::string_view key, std::string_view json);

/// INVALID_ARGUMENT unless 1 to kMaxNameBytes bytes without slash and control characters. `what` begins the message.
Result<> check_name(std::string_view what, std::string_view name);

/// The time now, as `started_at` has it.
std::string utc_now();

}  // namespace skerry::discovery
