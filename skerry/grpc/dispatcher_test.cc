// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/dispatcher.h"

#include <gtest/gtest.h>

#include "skerry/async/panic.h"
#include "skerry/async/runtime.h"
#include "skerry/grpc/local.h"
#include "skerry/grpc/testing/echo_service.h"

namespace skerry::grpc {
namespace {

using testing::EchoRequest;
using testing::EchoResponse;
using testing::EchoService;

EchoRequest request_with_text(std::string text) {
  EchoRequest request;
  request.set_text(std::move(text));
  return request;
}

void run_dispatcher_test(std::function<Task<>()> body) {
  Runtime runtime({.workers = 1});
  const Result<> outcome = runtime.run([&] { return body(); });
  EXPECT_TRUE(outcome) << outcome.error().to_string();
}

// Writes what it sees into a log that several interceptors share.
class LoggingInterceptor final : public ServerInterceptor {
 public:
  LoggingInterceptor(std::string name, std::vector<std::string>& log) : name_(std::move(name)), log_(log) {}
  Task<> intercept(ServerCall& call, ServerNext next) override {
    log_.push_back(name_ + " before " + std::string(call.method().name()));
    Result<> outcome = co_await next().result();
    log_.push_back(name_ + (outcome ? " after" : " failed"));
    co_await std::move(outcome);
  }

 private:
  std::string name_;
  std::vector<std::string>& log_;
};

// Refuses calls without a token, and turns NOT_FOUND into PERMISSION_DENIED.
class Guard final : public ServerInterceptor {
 public:
  Task<> intercept(ServerCall& call, ServerNext next) override {
    if (!call.metadata().find("token")) co_await Error::unauthenticated("no token");
    Result<> outcome = co_await next().result();
    if (!outcome && outcome.error().code() == Code::kNotFound) co_await Error::permission_denied("not yours");
    co_await std::move(outcome);
  }
};

class TokenSender final : public ClientInterceptor {
 public:
  Task<> intercept(ClientCall& call, ClientNext next) override {
    call.options.metadata.add("token", "secret");
    return next();
  }
};

TEST(GrpcDispatcher, finds_methods_by_path_and_says_what_is_unknown) {
  Dispatcher dispatcher;
  dispatcher.add(ServiceTraits<EchoService>::definition(std::make_shared<testing::EchoImplementation>()));
  EXPECT_NE(dispatcher.find("/skerry.testing.EchoService/Echo").definition, nullptr);
  EXPECT_EQ(dispatcher.find("/skerry.testing.EchoService/echo").definition, nullptr);
  EXPECT_TRUE(dispatcher.has_service("skerry.testing.EchoService"));
  EXPECT_EQ(dispatcher.service_names(), std::vector<std::string>{"skerry.testing.EchoService"});
  EXPECT_NE(dispatcher.unknown_method("/skerry.testing.EchoService/No").message().find("unknown method"),
            std::string::npos);
  EXPECT_NE(dispatcher.unknown_method("/other/No").message().find("unknown service"), std::string::npos);
  for (const auto* path : {"/skerry.testing.EchoService/No", "/other/No", "", "/"}) {
    EXPECT_EQ(dispatcher.unknown_method(path).code(), Code::kUnimplemented);
  }
}

TEST(GrpcDispatcher, interceptors_surround_each_other_in_the_order_of_registration) {
  std::vector<std::string> log;
  auto dispatcher = std::make_shared<Dispatcher>();
  dispatcher->add(ServiceTraits<EchoService>::definition(std::make_shared<testing::EchoImplementation>()));
  dispatcher->add_interceptor(std::make_shared<LoggingInterceptor>("outer", log));
  dispatcher->add_interceptor(std::make_shared<LoggingInterceptor>("inner", log));
  run_dispatcher_test([&]() -> Task<> {
    auto client = ServiceTraits<EchoService>::make_client(local_channel(dispatcher));
    co_await client->Echo(request_with_text("m"));
    EchoRequest failing = request_with_text("m");
    failing.set_fail_code(3);
    (void)co_await client->Echo(failing).result();
  });
  EXPECT_EQ(log, (std::vector<std::string>{"outer before Echo", "inner before Echo", "inner after", "outer after",
                                           "outer before Echo", "inner before Echo", "inner failed", "outer failed"}));
}

TEST(GrpcDispatcher, interceptor_refuses_calls_and_maps_errors) {
  auto dispatcher = std::make_shared<Dispatcher>();
  auto implementation = std::make_shared<testing::EchoImplementation>();
  dispatcher->add(ServiceTraits<EchoService>::definition(implementation));
  dispatcher->add_interceptor(std::make_shared<Guard>());
  run_dispatcher_test([&]() -> Task<> {
    auto stranger = ServiceTraits<EchoService>::make_client(local_channel(dispatcher));
    Result<EchoResponse> refused = co_await stranger->Echo(request_with_text("m")).result();
    EXPECT_FALSE(refused);
    if (!refused) EXPECT_EQ(refused.error().code(), Code::kUnauthenticated);
    EXPECT_EQ(implementation->started(), 0);

    auto friendly =
        ServiceTraits<EchoService>::make_client(local_channel(dispatcher, {std::make_shared<TokenSender>()}));
    EchoResponse response = co_await friendly->Echo(request_with_text("hello"));
    EXPECT_EQ(response.text(), "hello");
    EchoRequest missing = request_with_text("m");
    missing.set_fail_code(5);
    Result<EchoResponse> mapped = co_await friendly->Echo(missing).result();
    EXPECT_FALSE(mapped);
    if (!mapped) EXPECT_EQ(mapped.error().code(), Code::kPermissionDenied);
  });
}

// Calls itself once more, to see which call each level finds.
class Nested final : public EchoService {
 public:
  std::shared_ptr<EchoService> self;
  std::vector<std::string> seen;

  Task<EchoResponse> Echo(EchoRequest request) override {
    const auto value = grpc::call().metadata().find("level");
    seen.emplace_back(value.value_or("none"));
    if (request.text() == "outer") co_await self->Echo(request_with_text("inner"));
    const auto again = grpc::call().metadata().find("level");
    seen.emplace_back(again.value_or("none"));
    co_return EchoResponse();
  }
};

TEST(GrpcDispatcher, metadata_reaches_the_call_it_was_given_for_and_no_further) {
  auto nested = std::make_shared<Nested>();
  nested->self = local_client<EchoService>(std::shared_ptr<EchoService>(nested, nested.get()));
  run_dispatcher_test([&]() -> Task<> {
    auto client = local_client<EchoService>(std::shared_ptr<EchoService>(nested));
    co_await with_metadata({{"level", "one"}}, client->Echo(request_with_text("outer")));
  });
  EXPECT_EQ(nested->seen, (std::vector<std::string>{"one", "none", "none", "one"}));
  nested->self.reset();
}

TEST(GrpcDispatcher, call_outside_of_a_call_is_a_panic) {
  EXPECT_EQ(find_call(), nullptr);
  EXPECT_THROW(call(), Panic);
}

TEST(GrpcDispatcher, header_after_the_first_message_and_reserved_names_are_refused) {
  class Probe final : public ServerCall {
   public:
    Probe() : ServerCall(Method{"/a/b"}) {}
    std::string_view peer() const override { return "probe"; }

   private:
    Metadata received_metadata() const override { return {}; }
  };
  Probe probe;
  EXPECT_TRUE(probe.add_header("a", "1"));
  EXPECT_EQ(probe.add_header("grpc-status", "0").error().code(), Code::kInvalidArgument);
  EXPECT_EQ(probe.add_trailer("bad key", "0").error().code(), Code::kInvalidArgument);
  probe.headers_are_sent();
  EXPECT_EQ(probe.add_header("b", "2").error().code(), Code::kFailedPrecondition);
  EXPECT_TRUE(probe.add_trailer("c", "3"));
  EXPECT_EQ(probe.headers(), (Metadata{{"a", "1"}}));
}

}  // namespace
}  // namespace skerry::grpc
