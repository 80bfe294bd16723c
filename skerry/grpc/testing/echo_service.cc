// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/testing/echo_service.h"

#include "skerry/async/panic.h"
#include "skerry/async/sleep.h"
#include "skerry/grpc/call.h"
#include "skerry/telemetry/ambient.h"

namespace skerry::testing {
namespace {

// Does what the request asks for before it is answered.
Task<> obey(EchoRequest& request) {
  if (request.delay_ms() > 0) co_await sleep(std::chrono::milliseconds(request.delay_ms()));
  if (request.panic()) panic("the request asked for it");
  if (request.fail_code() != 0) {
    co_await Error(code_from_number(request.fail_code()), request.text())
        .with_detail("field", "text")
        .caused_by(Error::internal("a secret of the service"));
  }
}

EchoResponse response_of(std::string text, int number) {
  EchoResponse response;
  response.set_text(std::move(text));
  response.set_number(number);
  return response;
}

}  // namespace

class EchoImplementation::Count {
 public:
  explicit Count(EchoImplementation& echo) : echo_(echo) {
    ++echo_.started_;
    ++echo_.running_;
    if (!telemetry::current_baggage().empty()) {
      std::lock_guard lock(echo_.mutex_);
      echo_.last_baggage_ = telemetry::current_baggage().header();
    }
    const auto left = time_left();
    echo_.last_time_left_ = left ? left->count() : -1;
    if (auto header = grpc::call().metadata().find("x-echo")) {
      (void)grpc::call().add_header("x-echo", std::string(*header));
    }
    if (auto trailer = grpc::call().metadata().find("x-echo-trailer-bin")) {
      (void)grpc::call().add_trailer("x-echo-trailer-bin", std::string(*trailer));
    }
  }
  ~Count() { --echo_.running_; }
  Count(const Count&) = delete;
  Count& operator=(const Count&) = delete;

 private:
  EchoImplementation& echo_;
};

std::string EchoImplementation::last_baggage() const {
  std::lock_guard lock(mutex_);
  return last_baggage_;
}

Task<EchoResponse> EchoImplementation::Echo(EchoRequest request) {
  Count count(*this);
  co_await obey(request);
  co_return response_of(std::move(*request.mutable_text()), 0);
}

Task<> EchoImplementation::Expand(EchoRequest request, grpc::Sender<EchoResponse> responses) {
  Count count(*this);
  for (int i = 0; i < request.count(); ++i) co_await responses.send(response_of(request.text(), i));
  co_await obey(request);
}

Task<EchoResponse> EchoImplementation::Collect(grpc::Receiver<EchoRequest> requests) {
  Count count(*this);
  std::string text;
  int number = 0;
  while (true) {
    std::optional<EchoRequest> request = co_await requests.receive();
    if (!request) break;
    co_await obey(*request);
    text += request->text();
    ++number;
  }
  co_return response_of(std::move(text), number);
}

Task<> EchoImplementation::Chat(grpc::Receiver<EchoRequest> requests, grpc::Sender<EchoResponse> responses) {
  Count count(*this);
  int number = 0;
  while (true) {
    std::optional<EchoRequest> request = co_await requests.receive();
    if (!request) break;
    co_await obey(*request);
    co_await responses.send(response_of(request->text(), number++));
  }
}

}  // namespace skerry::testing
