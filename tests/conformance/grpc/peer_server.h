// SPDX-License-Identifier: Apache-2.0
//
// The test service on a server of grpc++, which does what the requests ask for as our own implementation does
// (skerry/grpc/testing/echo_service.h).
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "echo.grpc.pb.h"

namespace skerry::testing {

class PeerEcho final : public peer::EchoService::Service {
 public:
  ::grpc::Status Echo(::grpc::ServerContext* context, const EchoRequest* request, EchoResponse* response) override;
  ::grpc::Status Expand(::grpc::ServerContext* context, const EchoRequest* request,
                        ::grpc::ServerWriter<EchoResponse>* responses) override;
  ::grpc::Status Collect(::grpc::ServerContext* context, ::grpc::ServerReader<EchoRequest>* requests,
                         EchoResponse* response) override;
  ::grpc::Status Chat(::grpc::ServerContext* context,
                      ::grpc::ServerReaderWriter<EchoResponse, EchoRequest>* stream) override;

  int running() const { return running_.load(); }
  /// Calls that grpc++ saw cancelled, or past their deadline.
  int cancelled() const { return cancelled_.load(); }

 private:
  class Call;
  ::grpc::Status obey(::grpc::ServerContext* context, const EchoRequest& request);

  std::atomic<int> running_{0};
  std::atomic<int> cancelled_{0};
};

/// Listens on a free port of loopback until it goes.
class PeerServer {
 public:
  PeerServer();
  ~PeerServer();
  PeerServer(const PeerServer&) = delete;
  PeerServer& operator=(const PeerServer&) = delete;

  std::string target() const { return "127.0.0.1:" + std::to_string(port_); }
  const PeerEcho& echo() const { return echo_; }
  /// Stops as grpc++ does: a GOAWAY, then the calls under way, which are cancelled after `limit`.
  void stop(std::chrono::milliseconds limit);

 private:
  PeerEcho echo_;
  int port_ = 0;
  std::unique_ptr<::grpc::Server> server_;
};

}  // namespace skerry::testing
