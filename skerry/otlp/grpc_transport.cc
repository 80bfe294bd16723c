// SPDX-License-Identifier: Apache-2.0
#include "skerry/otlp/grpc_transport.h"

#include <opentelemetry/proto/collector/logs/v1/logs_service.skerry.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.skerry.h>
#include <opentelemetry/proto/collector/trace/v1/trace_service.skerry.h>

#include "skerry/grpc/client.h"

namespace skerry::otlp {
namespace {

using opentelemetry::proto::collector::logs::v1::LogsService;
using opentelemetry::proto::collector::metrics::v1::MetricsService;
using opentelemetry::proto::collector::trace::v1::TraceService;

class GrpcTransport final : public Transport {
 public:
  explicit GrpcTransport(std::string authority)
      : channel_(grpc::Channel::create(std::move(authority))),
        traces_(grpc::make_client<TraceService>(channel_)),
        metrics_(grpc::make_client<MetricsService>(channel_)),
        logs_(grpc::make_client<LogsService>(channel_)) {}

  Task<SendOutcome> send_traces(std::shared_ptr<const TraceRequest> request) override {
    const auto response = co_await traces_->Export(*request);
    co_return SendOutcome{response.partial_success().rejected_spans(), response.partial_success().error_message()};
  }
  Task<SendOutcome> send_metrics(std::shared_ptr<const MetricsRequest> request) override {
    const auto response = co_await metrics_->Export(*request);
    co_return SendOutcome{response.partial_success().rejected_data_points(),
                          response.partial_success().error_message()};
  }
  Task<SendOutcome> send_logs(std::shared_ptr<const LogsRequest> request) override {
    const auto response = co_await logs_->Export(*request);
    co_return SendOutcome{response.partial_success().rejected_log_records(),
                          response.partial_success().error_message()};
  }

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<TraceService> traces_;
  const std::unique_ptr<MetricsService> metrics_;
  const std::unique_ptr<LogsService> logs_;
};

}  // namespace

std::unique_ptr<Transport> make_grpc_transport(std::string authority) {
  return std::make_unique<GrpcTransport>(std::move(authority));
}

}  // namespace skerry::otlp
