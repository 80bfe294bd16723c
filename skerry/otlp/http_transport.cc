// SPDX-License-Identifier: Apache-2.0
#include "skerry/otlp/http_transport.h"

#include <google/protobuf/message.h>

#include "skerry/http/client.h"
#include "skerry/http/http_error.h"

namespace skerry::otlp {
namespace {

constexpr std::string_view kProtobufType = "application/x-protobuf";

// The statuses after which a request may be sent again, by OTLP's specification; of the others none is retryable, so
// their codes must not be either.
Error error_of(const http::Response& response) {
  Error error = http::http_error(response.status, "the collector answered {}", response.status);
  switch (response.status) {
    case 429:
      error = Error::resource_exhausted("the collector answered 429");
      break;
    case 502:
    case 503:
    case 504:
      error = Error::unavailable("the collector answered {}", response.status);
      break;
    default:
      return Error::invalid_argument("{}", error.message());
  }
  const std::string_view after = response.headers.get("retry-after").value_or("0");
  return std::move(error).with_detail(std::string(kRetryAfter), std::string(after));
}

class HttpTransport final : public Transport {
 public:
  explicit HttpTransport(Endpoint endpoint) : endpoint_(std::move(endpoint)) {}

  Task<SendOutcome> send_traces(std::shared_ptr<const TraceRequest> request) override {
    opentelemetry::proto::collector::trace::v1::ExportTraceServiceResponse response;
    co_await post("/v1/traces", request->SerializeAsString(), &response);
    co_return SendOutcome{response.partial_success().rejected_spans(), response.partial_success().error_message()};
  }
  Task<SendOutcome> send_metrics(std::shared_ptr<const MetricsRequest> request) override {
    opentelemetry::proto::collector::metrics::v1::ExportMetricsServiceResponse response;
    co_await post("/v1/metrics", request->SerializeAsString(), &response);
    co_return SendOutcome{response.partial_success().rejected_data_points(),
                          response.partial_success().error_message()};
  }
  Task<SendOutcome> send_logs(std::shared_ptr<const LogsRequest> request) override {
    opentelemetry::proto::collector::logs::v1::ExportLogsServiceResponse response;
    co_await post("/v1/logs", request->SerializeAsString(), &response);
    co_return SendOutcome{response.partial_success().rejected_log_records(),
                          response.partial_success().error_message()};
  }

 private:
  // `answer` is in the frame that awaits.
  Task<> post(std::string path, std::string body, google::protobuf::Message* answer) {
    http::Request request;
    request.method = "POST";
    request.target = endpoint_.base_path + path;
    request.authority = endpoint_.authority;
    co_await request.headers.add("content-type", kProtobufType);
    request.body = http::Body(std::move(body));
    http::Response response = co_await client_.send(std::move(request));
    const std::string bytes = co_await response.body.read_all(kMaxResponseBytes);
    if (response.status != 200) co_await error_of(response);
    // Some collectors answer success in JSON or not at all; what cannot be read says nothing of a partial success.
    const std::string_view type = response.headers.get("content-type").value_or("");
    if (type.starts_with(kProtobufType)) (void)answer->ParseFromString(bytes);
  }

  const Endpoint endpoint_;
  http::Client client_;
};

}  // namespace

std::unique_ptr<Transport> make_http_transport(Endpoint endpoint) {
  return std::make_unique<HttpTransport>(std::move(endpoint));
}

}  // namespace skerry::otlp
