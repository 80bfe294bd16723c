// SPDX-License-Identifier: Apache-2.0
//
// The code generator that protoc drives. For X.proto it writes X.skerry.h and X.skerry.cc, which belong beside the
// X.pb.h and X.pb.cc of --cpp_out.
#pragma once

#include <google/protobuf/compiler/code_generator.h>

#include <string>

namespace skerry::protoc_gen {

class Generator final : public google::protobuf::compiler::CodeGenerator {
 public:
  /// Fails with a message in `error` for an unknown parameter and for a file whose generated names would clash.
  bool Generate(const google::protobuf::FileDescriptor* file, const std::string& parameter,
                google::protobuf::compiler::GeneratorContext* context, std::string* error) const override;

  std::uint64_t GetSupportedFeatures() const override { return FEATURE_PROTO3_OPTIONAL; }
};

}  // namespace skerry::protoc_gen
