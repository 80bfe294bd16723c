// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/server_stream.h"

#include "skerry/grpc/message_stream.h"

namespace skerry::grpc {
namespace {

/// The two bodies of one call. The method and what it started may hold it longer than the call lasts.
class ServerStream final : public MessageStream {
 public:
  ServerStream(std::shared_ptr<HttpServerCall> call, http::Body body, http::BodyWriter writer, ServerOptions options)
      : MessageStream(options.receive_message_bytes_max, *call->info().encoding),
        call_(std::move(call)),
        body_(std::move(body)),
        writer_(std::move(writer)),
        options_(options) {
    // Each message is bounded, the stream is not.
    body_.lift_limits();
  }

  Task<> write_frame(std::string frame) override {
    if (over_) return internal::failed_send(Error::cancelled("the call is over"));
    send_head();
    return writer_.write(encode_frame(std::move(frame), compression_));
  }

  /// Ends the response with the call's outcome.
  void finish(const Result<>& outcome) {
    send_head();
    over_ = true;
    writer_.set_trailers(response_trailers(outcome, call_->trailers()));
  }

 private:
  Task<std::optional<std::string>> read_chunk() override {
    if (over_) co_await Error::cancelled("the call is over");
    std::optional<std::string> chunk = co_await body_.read();
    co_return std::move(chunk);
  }

  // The head goes out with the first message, so that the method can add to it until then.
  void send_head() {
    if (head_sent_) return;
    head_sent_ = true;
    compression_ = call_->accepted_compression(options_.compression);
    if (http::ResponseHead* head = writer_.head()) head->headers = response_headers(call_->headers(), compression_);
    call_->headers_are_sent();
  }

  std::shared_ptr<HttpServerCall> call_;
  http::Body body_;
  http::BodyWriter writer_;
  ServerOptions options_;
  Compression compression_ = Compression::kIdentity;
  bool head_sent_ = false;
  bool over_ = false;
};

Task<> serve(std::shared_ptr<const Dispatcher> dispatcher, Dispatcher::Entry entry,
             std::shared_ptr<HttpServerCall> call, std::shared_ptr<ServerStream> stream) {
  Task<> run = dispatcher->run(entry, call, entry.definition->serve_stream(entry.implementation, stream));
  const Result<> outcome = co_await within_timeout(call->info(), std::move(run)).result();
  stream->finish(outcome);
}

}  // namespace

http::Response stream_response(std::shared_ptr<const Dispatcher> dispatcher, Dispatcher::Entry entry,
                               std::shared_ptr<HttpServerCall> call, http::Body body, ServerOptions options) {
  http::Response response(200);
  response.headers = response_headers({}, Compression::kIdentity);
  response.defer_head = true;
  response.producer = [=, body = std::move(body)](http::BodyWriter writer) mutable {
    auto stream = std::make_shared<ServerStream>(call, std::move(body), std::move(writer), options);
    return serve(std::move(dispatcher), entry, std::move(call), std::move(stream));
  };
  return response;
}

}  // namespace skerry::grpc
