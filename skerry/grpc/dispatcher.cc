// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/dispatcher.h"

#include <algorithm>

#include "skerry/async/panic.h"
#include "skerry/base/check.h"
#include "skerry/http/http_error.h"

namespace skerry::grpc {
namespace {

// Details that are about a connection of this process: passed on, they would speak of another one.
bool is_hop_detail(const Error::Detail& detail) {
  return detail.first == http::kRetryDetail || detail.first == http::kStatusDetail;
}

// What a caller may see of an error: not its cause, which is about the inside of the service.
Error visible_error(const Error& error) {
  if (error.cause() == nullptr && std::ranges::none_of(error.details(), is_hop_detail)) return error;
  Error visible(error.code(), error.message());
  for (const auto& detail : error.details()) {
    if (!is_hop_detail(detail)) visible = std::move(visible).with_detail(detail.first, detail.second);
  }
  return visible;
}

}  // namespace

Task<> ServerNext::operator()() {
  if (rest_.empty()) return std::move(*method_);
  return rest_.front()->intercept(*call_, ServerNext(rest_.subspan(1), *call_, *method_));
}

void Dispatcher::add(ServiceDefinition definition) {
  auto service = std::make_unique<ServiceDefinition>(std::move(definition));
  SKERRY_CHECK(!services_.contains(service->full_name()), "a service is added once");
  for (const MethodDefinition& method : service->methods()) {
    metrics_.push_back(std::make_unique<MethodMetrics>(method.method, CallSide::kServer));
    methods_.emplace(method.method.path, Entry{&method, service->implementation(), metrics_.back().get()});
  }
  const std::string_view name = service->full_name();
  services_.emplace(name, std::move(service));
}

void Dispatcher::add_interceptor(std::shared_ptr<ServerInterceptor> interceptor) {
  interceptors_.push_back(std::move(interceptor));
}

Dispatcher::Entry Dispatcher::find(std::string_view path) const {
  const auto found = methods_.find(path);
  return found != methods_.end() ? found->second : Entry{};
}

Error Dispatcher::unknown_method(std::string_view path) const {
  const auto parts = parse_method_path(path);
  if (!parts) return Error::unimplemented("malformed method name: \"{}\"", path);
  if (!has_service(parts->service)) return Error::unimplemented("unknown service {}", parts->service);
  return Error::unimplemented("unknown method {} of service {}", parts->method, parts->service);
}

std::vector<std::string> Dispatcher::service_names() const {
  std::vector<std::string> names;
  for (const auto& [name, service] : services_) names.emplace_back(name);
  std::ranges::sort(names);
  return names;
}

Task<> Dispatcher::run(Entry entry, std::shared_ptr<ServerCall> call, Task<> method) const {
  ServerCall& served = *call;
  skerry::internal::SlotsGuard slots(internal::slots_with_call(std::move(call)));
  std::optional<telemetry::BaggageGuard> baggage;
  if (!served.remote_baggage().empty()) {
    if (auto received = telemetry::Baggage::parse(served.remote_baggage())) baggage.emplace(std::move(*received));
  }
  // A call as JSON belongs to the span of its HTTP request, as a local one to its caller's.
  const bool is_inner = telemetry::current_span().valid();
  CallRecord record(*entry.metrics, {.kind = is_inner || served.is_local() ? telemetry::SpanKind::kInternal
                                                                           : telemetry::SpanKind::kServer,
                                     .parent = is_inner ? telemetry::SpanContext() : served.remote_span()});
  std::exception_ptr panic;
  Result<> result;
  try {
    result = co_await ServerNext(interceptors_, served, method)().result();
  } catch (...) {
    panic = std::current_exception();
  }
  if (panic) {
    record.record_panic(panic);
    result = fail(Error::internal("the service failed on this call"));
  }
  record.finish(result);
  if (!result) co_await visible_error(result.error());
}

}  // namespace skerry::grpc
