// SPDX-License-Identifier: Apache-2.0
//
// The C++ signature of a method, one shape for each of the four kinds:
//
//   unary            Task<R> M(Q request)
//   server stream    Task<> M(Q request, Sender<R> responses)
//   client stream    Task<R> M(Receiver<Q> requests)
//   bidirectional    Task<> M(Receiver<Q> requests, Sender<R> responses)
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>
#include <vector>

namespace skerry::protoc_gen {

struct Parameter {
  std::string type;
  std::string_view name;
};

struct Signature {
  /// "::skerry::Task<::shop::v1::UserResponse>" or "::skerry::Task<>".
  std::string return_type;
  /// The message in the return type, or empty where the responses are a stream.
  std::string response;
  std::vector<Parameter> parameters;
  /// The enumerator of skerry::grpc::MethodKind, and the function of skerry/grpc/stub.h that makes the call.
  std::string_view kind;
  std::string_view stub;
};

Signature signature(const google::protobuf::MethodDescriptor& method);

/// "::a::Q request, ::skerry::grpc::Sender<::a::R> responses".
std::string parameter_list(const Signature& signature);
/// The same without names, for a body that uses none.
std::string parameter_types(const Signature& signature);
/// ", std::move(request), std::move(responses)".
std::string moved_arguments(const Signature& signature);

/// The comments on an element of a .proto file (before it and behind it) as lines "/// ..." with this indent.
/// Falls back to `otherwise` when there is none.
std::string doc_comment(const google::protobuf::SourceLocation* location, std::string_view indent,
                        std::string_view otherwise);

}  // namespace skerry::protoc_gen
