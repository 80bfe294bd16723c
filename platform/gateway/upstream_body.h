// SPDX-License-Identifier: Apache-2.0
//
// UpstreamBody: the body of a service's response on its way to the client. The server reads it as fast as the client
// takes it; when it goes, complete or not, the request at the service is over too.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "platform/gateway/request_pump.h"
#include "skerry/async/timeout.h"
#include "skerry/http/body.h"
#include "skerry/http/client.h"

namespace skerry::platform::gateway {

class UpstreamBody final : public http::BodyReader {
 public:
  struct Parts {
    /// Where the response comes from: the exchange while the request may still be sent, else what is left of it.
    std::shared_ptr<http::Exchange> exchange;
    std::optional<http::Body> rest;
    /// Null when the request was complete.
    std::shared_ptr<RequestPump> pump;
    /// The longest silence, after which `read` fails.
    std::optional<std::chrono::nanoseconds> max_silence;
    /// Goes last.
    std::shared_ptr<const void> keep;
  };

  explicit UpstreamBody(Parts parts) : keep_(std::move(parts.keep)), parts_(std::move(parts)) {}
  ~UpstreamBody() override {
    if (parts_.pump) parts_.pump->stop();
    if (parts_.exchange) parts_.exchange->cancel();
  }

  Task<std::optional<std::string>> read() override {
    Task<std::optional<std::string>> next = parts_.rest ? parts_.rest->read() : parts_.exchange->read();
    if (!parts_.max_silence) return next;
    return with_timeout(*parts_.max_silence, std::move(next));
  }

  http::Headers& trailers() override {
    http::Headers received = parts_.rest ? parts_.rest->take_trailers() : parts_.exchange->trailers();
    if (!received.empty()) trailers_ = std::move(received);
    return trailers_;
  }

 private:
  const std::shared_ptr<const void> keep_;
  Parts parts_;
  http::Headers trailers_;
};

/// The body of a response to HEAD, which has a size and no bytes.
class NoBody final : public http::BodyReader {
 public:
  Task<std::optional<std::string>> read() override { co_return std::nullopt; }
  http::Headers& trailers() override { return trailers_; }

 private:
  http::Headers trailers_;
};

}  // namespace skerry::platform::gateway
