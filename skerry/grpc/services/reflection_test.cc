// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/services/reflection.h"

#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include "grpc/reflection/v1/reflection.skerry.h"
#include "grpc/reflection/v1alpha/reflection.skerry.h"

#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/grpc/open.h"
#include "skerry/grpc/services/health.h"

namespace skerry::grpc {
namespace {

namespace v1 = ::grpc::reflection::v1;
namespace v1alpha = ::grpc::reflection::v1alpha;

/// Asks a server with health and reflection these questions on one stream.
template <class Service, class Request, class Response>
std::vector<Response> reflect(std::vector<Request> questions) {
  std::vector<Response> answers;
  Server server;
  server.add(health_definition(std::make_shared<HealthStatuses>()));
  add_reflection(server);
  auto client = server.local_client<Service>();
  Runtime runtime({.workers = 1});
  const Result<> outcome = runtime.run([&]() -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      auto stream = open(scope, *client, &Service::ServerReflectionInfo);
      for (const Request& question : questions) {
        co_await stream.requests.send(question);
        std::optional<Response> answer = co_await stream.responses.receive();
        if (answer) answers.push_back(std::move(*answer));
      }
      stream.requests.close();
      std::optional<Response> end = co_await stream.responses.receive();
      EXPECT_FALSE(end.has_value());
    });
  });
  EXPECT_TRUE(outcome) << outcome.error().to_string();
  EXPECT_EQ(answers.size(), questions.size());
  answers.resize(questions.size());
  return answers;
}

std::vector<v1::ServerReflectionResponse> reflect_v1(std::vector<v1::ServerReflectionRequest> questions) {
  return reflect<v1::ServerReflection, v1::ServerReflectionRequest, v1::ServerReflectionResponse>(std::move(questions));
}

v1::ServerReflectionRequest symbol_question(std::string symbol) {
  v1::ServerReflectionRequest request;
  request.set_file_containing_symbol(std::move(symbol));
  return request;
}

std::vector<std::string> file_names(const v1::ServerReflectionResponse& response) {
  std::vector<std::string> names;
  for (const std::string& bytes : response.file_descriptor_response().file_descriptor_proto()) {
    google::protobuf::FileDescriptorProto file;
    EXPECT_TRUE(file.ParseFromString(bytes));
    names.push_back(file.name());
  }
  return names;
}

TEST(GrpcReflection, lists_the_services_of_the_server_in_both_versions) {
  v1::ServerReflectionRequest request;
  request.set_list_services("*");
  const auto answer = reflect_v1({request})[0];
  std::vector<std::string> names;
  for (const auto& service : answer.list_services_response().service()) names.push_back(service.name());
  EXPECT_EQ(names, (std::vector<std::string>{"grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                                             "grpc.reflection.v1alpha.ServerReflection"}));
  v1alpha::ServerReflectionRequest old;
  old.set_list_services("");
  const auto old_answers =
      reflect<v1alpha::ServerReflection, v1alpha::ServerReflectionRequest, v1alpha::ServerReflectionResponse>({old});
  EXPECT_EQ(old_answers[0].list_services_response().service_size(), 3);
}

TEST(GrpcReflection, gives_the_file_of_a_service_a_method_and_a_message) {
  for (const auto* symbol :
       {"grpc.health.v1.Health", "grpc.health.v1.Health.Check", "grpc.health.v1.HealthCheckRequest"}) {
    const auto names = file_names(reflect_v1({symbol_question(symbol)})[0]);
    ASSERT_EQ(names.size(), 1U) << symbol;
    EXPECT_NE(names[0].find("health.proto"), std::string::npos);
  }
}

TEST(GrpcReflection, gives_a_file_by_the_name_that_it_gave_before) {
  const auto name = file_names(reflect_v1({symbol_question("grpc.health.v1.Health")})[0]).at(0);
  v1::ServerReflectionRequest by_name;
  by_name.set_file_by_filename(name);
  EXPECT_EQ(file_names(reflect_v1({by_name})[0]), std::vector<std::string>{name});
}

TEST(GrpcReflection, unknown_names_are_errors_in_the_answer_and_the_stream_goes_on) {
  v1::ServerReflectionRequest file;
  file.set_file_by_filename("no_such_file.proto");
  const auto answers = reflect_v1({symbol_question("no.such.Symbol"), file, v1::ServerReflectionRequest(),
                                   symbol_question("grpc.health.v1.Health")});
  EXPECT_EQ(answers[0].error_response().error_code(), 5);
  EXPECT_EQ(answers[1].error_response().error_code(), 5);
  EXPECT_EQ(answers[2].error_response().error_code(), 3);
  EXPECT_EQ(answers[0].original_request().file_containing_symbol(), "no.such.Symbol");
  EXPECT_FALSE(file_names(answers[3]).empty());
}

TEST(GrpcReflection, extensions_of_a_type_are_found) {
  v1::ServerReflectionRequest all;
  all.set_all_extension_numbers_of_type("grpc.health.v1.HealthCheckRequest");
  v1::ServerReflectionRequest none;
  none.mutable_file_containing_extension()->set_containing_type("grpc.health.v1.HealthCheckRequest");
  none.mutable_file_containing_extension()->set_extension_number(1000);
  const auto answers = reflect_v1({all, none});
  EXPECT_EQ(answers[0].all_extension_numbers_response().base_type_name(), "grpc.health.v1.HealthCheckRequest");
  EXPECT_EQ(answers[0].all_extension_numbers_response().extension_number_size(), 0);
  EXPECT_EQ(answers[1].error_response().error_code(), 5);
}

}  // namespace
}  // namespace skerry::grpc
