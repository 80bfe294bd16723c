// SPDX-License-Identifier: Apache-2.0
//
// What tools ask about groups. A group lives in two places: its members with the coordinator, in memory, and its
// offsets in the log; one that has only offsets is empty.
#include <algorithm>
#include <cctype>
#include <optional>
#include <set>
#include <utility>

#include "platform/kafka/broker/handlers.h"
#include "platform/kafka/protocol/errors.h"

namespace skerry::platform::kafka {
namespace {

using protocol::DescribeGroupsResponse;
using protocol::ErrorCode;
using protocol::ListGroupsRequest;
using protocol::ListGroupsResponse;

/// Of groups with the rebalance protocol of JoinGroup and SyncGroup (KIP-848).
constexpr std::string_view kClassicType = "classic";

DescribeGroupsResponse::Group describe(Broker& broker, const std::string& name) {
  DescribedGroup group = broker.groups.describe(name);
  if (group.state == GroupState::kDead && !broker.store.committed(name).empty()) group.state = GroupState::kEmpty;
  DescribeGroupsResponse::Group answer{.error_code = group.error,
                                       .group_id = name,
                                       .state = std::string(state_name(group.state)),
                                       .protocol_type = group.protocol_type,
                                       .protocol = group.protocol};
  for (DescribedMember& member : group.members) {
    answer.members.push_back({.member_id = std::move(member.member_id),
                              .group_instance_id = std::move(member.instance_id),
                              .client_id = std::move(member.client_id),
                              // As Java writes an address, and so tools expect it.
                              .client_host = "/" + member.client_host,
                              .metadata = {std::move(member.metadata)},
                              .assignment = {std::move(member.assignment)}});
  }
  return answer;
}

// Kafka matches states and types without regard to case.
bool is_among(const std::vector<std::string>& wanted, std::string_view name) {
  const auto same_letter = [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); };
  return wanted.empty() || std::ranges::any_of(wanted, [&](const std::string& one) {
           return std::ranges::equal(one, name, same_letter);
         });
}

Task<> forget(Broker& broker, std::string group) {
  std::optional<log::PendingChange> pending;
  const ErrorCode code = broker.groups.delete_group(group, [&] { pending = broker.store.begin_delete_group(group); });
  if (!pending) co_await protocol::kafka_error(code, "group {} cannot be deleted now", group);
  Result<> deleted = co_await pending->wait().result();
  // One of the two places is enough to have been there.
  const bool had_no_offsets = !deleted && protocol::is_kafka_error(deleted.error(), ErrorCode::kGroupIdNotFound);
  if (had_no_offsets && code == ErrorCode::kNone) co_return;
  co_await std::move(deleted);
}

}  // namespace

Task<DescribeGroupsResponse> handle(Broker& broker, Caller, protocol::DescribeGroupsRequest request) {
  DescribeGroupsResponse response;
  for (const std::string& name : request.groups) response.groups.push_back(describe(broker, name));
  co_return response;
}

Task<ListGroupsResponse> handle(Broker& broker, Caller, ListGroupsRequest request) {
  ListGroupsResponse response;
  const auto add = [&](const std::string& name, const std::string& protocol_type, GroupState state) {
    if (!is_among(request.states, state_name(state)) || !is_among(request.types, kClassicType)) return;
    response.groups.push_back({.group_id = name,
                               .protocol_type = protocol_type,
                               .state = std::string(state_name(state)),
                               .type = std::string(kClassicType)});
  };
  std::set<std::string> in_memory;
  for (const ListedGroup& group : broker.groups.list()) {
    in_memory.insert(group.group);
    add(group.group, group.protocol_type, group.state);
  }
  for (const std::string& name : broker.store.groups())
    if (!in_memory.contains(name)) add(name, "consumer", GroupState::kEmpty);
  co_return response;
}

Task<protocol::DeleteGroupsResponse> handle(Broker& broker, Caller, protocol::DeleteGroupsRequest request) {
  protocol::DeleteGroupsResponse response;
  for (const std::string& name : request.groups) {
    const Result<> forgotten = co_await forget(broker, name).result();
    const ErrorCode code = forgotten ? ErrorCode::kNone : protocol::error_code_of(forgotten.error());
    if (code != ErrorCode::kNone) broker.metrics.refused(code);
    response.groups.push_back({.group_id = name, .error_code = code});
  }
  co_return response;
}

}  // namespace skerry::platform::kafka
