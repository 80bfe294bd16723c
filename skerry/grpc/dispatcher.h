// SPDX-License-Identifier: Apache-2.0
//
// Dispatcher: the services of a process and what surrounds each of their calls: interceptors, the boundary where a
// panic becomes INTERNAL, and the context that `grpc::call()` finds. It knows no network: the server (server.h) and the
// channel for calls within the process (local.h) both go through it, which is why a call is the same either way.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "skerry/grpc/call.h"
#include "skerry/grpc/call_record.h"
#include "skerry/grpc/definition.h"
#include "skerry/grpc/service.h"

namespace skerry::grpc {

class ServerInterceptor;

/// The rest of a call's way to its method. `co_await next()` goes it, once; its failure is the call's.
class ServerNext {
 public:
  ServerNext(std::span<const std::shared_ptr<ServerInterceptor>> rest, ServerCall& call, Task<>& method)
      : rest_(rest), call_(&call), method_(&method) {}
  Task<> operator()();

 private:
  std::span<const std::shared_ptr<ServerInterceptor>> rest_;
  ServerCall* call_;
  Task<>* method_;
};

/// Runs around every call, local or remote, in the order of registration. It may look at the metadata, refuse the call
/// by failing instead of calling `next`, and map the failure of `next`.
class ServerInterceptor {
 public:
  virtual ~ServerInterceptor() = default;
  virtual Task<> intercept(ServerCall& call, ServerNext next) = 0;
};

class Dispatcher {
 public:
  Dispatcher() = default;
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  /// Adds a service before the first call. Precondition: no service of that name is there.
  void add(ServiceDefinition definition);
  void add_interceptor(std::shared_ptr<ServerInterceptor> interceptor);

  struct Entry {
    const MethodDefinition* definition = nullptr;
    void* implementation = nullptr;
    MethodMetrics* metrics = nullptr;
  };
  /// The method of "/pkg.Service/Method", or an entry of nulls.
  Entry find(std::string_view path) const;
  /// What a call to a path fails with that find() does not know: UNIMPLEMENTED, saying whether the service is unknown
  /// or the method.
  Error unknown_method(std::string_view path) const;
  bool has_service(std::string_view full_name) const { return services_.contains(full_name); }
  /// The full names of all services, sorted.
  std::vector<std::string> service_names() const;

  /// Runs a call of a method that find() gave: `method` inside the interceptors, with `call` as what grpc::call()
  /// gives, in a span of its own. A panic is recorded and becomes INTERNAL; causes of errors are dropped, since they
  /// are not for the caller. Ends with the running task's cancellation like any task.
  Task<> run(Entry entry, std::shared_ptr<ServerCall> call, Task<> method) const;

 private:
  std::unordered_map<std::string_view, std::unique_ptr<ServiceDefinition>> services_;
  std::unordered_map<std::string_view, Entry> methods_;
  std::vector<std::unique_ptr<MethodMetrics>> metrics_;
  std::vector<std::shared_ptr<ServerInterceptor>> interceptors_;
};

}  // namespace skerry::grpc
