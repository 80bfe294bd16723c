// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "platform/kafka/broker/handlers.h"
#include "platform/kafka/protocol/errors.h"
#include "platform/kafka/server_fixture.h"

namespace skerry::platform::kafka {
namespace {

using namespace std::chrono_literals;
using namespace protocol;

JoinGroupRequest join_request(std::string member_id = "") {
  JoinGroupRequest request{.group_id = "g", .session_timeout = 10s, .rebalance_timeout = 20s};
  request.member_id = std::move(member_id);
  request.protocol_type = "consumer";
  request.protocols.push_back({.name = "range", .metadata = {"subscription"}});
  return request;
}

// Joins as a new client does from version 4 on: with the id that it is given first.
Task<JoinGroupResponse> join(TestClient& client, std::int16_t version = 7) {
  const auto first = co_await client.call<JoinGroupResponse>(join_request(), version);
  if (version < 4) co_return first;
  EXPECT_EQ(first.error_code, ErrorCode::kMemberIdRequired);
  co_return co_await client.call<JoinGroupResponse>(join_request(first.member_id), version);
}

SyncGroupRequest sync_request(const JoinGroupResponse& joined, std::string assignment) {
  SyncGroupRequest request{.group_id = "g", .generation_id = joined.generation_id, .member_id = joined.member_id};
  for (const auto& member : joined.members)
    request.assignments.push_back({.member_id = member.member_id, .assignment = {assignment}});
  return request;
}

Task<ErrorCode> heartbeat(TestClient& client, JoinGroupResponse joined) {
  HeartbeatRequest request{.group_id = "g", .generation_id = joined.generation_id, .member_id = joined.member_id};
  co_return (co_await client.call<HeartbeatResponse>(request, 4)).error_code;
}

OffsetCommitRequest commit_request(std::int64_t offset, std::string metadata = "") {
  OffsetCommitRequest request{.group_id = "g"};
  request.topics.push_back({.name = "t",
                            .partitions = {{.index = 0,
                                            .committed_offset = offset,
                                            .committed_leader_epoch = 0,
                                            .committed_metadata = std::move(metadata)}}});
  return request;
}

TEST(KafkaGroups, a_member_joins_syncs_commits_and_leaves_in_every_version) {
  run_with_client([](TestClient& client) -> Task<> {
    (void)co_await create_topic(client, "t", 1);
    for (std::int16_t version = 0; version <= 7; ++version) {
      const auto joined = co_await join(client, version);
      EXPECT_EQ(joined.error_code, ErrorCode::kNone) << version;
      EXPECT_EQ(joined.leader, joined.member_id);
      EXPECT_EQ(joined.protocol_name, "range");
      EXPECT_EQ(joined.members.at(0).metadata.value, "subscription");
      const auto synced = co_await client.call<SyncGroupResponse>(sync_request(joined, "all of it"),
                                                                  std::min<std::int16_t>(version, 5));
      EXPECT_EQ(synced.assignment.value, "all of it");
      const ErrorCode alive = co_await heartbeat(client, joined);
      EXPECT_EQ(alive, ErrorCode::kNone);

      OffsetCommitRequest commit = commit_request(version);
      commit.generation_id = joined.generation_id;
      commit.member_id = joined.member_id;
      const auto committed = co_await client.call<OffsetCommitResponse>(commit, std::max<std::int16_t>(version, 2));
      EXPECT_EQ(only(committed).error_code, ErrorCode::kNone);

      LeaveGroupRequest leave{.group_id = "g", .member_id = joined.member_id, .members = {{joined.member_id}}};
      const auto left = co_await client.call<LeaveGroupResponse>(leave, std::min<std::int16_t>(version, 4));
      EXPECT_EQ(left.error_code, ErrorCode::kNone);
      const ErrorCode gone = co_await heartbeat(client, joined);
      EXPECT_EQ(gone, ErrorCode::kUnknownMemberId);
    }
  });
}

TEST(KafkaGroups, a_second_member_makes_the_first_one_join_again) {
  const disk::TemporaryDirectory directory;
  run_server(options_in(directory.path()), [](Server& server) -> Task<> {
    auto first = co_await TestClient::connect(server.address());
    auto second = co_await TestClient::connect(server.address());
    const auto alone = co_await join(*first);
    (void)co_await first->call<SyncGroupResponse>(sync_request(alone, "all"), 5);

    const auto given = co_await second->call<JoinGroupResponse>(join_request(), 5);
    co_await second->send(join_request(given.member_id), 5);
    while (co_await heartbeat(*first, alone) == ErrorCode::kNone) {
    }
    // The requests behind the one that waits are worked on, and answered after it.
    co_await second->send(MetadataRequest(), 9);
    const auto again = co_await first->call<JoinGroupResponse>(join_request(alone.member_id), 7);
    EXPECT_EQ(again.members.size(), 2U);
    const auto joined = co_await second->receive<JoinGroupResponse>(5);
    EXPECT_EQ(joined.generation_id, again.generation_id);
    (void)co_await second->receive<MetadataResponse>(9);

    co_await second->send(sync_request(joined, ""), 5);
    (void)co_await first->call<SyncGroupResponse>(sync_request(again, "half"), 5);
    const auto synced = co_await second->receive<SyncGroupResponse>(5);
    EXPECT_EQ(synced.assignment.value, "half");
  });
}

Task<> expect_commit(TestClient& client, OffsetCommitRequest request, ErrorCode expected) {
  const auto response = co_await client.call<OffsetCommitResponse>(std::move(request), 8);
  EXPECT_EQ(only(response).error_code, expected);
}

TEST(KafkaGroups, only_members_of_the_generation_commit) {
  run_with_client([](TestClient& client) -> Task<> {
    (void)co_await create_topic(client, "t", 1);
    const auto joined = co_await join(client);
    (void)co_await client.call<SyncGroupResponse>(sync_request(joined, "all"), 5);
    OffsetCommitRequest stranger = commit_request(1);
    stranger.generation_id = joined.generation_id;
    stranger.member_id = "nobody";
    co_await expect_commit(client, stranger, ErrorCode::kUnknownMemberId);
    OffsetCommitRequest old = commit_request(1);
    old.generation_id = joined.generation_id - 1;
    old.member_id = joined.member_id;
    co_await expect_commit(client, old, ErrorCode::kIllegalGeneration);
  });
}

Task<OffsetFetchResponse> fetch_offsets(TestClient& client, std::int16_t version, bool all) {
  OffsetFetchRequest request{.group_id = "g"};
  std::optional<std::vector<OffsetFetchRequest::Topic>> topics;
  if (!all) topics = std::vector{OffsetFetchRequest::Topic{.name = "t", .partitions = {0, 7}}};
  request.topics = topics;
  request.groups.push_back({.group_id = "g", .topics = topics});
  co_return co_await client.call<OffsetFetchResponse>(request, version);
}

TEST(KafkaOffsets, come_back_with_their_metadata_in_every_version) {
  run_with_client([](TestClient& client) -> Task<> {
    (void)co_await create_topic(client, "t", 1);
    (void)co_await client.call<OffsetCommitResponse>(commit_request(42, "note"), 8);
    for (std::int16_t version = 1; version <= 8; ++version) {
      for (const bool all : {false, true}) {
        if (all && version == 1) continue;
        const auto response = co_await fetch_offsets(client, version, all);
        const auto& partitions =
            version < 8 ? response.topics.at(0).partitions : response.groups.at(0).topics.at(0).partitions;
        EXPECT_EQ(partitions.at(0).committed_offset, 42) << version;
        EXPECT_EQ(partitions.at(0).metadata, "note");
        EXPECT_EQ(partitions.size(), all ? 1U : 2U);
        if (!all) EXPECT_EQ(partitions.at(1).committed_offset, -1);
      }
    }
  });
}

TEST(KafkaOffsets, are_there_after_a_restart) {
  const disk::TemporaryDirectory directory;
  run_with_client(options_in(directory.path()), [](TestClient& client) -> Task<> {
    (void)co_await create_topic(client, "t", 1);
    (void)co_await client.call<OffsetCommitResponse>(commit_request(42), 8);
  });
  run_with_client(options_in(directory.path()), [](TestClient& client) -> Task<> {
    const auto response = co_await fetch_offsets(client, 7, true);
    EXPECT_EQ(only(response).committed_offset, 42);
  });
}

TEST(KafkaOffsets, of_partitions_that_are_not_there_or_with_long_metadata_are_refused) {
  run_with_client([](TestClient& client) -> Task<> {
    const auto missing = co_await client.call<OffsetCommitResponse>(commit_request(1), 8);
    EXPECT_EQ(only(missing).error_code, ErrorCode::kUnknownTopicOrPartition);
    (void)co_await create_topic(client, "t", 1);
    const std::string longest(log::kMaxOffsetMetadataBytes, 'x');
    const auto good = co_await client.call<OffsetCommitResponse>(commit_request(1, longest), 8);
    EXPECT_EQ(only(good).error_code, ErrorCode::kNone);
    const auto refused = co_await client.call<OffsetCommitResponse>(commit_request(1, longest + "x"), 8);
    EXPECT_EQ(only(refused).error_code, ErrorCode::kOffsetMetadataTooLarge);
  });
}

TEST(KafkaGroupTools, list_and_describe_groups_with_members_and_with_offsets_alone) {
  run_with_client([](TestClient& client) -> Task<> {
    (void)co_await create_topic(client, "t", 1);
    OffsetCommitRequest outside = commit_request(1);
    outside.group_id = "offsets only";
    (void)co_await client.call<OffsetCommitResponse>(outside, 8);
    const auto joined = co_await join(client);
    (void)co_await client.call<SyncGroupResponse>(sync_request(joined, "all"), 5);

    const auto all = co_await client.call<ListGroupsResponse>(ListGroupsRequest(), 5);
    EXPECT_EQ(all.groups.size(), 2U);
    const auto stable = co_await client.call<ListGroupsResponse>(ListGroupsRequest{.states = {"stable"}}, 4);
    EXPECT_EQ(stable.groups.at(0).group_id, "g");
    EXPECT_EQ(stable.groups.size(), 1U);
    const auto described = co_await client.call<DescribeGroupsResponse>(
        DescribeGroupsRequest{.groups = {"g", "offsets only", "missing"}}, 5);
    EXPECT_EQ(described.groups.at(0).state, "Stable");
    EXPECT_EQ(described.groups.at(0).members.at(0).client_host, "/127.0.0.1");
    EXPECT_EQ(described.groups.at(0).members.at(0).client_id, "test");
    EXPECT_EQ(described.groups.at(0).members.at(0).assignment.value, "all");
    EXPECT_EQ(described.groups.at(1).state, "Empty");
    EXPECT_EQ(described.groups.at(2).state, "Dead");

    const auto deleted =
        co_await client.call<DeleteGroupsResponse>(DeleteGroupsRequest{.groups = {"g", "offsets only", "missing"}}, 2);
    EXPECT_EQ(deleted.groups.at(0).error_code, ErrorCode::kNonEmptyGroup);
    EXPECT_EQ(deleted.groups.at(1).error_code, ErrorCode::kNone);
    EXPECT_EQ(deleted.groups.at(2).error_code, ErrorCode::kGroupIdNotFound);
    const auto left = co_await client.call<ListGroupsResponse>(ListGroupsRequest(), 5);
    EXPECT_EQ(left.groups.size(), 1U);
  });
}

}  // namespace
}  // namespace skerry::platform::kafka
