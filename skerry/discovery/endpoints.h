// SPDX-License-Identifier: Apache-2.0
//
// Endpoints: the live instances of one service at one moment, in the form that a client balances over. A set never
// changes; when an instance comes or goes there is a new set, and what is known of the instances that stayed goes over
// into it.
//
//   Endpoints endpoints(instances, previous.get());
//   live.set(endpoints.addresses());                // for an http::Client
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "skerry/discovery/instance.h"
#include "skerry/discovery/outlier.h"
#include "skerry/http/resolver.h"

namespace skerry::discovery {

/// What the endpoints of one set have in common. Immutable but for what the outliers learn.
struct EndpointGroup {
  /// Indices into Endpoints::addresses(): each instance as often as its weight says, spread as evenly as that allows.
  std::vector<std::uint32_t> schedule;
  /// In the order of addresses().
  std::vector<std::shared_ptr<OutlierState>> outliers;
};

/// The tag of an http::Endpoint that comes from the registry: the instance behind the address.
class Endpoint {
 public:
  Endpoint(Instance instance, std::shared_ptr<OutlierState> outlier, std::shared_ptr<const EndpointGroup> group)
      : instance_(std::move(instance)), outlier_(std::move(outlier)), group_(std::move(group)) {}

  const Instance& instance() const { return instance_; }
  OutlierState& outlier() const { return *outlier_; }
  const std::shared_ptr<OutlierState>& shared_outlier() const { return outlier_; }
  const EndpointGroup& group() const { return *group_; }

  /// The tag of an endpoint, or null for one that does not come from a registry. Only for endpoints of resolvers whose
  /// tags are all null or of this type.
  static const Endpoint* of(const http::Endpoint& endpoint) { return static_cast<const Endpoint*>(endpoint.tag.get()); }

 private:
  Instance instance_;
  // Apart from the instance, since a new version of it (another weight, say) keeps it.
  std::shared_ptr<OutlierState> outlier_;
  std::shared_ptr<const EndpointGroup> group_;
};

/// The most slots of a set's schedule; weights that would need more are scaled down.
inline constexpr std::size_t kMaxScheduleSlots = 4'096;

class Endpoints {
 public:
  Endpoints() = default;
  /// `previous` may be null; what is known of an instance with the same id and address is taken over from it.
  explicit Endpoints(std::vector<Instance> instances, const Endpoints* previous = nullptr);

  /// All of them, in the order of their ids, the drained ones too.
  const std::vector<std::shared_ptr<const Endpoint>>& all() const { return all_; }
  bool empty() const { return all_.empty(); }
  std::size_t size() const { return all_.size(); }

  /// Those that calls may go to: all but the drained ones. The tag of each is its Endpoint.
  const http::Endpoints& addresses() const { return addresses_; }

 private:
  std::vector<std::shared_ptr<const Endpoint>> all_;
  http::Endpoints addresses_;
};

/// The schedule for these weights, none of which is 0: smooth weighted round robin, as EndpointGroup has it.
std::vector<std::uint32_t> make_schedule(std::vector<std::uint32_t> weights);

}  // namespace skerry::discovery
