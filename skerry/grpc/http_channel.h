// SPDX-License-Identifier: Apache-2.0
//
// The channel over HTTP/2. Internal to this folder; Channel::create makes it.
#pragma once

#include <memory>
#include <string>

#include "skerry/grpc/call_record.h"
#include "skerry/grpc/client.h"
#include "skerry/http/client.h"

namespace skerry::grpc {

class HttpChannel final : public Channel {
 public:
  HttpChannel(std::string target, ChannelOptions options);

 private:
  Task<> transmit(ClientCall& call) override;
  /// One attempt, and with wait_for_ready as many as the deadline allows.
  Task<> attempt(ClientCall& call, const telemetry::SpanContext& span);
  Task<> attempt_until_ready(ClientCall& call, telemetry::SpanContext span);
  /// Methods with one request: its bytes go with the head.
  Task<> call_with_request(ClientCall& call, http::RequestHead head);
  /// Methods with a stream of requests.
  Task<> call_with_stream(ClientCall& call, http::RequestHead head);
  http::RequestHead request_head(const ClientCall& call, const telemetry::SpanContext& span) const;

  const std::string target_;
  const std::size_t receive_message_bytes_max_;
  const std::shared_ptr<http::Client> client_;
  ClientMetrics metrics_;
};

}  // namespace skerry::grpc
