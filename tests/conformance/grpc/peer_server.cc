// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/grpc/peer_server.h"

#include <grpc/support/time.h>

#include <optional>
#include <stdexcept>

#include "skerry/grpc/status.h"

namespace skerry::testing {
namespace {

/// How often a waiting method of grpc++'s synchronous API looks whether its call was cancelled.
constexpr auto kLookInterval = std::chrono::milliseconds(2);

std::optional<std::string> metadata_value(const ::grpc::ServerContext& context, const char* key) {
  const auto found = context.client_metadata().find(key);
  if (found == context.client_metadata().end()) return std::nullopt;
  return std::string(found->second.data(), found->second.size());
}

void wait_until(std::chrono::steady_clock::time_point due, const ::grpc::ServerContext& context) {
  while (std::chrono::steady_clock::now() < due && !context.IsCancelled()) {
    gpr_sleep_until(
        gpr_time_add(gpr_now(GPR_CLOCK_REALTIME), gpr_time_from_millis(kLookInterval.count(), GPR_TIMESPAN)));
  }
}

}  // namespace

/// One call: the metadata that it echoes, and its counts.
class PeerEcho::Call {
 public:
  Call(PeerEcho& echo, ::grpc::ServerContext& context) : echo_(echo), context_(context) {
    ++echo_.running_;
    if (auto header = metadata_value(context, "x-echo")) context.AddInitialMetadata("x-echo", *header);
    if (auto trailer = metadata_value(context, "x-echo-trailer-bin")) {
      context.AddTrailingMetadata("x-echo-trailer-bin", *trailer);
    }
    if (metadata_value(context, "x-compress")) context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  }
  ~Call() {
    if (context_.IsCancelled()) ++echo_.cancelled_;
    --echo_.running_;
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

 private:
  PeerEcho& echo_;
  ::grpc::ServerContext& context_;
};

::grpc::Status PeerEcho::obey(::grpc::ServerContext* context, const EchoRequest& request) {
  if (request.delay_ms() > 0) {
    wait_until(std::chrono::steady_clock::now() + std::chrono::milliseconds(request.delay_ms()), *context);
  }
  if (request.fail_code() == 0) return ::grpc::Status::OK;
  const Error error = Error(code_from_number(request.fail_code()), request.text()).with_detail("field", "text");
  return ::grpc::Status(static_cast<::grpc::StatusCode>(request.fail_code()), request.text(),
                        grpc::encode_status_details(error));
}

::grpc::Status PeerEcho::Echo(::grpc::ServerContext* context, const EchoRequest* request, EchoResponse* response) {
  const Call call(*this, *context);
  response->set_text(request->text());
  return obey(context, *request);
}

::grpc::Status PeerEcho::Expand(::grpc::ServerContext* context, const EchoRequest* request,
                                ::grpc::ServerWriter<EchoResponse>* responses) {
  const Call call(*this, *context);
  for (int i = 0; i < request->count(); ++i) {
    EchoResponse response;
    response.set_text(request->text());
    response.set_number(i);
    if (!responses->Write(response)) break;
  }
  return obey(context, *request);
}

::grpc::Status PeerEcho::Collect(::grpc::ServerContext* context, ::grpc::ServerReader<EchoRequest>* requests,
                                 EchoResponse* response) {
  const Call call(*this, *context);
  EchoRequest request;
  int number = 0;
  while (requests->Read(&request)) {
    ++number;
    response->set_text(response->text() + request.text());
    if (::grpc::Status status = obey(context, request); !status.ok()) return status;
  }
  response->set_number(number);
  return ::grpc::Status::OK;
}

::grpc::Status PeerEcho::Chat(::grpc::ServerContext* context,
                              ::grpc::ServerReaderWriter<EchoResponse, EchoRequest>* stream) {
  const Call call(*this, *context);
  EchoRequest request;
  int number = 0;
  while (stream->Read(&request)) {
    if (::grpc::Status status = obey(context, request); !status.ok()) return status;
    EchoResponse response;
    response.set_text(request.text());
    response.set_number(number++);
    if (!stream->Write(response)) break;
  }
  return ::grpc::Status::OK;
}

PeerServer::PeerServer() {
  ::grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", ::grpc::InsecureServerCredentials(), &port_);
  builder.RegisterService(&echo_);
  server_ = builder.BuildAndStart();
  if (!server_) throw std::runtime_error("grpc++ does not listen");
}

PeerServer::~PeerServer() { stop(std::chrono::milliseconds(0)); }

void PeerServer::stop(std::chrono::milliseconds limit) {
  if (server_) server_->Shutdown(std::chrono::system_clock::now() + limit);
  server_.reset();
}

}  // namespace skerry::testing
