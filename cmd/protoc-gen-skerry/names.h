// SPDX-License-Identifier: Apache-2.0
//
// The C++ names of what a .proto file declares. Messages are named by protobuf's own generator; services and methods
// here. A name that is a C++ keyword, or that the generated class could not have, gets an underscore.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>
#include <vector>

namespace skerry::protoc_gen {

/// The nested namespaces of the file's package, outermost first; empty for a file without a package.
std::vector<std::string> namespaces(const google::protobuf::FileDescriptor& file);

/// "::shop::v1::GetUserRequest": how a message is written from any namespace.
std::string message_type(const google::protobuf::Descriptor& message);

/// The interface's name, unqualified: the service's own.
std::string interface_name(const google::protobuf::ServiceDescriptor& service);
/// The client's name, unqualified: "UserServiceClient".
std::string client_name(const google::protobuf::ServiceDescriptor& service);
/// "::shop::v1::UserService".
std::string qualified_interface_name(const google::protobuf::ServiceDescriptor& service);
/// "::shop::v1::UserServiceClient".
std::string qualified_client_name(const google::protobuf::ServiceDescriptor& service);

/// The name of the member function.
std::string method_name(const google::protobuf::MethodDescriptor& method);

/// "shop/user" for "shop/user.proto".
std::string stem(const google::protobuf::FileDescriptor& file);

/// Says which generated class would have the name of another type of the file, or is empty.
std::string name_conflict(const google::protobuf::FileDescriptor& file);

}  // namespace skerry::protoc_gen
