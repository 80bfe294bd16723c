// SPDX-License-Identifier: Apache-2.0
//
// Uses the classes that are generated from testdata/, so that they are known to compile and to have the shapes that are
// documented.
#include <gtest/gtest.h>

#include <type_traits>

#include "all_kinds.skerry.h"
#include "keywords.skerry.h"
#include "no_package.skerry.h"

#include "skerry/async/runtime.h"
#include "skerry/grpc/local.h"

namespace skerry::testing {
namespace {

using google::protobuf::Empty;
using v1::EchoService;
using v1::Outer;
using v1::Outer_Inner;

static_assert(std::is_same_v<decltype(&EchoService::Unary), Task<Outer_Inner> (EchoService::*)(Outer)>);
static_assert(
    std::is_same_v<decltype(&EchoService::ServerStream), Task<> (EchoService::*)(Outer_Inner, grpc::Sender<Outer>)>);
static_assert(
    std::is_same_v<decltype(&EchoService::ClientStream), Task<Empty> (EchoService::*)(grpc::Receiver<shared::Shared>)>);
static_assert(std::is_same_v<decltype(&EchoService::Bidirectional),
                             Task<> (EchoService::*)(grpc::Receiver<Outer>, grpc::Sender<shared::Shared>)>);
static_assert(std::is_base_of_v<EchoService, grpc::ServiceTraits<EchoService>::Client>);
static_assert(grpc::Service<EchoService>);
static_assert(grpc::Service<::NoPackageService>);
static_assert(!grpc::Service<Outer>);
static_assert(std::is_same_v<decltype(&keywords::register_::delete_),
                             Task<keywords::class__int> (keywords::register_::*)(keywords::class_)>);

class OnlyUnary final : public EchoService {
  Task<Outer_Inner> Unary(Outer request) override { co_return std::move(*request.mutable_inner()); }
};

TEST(ProtocGenerated, traits_name_the_service_and_its_methods) {
  using Traits = grpc::ServiceTraits<EchoService>;
  EXPECT_EQ(Traits::kFullName, "skerry.testing.v1.EchoService");
  ASSERT_EQ(std::size(Traits::kMethods), 6U);
  EXPECT_EQ(Traits::kMethods[0].path, "/skerry.testing.v1.EchoService/Unary");
  EXPECT_EQ(Traits::kMethods[3].kind, grpc::MethodKind::kBidirectional);
  EXPECT_FALSE(Traits::kMethods[0].idempotent);
  EXPECT_TRUE(Traits::kMethods[4].idempotent);
}

TEST(ProtocGenerated, definition_has_every_method_with_its_types) {
  const auto definition = grpc::ServiceTraits<EchoService>::definition(std::make_shared<OnlyUnary>());
  ASSERT_EQ(definition.methods().size(), 6U);
  EXPECT_EQ(definition.full_name(), "skerry.testing.v1.EchoService");
  EXPECT_EQ(definition.methods()[0].response, &Outer_Inner::default_instance());
  EXPECT_NE(definition.methods()[0].serve_unary, nullptr);
  EXPECT_EQ(definition.methods()[1].serve_unary, nullptr);
  EXPECT_NE(definition.methods()[1].serve_stream, nullptr);
}

TEST(ProtocGenerated, method_names_that_are_keywords_keep_their_name_on_the_wire) {
  using Traits = grpc::ServiceTraits<keywords::register_>;
  EXPECT_EQ(Traits::kMethods[0].path, "/skerry.testing.keywords.register/delete");
}

TEST(ProtocGenerated, client_calls_what_is_overridden_and_the_rest_is_unimplemented) {
  Runtime runtime({.workers = 1});
  const Result<> outcome = runtime.run([]() -> Task<> {
    auto client = grpc::local_client<EchoService>(std::make_shared<OnlyUnary>());
    Outer request;
    request.mutable_inner()->set_text("hello");
    Outer_Inner response = co_await client->Unary(request);
    EXPECT_EQ(response.text(), "hello");
    Result<Outer> missing = co_await client->Read(Empty()).result();
    EXPECT_FALSE(missing);
    if (!missing) EXPECT_EQ(missing.error().code(), Code::kUnimplemented);
  });
  EXPECT_TRUE(outcome);
}

}  // namespace
}  // namespace skerry::testing
