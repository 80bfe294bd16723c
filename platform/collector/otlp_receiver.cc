// SPDX-License-Identifier: Apache-2.0
#include "platform/collector/otlp_receiver.h"

#include <opentelemetry/proto/collector/trace/v1/trace_service.skerry.h>

#include <algorithm>
#include <cctype>

#include "skerry/async/blocking.h"
#include "skerry/grpc/compression.h"
#include "skerry/http/http_error.h"

namespace skerry::platform::collector {
namespace {

namespace trace_v1 = opentelemetry::proto::collector::trace::v1;

/// What a client is told to wait that came too many.
constexpr std::string_view kRetryAfterSeconds = "1";

// The media type without its parameters, in lower case.
std::string media_type(const http::Headers& headers) {
  const std::string_view whole = headers.get("content-type").value_or("");
  std::string type(whole.substr(0, whole.find(';')));
  while (type.ends_with(' ')) type.pop_back();
  std::ranges::transform(type, type.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return type;
}

std::optional<OtlpEncoding> encoding_of(const http::Headers& headers) {
  const std::string type = media_type(headers);
  if (type == "application/x-protobuf") return OtlpEncoding::kProtobuf;
  if (type == "application/json") return OtlpEncoding::kJson;
  return std::nullopt;
}

http::Response otlp_answer(int status, OtlpEncoding encoding, std::string body) {
  http::Response response(status, http::Body(std::move(body)));
  const bool json = encoding == OtlpEncoding::kJson;
  // Neither the name nor the value can be refused.
  (void)response.headers.add("content-type", json ? "application/json" : "application/x-protobuf");
  return response;
}

http::Response otlp_failure(const Error& error, OtlpEncoding encoding) {
  return otlp_answer(http::status_of(error), encoding, encode_otlp_error(error, encoding));
}

Result<std::string> decoded_body(std::string body, std::string_view content_encoding) {
  if (content_encoding.empty() || content_encoding == "identity") return body;
  const std::optional<grpc::Compression> compression = grpc::compression_from_name(content_encoding);
  if (!compression) {
    return fail(http::http_error(415, "content-encoding '{}' is not supported; use gzip", content_encoding));
  }
  Result<std::string> plain = grpc::decompress(*compression, body, kMaxExportBytes);
  if (plain) return plain;
  if (plain.error().code() == Code::kResourceExhausted) {
    return fail(http::http_error(413, "the request is larger than {} bytes when decompressed", kMaxExportBytes));
  }
  return fail(Error::invalid_argument("the body is not {}", content_encoding));
}

// On the blocking pool: all that follows once the body is here.
Result<AppendOutcome> store_body(TraceStore& store, std::string body, std::string_view content_encoding,
                                 OtlpEncoding encoding) {
  Result<std::string> plain = decoded_body(std::move(body), content_encoding);
  if (!plain) return fail(std::move(plain));
  Result<OtlpTraceRequest> request = decode_trace_request(*plain, encoding);
  if (!request) return fail(std::move(request));
  return store.append(*request);
}

}  // namespace

// One of the places for requests in progress, where one was free.
class OtlpReceiver::Slot {
 public:
  explicit Slot(OtlpReceiver& receiver) : receiver_(receiver), taken_(receiver.slots_.try_acquire()) {
    if (!taken_) receiver.refused_.fetch_add(1, std::memory_order_relaxed);
  }
  ~Slot() {
    if (taken_) receiver_.slots_.release();
  }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  explicit operator bool() const { return taken_; }

 private:
  OtlpReceiver& receiver_;
  const bool taken_;
};

class OtlpReceiver::TraceReceiver final : public trace_v1::TraceService {
 public:
  explicit TraceReceiver(OtlpReceiver& receiver) : receiver_(receiver) {}

  Task<trace_v1::ExportTraceServiceResponse> Export(trace_v1::ExportTraceServiceRequest request) override {
    const Slot slot(receiver_);
    if (!slot) co_return Error::unavailable("the collector is busy");
    const AppendOutcome outcome =
        co_await blocking([&store = receiver_.store_, request = std::move(request)] { return store.append(request); });
    co_return trace_response(outcome);
  }

 private:
  OtlpReceiver& receiver_;
};

OtlpReceiver::OtlpReceiver(TraceStore& store, OtlpReceiverOptions options)
    : store_(store),
      slots_(options.max_exports_in_progress),
      grpc_(grpc::ServerOptions{.receive_message_bytes_max = kMaxExportBytes}) {
  grpc_.serve<trace_v1::TraceService>(std::make_shared<TraceReceiver>(*this));
}

Task<http::Response> OtlpReceiver::handle(http::Request request) {
  if (grpc_.accepts(request)) return grpc_.handle(std::move(request));
  return handle_http(std::move(request));
}

Task<http::Response> OtlpReceiver::handle_http(http::Request request) {
  if (request.path() != "/v1/traces") co_return http::not_found(request);
  if (request.method != "POST") co_return http::method_not_allowed(request, {"POST"});
  const std::optional<OtlpEncoding> encoding = encoding_of(request.headers);
  if (!encoding) {
    co_return http::error_response(
        http::http_error(415, "content-type must be application/x-protobuf or application/json"));
  }
  const Slot slot(*this);
  if (!slot) {
    http::Response busy = otlp_failure(Error::unavailable("the collector is busy"), *encoding);
    co_await busy.headers.add("retry-after", kRetryAfterSeconds);
    co_return std::move(busy);
  }
  co_return co_await receive(std::move(request), *encoding);
}

Task<http::Response> OtlpReceiver::receive(http::Request request, OtlpEncoding encoding) {
  Result<std::string> body = co_await request.body.read_all(kMaxExportBytes).result();
  if (!body) co_return otlp_failure(body.error(), encoding);
  std::string content_encoding(request.headers.get("content-encoding").value_or(""));
  const Result<AppendOutcome> outcome =
      co_await blocking([&store = store_, body = *std::move(body), content_encoding = std::move(content_encoding),
                         encoding]() mutable {
        return store_body(store, std::move(body), content_encoding, encoding);
      }).result();
  if (!outcome) co_return otlp_failure(outcome.error(), encoding);
  co_return otlp_answer(200, encoding, encode_trace_response(*outcome, encoding));
}

}  // namespace skerry::platform::collector
