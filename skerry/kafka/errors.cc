// SPDX-License-Identifier: Apache-2.0
#include "skerry/kafka/errors.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace skerry::kafka::internal {
namespace {

// Codes that mean the same to a caller. The rest of each array is RD_KAFKA_RESP_ERR_NO_ERROR, which is never looked up.
struct Meaning {
  Code code;
  bool retry;
  std::string_view advice;
  std::array<rd_kafka_resp_err_t, 32> errors;
};

constexpr Meaning kMeanings[] = {
    {Code::kDeadlineExceeded,
     true,
     "is the broker up, and does it keep up? The record may be stored after all",
     {RD_KAFKA_RESP_ERR__MSG_TIMED_OUT}},
    {Code::kDeadlineExceeded,
     true,
     "is the broker up, and does it keep up? The outcome is unknown",
     {RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT}},
    {Code::kUnavailable,
     true,
     "is the broker up, and the address in `brokers` right? It is tried again",
     {RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN,
      RD_KAFKA_RESP_ERR__TRANSPORT,
      RD_KAFKA_RESP_ERR__RESOLVE,
      RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE,
      RD_KAFKA_RESP_ERR__NODE_UPDATE,
      RD_KAFKA_RESP_ERR__WAIT_COORD,
      RD_KAFKA_RESP_ERR__WAIT_CACHE,
      RD_KAFKA_RESP_ERR__UNKNOWN_BROKER,
      RD_KAFKA_RESP_ERR__RETRY,
      RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
      RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE,
      RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE,
      RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
      RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
      RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
      RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
      RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
      RD_KAFKA_RESP_ERR_NOT_CONTROLLER,
      RD_KAFKA_RESP_ERR_STALE_CTRL_EPOCH,
      RD_KAFKA_RESP_ERR_STALE_BROKER_EPOCH,
      RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH,
      RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH,
      RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE,
      RD_KAFKA_RESP_ERR_LISTENER_NOT_FOUND,
      RD_KAFKA_RESP_ERR_PREFERRED_LEADER_NOT_AVAILABLE,
      RD_KAFKA_RESP_ERR_ELIGIBLE_LEADERS_NOT_AVAILABLE,
      RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT,
      RD_KAFKA_RESP_ERR_FETCH_SESSION_ID_NOT_FOUND,
      RD_KAFKA_RESP_ERR_INVALID_FETCH_SESSION_EPOCH,
      RD_KAFKA_RESP_ERR_REASSIGNMENT_IN_PROGRESS,
      RD_KAFKA_RESP_ERR_OPERATION_NOT_ATTEMPTED}},
    {Code::kUnavailable, true, "check the certificates and security.protocol", {RD_KAFKA_RESP_ERR__SSL}},
    {Code::kUnavailable,
     true,
     "the client was closed before this was done",
     {RD_KAFKA_RESP_ERR__DESTROY, RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__INTR}},
    {Code::kUnavailable,
     false,
     "the client was closed before the answer came; the outcome is unknown",
     {RD_KAFKA_RESP_ERR__PURGE_INFLIGHT}},
    {Code::kUnavailable,
     true,
     "too few in-sync replicas are up (min.insync.replicas)",
     {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
      RD_KAFKA_RESP_ERR__ISR_INSUFF}},
    {Code::kUnavailable,
     true,
     "the broker cannot write: is its disk full or broken?",
     {RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, RD_KAFKA_RESP_ERR_LOG_DIR_NOT_FOUND}},
    {Code::kNotFound,
     false,
     "create the topic first, or let the broker create topics",
     {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART}},
    {Code::kNotFound,
     false,
     "is the name right?",
     {RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND, RD_KAFKA_RESP_ERR_RESOURCE_NOT_FOUND, RD_KAFKA_RESP_ERR__NOENT,
      RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_NOT_FOUND, RD_KAFKA_RESP_ERR_NO_REASSIGNMENT_IN_PROGRESS,
      RD_KAFKA_RESP_ERR_ELECTION_NOT_NEEDED}},
    {Code::kAlreadyExists,
     false,
     "use the one that is there, or another name",
     {RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS, RD_KAFKA_RESP_ERR_DUPLICATE_RESOURCE}},
    {Code::kInvalidArgument,
     false,
     "the topic has fewer partitions: leave the choice to the key, or add partitions",
     {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION}},
    {Code::kInvalidArgument,
     false,
     "correct the request",
     {RD_KAFKA_RESP_ERR_INVALID_MSG,
      RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE,
      RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION,
      RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS,
      RD_KAFKA_RESP_ERR_INVALID_GROUP_ID,
      RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT,
      RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE,
      RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP,
      RD_KAFKA_RESP_ERR_INVALID_PARTITIONS,
      RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR,
      RD_KAFKA_RESP_ERR_INVALID_REPLICA_ASSIGNMENT,
      RD_KAFKA_RESP_ERR_INVALID_CONFIG,
      RD_KAFKA_RESP_ERR_INVALID_REQUEST,
      RD_KAFKA_RESP_ERR_INVALID_RECORD,
      RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT,
      RD_KAFKA_RESP_ERR_INVALID_PRINCIPAL_TYPE,
      RD_KAFKA_RESP_ERR_UNACCEPTABLE_CREDENTIAL,
      RD_KAFKA_RESP_ERR_INCONSISTENT_VOTER_SET,
      RD_KAFKA_RESP_ERR_INVALID_UPDATE_VERSION,
      RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL,
      RD_KAFKA_RESP_ERR__INVALID_ARG,
      RD_KAFKA_RESP_ERR__UNKNOWN_GROUP,
      RD_KAFKA_RESP_ERR__CONFLICT,
      RD_KAFKA_RESP_ERR__NO_OFFSET,
      RD_KAFKA_RESP_ERR__INVALID_TYPE,
      RD_KAFKA_RESP_ERR__UNKNOWN_PROTOCOL,
      RD_KAFKA_RESP_ERR__NOT_CONFIGURED}},
    {Code::kResourceExhausted,
     false,
     "make the record smaller, or raise max_record_bytes and the limit of the broker or topic (max.message.bytes)",
     {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE}},
    {Code::kResourceExhausted,
     true,
     "a limit is reached: try again later, or raise it",
     {RD_KAFKA_RESP_ERR__QUEUE_FULL, RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED,
      RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE, RD_KAFKA_RESP_ERR_GROUP_MAX_SIZE_REACHED}},
    {Code::kPermissionDenied,
     false,
     "give this user the right, or use another user",
     {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
      RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
      RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_AUTH_DISABLED,
      RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_OWNER_MISMATCH, RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_REQUEST_NOT_ALLOWED,
      RD_KAFKA_RESP_ERR_SECURITY_DISABLED, RD_KAFKA_RESP_ERR_POLICY_VIOLATION,
      RD_KAFKA_RESP_ERR_TOPIC_DELETION_DISABLED, RD_KAFKA_RESP_ERR__READ_ONLY}},
    {Code::kUnauthenticated,
     false,
     "check the user name, the password and the mechanism (sasl.* properties)",
     {RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED,
      RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE,
      RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_EXPIRED, RD_KAFKA_RESP_ERR_PRINCIPAL_DESERIALIZATION_FAILURE}},
    {Code::kAborted,
     false,
     "the group has changed: the partition's owner goes on from the last commit",
     {RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
      RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID,
      RD_KAFKA_RESP_ERR_MEMBER_ID_REQUIRED, RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST, RD_KAFKA_RESP_ERR__FENCED,
      RD_KAFKA_RESP_ERR__OUTDATED}},
    {Code::kAborted,
     false,
     "the worker that serves the consumer stood still for longer than stall_limit",
     {RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED}},
    {Code::kAborted,
     false,
     "the idempotent producer cannot go on with this identity; it takes a new one",
     {RD_KAFKA_RESP_ERR__FATAL, RD_KAFKA_RESP_ERR__INCONSISTENT, RD_KAFKA_RESP_ERR__GAPLESS_GUARANTEE,
      RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER,
      RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING,
      RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID, RD_KAFKA_RESP_ERR_PRODUCER_FENCED,
      RD_KAFKA_RESP_ERR_TRANSACTION_COORDINATOR_FENCED, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS}},
    {Code::kFailedPrecondition,
     false,
     "stop the members of the group first",
     {RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP, RD_KAFKA_RESP_ERR_GROUP_SUBSCRIBED_TO_TOPIC}},
    {Code::kFailedPrecondition,
     false,
     "not possible in this state",
     {RD_KAFKA_RESP_ERR__STATE, RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS, RD_KAFKA_RESP_ERR__IN_PROGRESS,
      RD_KAFKA_RESP_ERR__EXISTING_SUBSCRIPTION, RD_KAFKA_RESP_ERR_INVALID_TXN_STATE, RD_KAFKA_RESP_ERR__APPLICATION}},
    {Code::kOutOfRange,
     false,
     "the broker does not have these records (any more)",
     {RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, RD_KAFKA_RESP_ERR__PARTITION_EOF}},
    {Code::kDataLoss,
     false,
     "what was sent or stored cannot be read: look for damage on the broker's disk",
     {RD_KAFKA_RESP_ERR__BAD_MSG, RD_KAFKA_RESP_ERR__BAD_COMPRESSION, RD_KAFKA_RESP_ERR__UNDERFLOW,
      RD_KAFKA_RESP_ERR__PARTIAL}},
    {Code::kUnimplemented,
     false,
     "the broker does not know this call or feature",
     {RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION,
      RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT, RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE,
      RD_KAFKA_RESP_ERR_FEATURE_UPDATE_FAILED}},
    {Code::kUnknown, false, "look into the broker's log", {RD_KAFKA_RESP_ERR_UNKNOWN}},
};

// What has no row is a state of the library that this one never brings about.
constexpr Meaning kOther{Code::kInternal, false, "report this as a bug", {}};

const Meaning& meaning_of(rd_kafka_resp_err_t error) {
  const auto found = std::ranges::find_if(kMeanings, [&](const Meaning& meaning) {
    return std::ranges::find(meaning.errors, error) != meaning.errors.end();
  });
  return found == std::end(kMeanings) ? kOther : *found;
}

}  // namespace

Error to_error(int code, std::string_view what, std::string_view reason) {
  const auto error = static_cast<rd_kafka_resp_err_t>(code);
  const Meaning& meaning = meaning_of(error);
  if (reason.empty()) reason = rd_kafka_err2str(error);
  return with_retry(Error::make(meaning.code, "{}: {}; {}", what, reason, meaning.advice)
                        .with_detail("kafka_error", rd_kafka_err2name(error)),
                    meaning.retry);
}

Error to_error(const ErrorPtr& error, std::string_view what) {
  return to_error(rd_kafka_error_code(error.get()), what, rd_kafka_error_string(error.get()));
}

Error with_retry(Error error, bool retry) { return std::move(error).with_detail("retry", retry ? "yes" : "no"); }

}  // namespace skerry::kafka::internal
