// SPDX-License-Identifier: Apache-2.0
#include "cmd/protoc-gen-skerry/names.h"

#include <fmt/format.h>
#include <google/protobuf/compiler/cpp/names.h>
#include <google/protobuf/descriptor.pb.h>

#include <set>

namespace skerry::protoc_gen {
namespace {

namespace cpp = google::protobuf::compiler::cpp;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

// The type of an empty message `name` in `package`, as protobuf's own generator writes it. This is how its treatment of
// keywords is known: it has no public function for that, and namespaces must agree with those in X.pb.h.
std::string generated_type(const std::string& package, const std::string& name) {
  google::protobuf::FileDescriptorProto file;
  file.set_name("names.proto");
  file.set_package(package);
  file.add_message_type()->set_name(name);
  google::protobuf::DescriptorPool pool;
  return cpp::QualifiedClassName(pool.BuildFile(file)->message_type(0));
}

// The name, or with an underscore when it is a keyword.
std::string identifier(const std::string& name) { return generated_type("", name).substr(2); }

std::string qualified(const FileDescriptor& file, const std::string& name) {
  std::string out;
  for (const std::string& part : namespaces(file)) out += "::" + part;
  return out + "::" + name;
}

}  // namespace

std::vector<std::string> namespaces(const FileDescriptor& file) {
  std::vector<std::string> parts;
  if (file.package().empty()) return parts;
  const std::string type = generated_type(file.package(), "M");
  for (std::size_t begin = 2, end = 0; (end = type.find("::", begin)) != std::string::npos; begin = end + 2) {
    parts.push_back(type.substr(begin, end - begin));
  }
  return parts;
}

std::string message_type(const google::protobuf::Descriptor& message) { return cpp::QualifiedClassName(&message); }

std::string interface_name(const ServiceDescriptor& service) { return identifier(service.name()); }

std::string client_name(const ServiceDescriptor& service) { return service.name() + "Client"; }

std::string qualified_interface_name(const ServiceDescriptor& service) {
  return qualified(*service.file(), interface_name(service));
}

std::string qualified_client_name(const ServiceDescriptor& service) {
  return qualified(*service.file(), client_name(service));
}

std::string method_name(const MethodDescriptor& method) {
  // A member named like its class would be a constructor, and the client has one member of its own.
  const std::string name = identifier(method.name());
  const ServiceDescriptor& service = *method.service();
  const bool taken = name == interface_name(service) || name == client_name(service) || name == "channel_";
  return taken ? name + "_" : name;
}

std::string stem(const FileDescriptor& file) { return cpp::StripProto(file.name()); }

std::string name_conflict(const FileDescriptor& file) {
  std::set<std::string> taken;
  for (int i = 0; i < file.message_type_count(); ++i) taken.insert(cpp::ClassName(file.message_type(i)));
  for (int i = 0; i < file.enum_type_count(); ++i) taken.insert(cpp::ClassName(file.enum_type(i)));
  for (int i = 0; i < file.service_count(); ++i) taken.insert(interface_name(*file.service(i)));
  for (int i = 0; i < file.service_count(); ++i) {
    const ServiceDescriptor& service = *file.service(i);
    if (taken.contains(client_name(service))) {
      return fmt::format("{}: the client of service {} would be called {}, which is the name of another type",
                         file.name(), service.name(), client_name(service));
    }
  }
  return {};
}

}  // namespace skerry::protoc_gen
