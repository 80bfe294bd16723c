// SPDX-License-Identifier: Apache-2.0
//
// Writes the two generated files of one .proto file: text in, text out.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>

namespace skerry::protoc_gen {

/// X.skerry.h: for each service the interface, the client and the traits.
std::string write_header(const google::protobuf::FileDescriptor& file);

/// X.skerry.cc: the method table, the default bodies, the client's calls and the definition for servers.
std::string write_source(const google::protobuf::FileDescriptor& file);

}  // namespace skerry::protoc_gen
