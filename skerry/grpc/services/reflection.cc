// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/services/reflection.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <set>

#include "grpc/reflection/v1/reflection.skerry.h"
#include "grpc/reflection/v1alpha/reflection.skerry.h"

namespace skerry::grpc {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;

const DescriptorPool& pool() { return *DescriptorPool::generated_pool(); }

// The file that declares a type, service, method or field of this name.
const FileDescriptor* find_symbol(const std::string& symbol) { return pool().FindFileContainingSymbol(symbol); }

const FileDescriptor* find_extension(const std::string& type, int number) {
  const auto* message = pool().FindMessageTypeByName(type);
  if (message == nullptr) return nullptr;
  const auto* extension = pool().FindExtensionByNumber(message, number);
  return extension != nullptr ? extension->file() : nullptr;
}

// Answers the requests of one stream, which gets each file once.
template <class Request, class Response>
class Reflector {
 public:
  explicit Reflector(const Dispatcher& dispatcher) : dispatcher_(dispatcher) {}

  Response answer(const Request& request) {
    Response response;
    response.set_valid_host(request.host());
    *response.mutable_original_request() = request;
    switch (request.message_request_case()) {
      case Request::kFileByFilename:
        add_file(pool().FindFileByName(request.file_by_filename()), request.file_by_filename(), response);
        break;
      case Request::kFileContainingSymbol:
        add_file(find_symbol(request.file_containing_symbol()), request.file_containing_symbol(), response);
        break;
      case Request::kFileContainingExtension: {
        const auto& wanted = request.file_containing_extension();
        add_file(find_extension(wanted.containing_type(), wanted.extension_number()), wanted.containing_type(),
                 response);
        break;
      }
      case Request::kAllExtensionNumbersOfType:
        add_extensions(request.all_extension_numbers_of_type(), response);
        break;
      case Request::kListServices:
        for (const std::string& name : dispatcher_.service_names()) {
          response.mutable_list_services_response()->add_service()->set_name(name);
        }
        break;
      default:
        refuse(Error::invalid_argument("a reflection request without a question"), response);
    }
    return response;
  }

 private:
  void refuse(const Error& error, Response& response) {
    response.mutable_error_response()->set_error_code(static_cast<int>(error.code()));
    response.mutable_error_response()->set_error_message(error.message());
  }

  void add_file(const FileDescriptor* file, const std::string& name, Response& response) {
    if (file == nullptr) return refuse(Error::not_found("unknown: {}", name), response);
    response.mutable_file_descriptor_response();
    add_with_imports(*file, /*asked_for=*/true, response);
  }

  void add_with_imports(const FileDescriptor& file, bool asked_for, Response& response) {
    const bool first_time = sent_.insert(file.name()).second;
    if (!first_time && !asked_for) return;
    google::protobuf::FileDescriptorProto proto;
    file.CopyTo(&proto);
    response.mutable_file_descriptor_response()->add_file_descriptor_proto(proto.SerializeAsString());
    for (int i = 0; i < file.dependency_count(); ++i) add_with_imports(*file.dependency(i), false, response);
  }

  void add_extensions(const std::string& type, Response& response) {
    const auto* message = pool().FindMessageTypeByName(type);
    if (message == nullptr) return refuse(Error::not_found("unknown: {}", type), response);
    std::vector<const google::protobuf::FieldDescriptor*> extensions;
    pool().FindAllExtensions(message, &extensions);
    response.mutable_all_extension_numbers_response()->set_base_type_name(type);
    for (const auto* extension : extensions) {
      response.mutable_all_extension_numbers_response()->add_extension_number(extension->number());
    }
  }

  const Dispatcher& dispatcher_;
  std::set<std::string> sent_;
};

template <class Base, class Request, class Response>
class ReflectionService final : public Base {
 public:
  explicit ReflectionService(std::weak_ptr<const Dispatcher> dispatcher) : dispatcher_(std::move(dispatcher)) {}

  Task<> ServerReflectionInfo(Receiver<Request> requests, Sender<Response> responses) override {
    // Weak, because the dispatcher owns this service; it lives while it serves a call.
    const auto dispatcher = dispatcher_.lock();
    if (!dispatcher) co_await Error::unavailable("the server is going away");
    Reflector<Request, Response> reflector(*dispatcher);
    while (true) {
      std::optional<Request> request = co_await requests.receive();
      if (!request) break;
      co_await responses.send(reflector.answer(*request));
    }
  }

 private:
  std::weak_ptr<const Dispatcher> dispatcher_;
};

template <class Base, class Request, class Response>
void add_version(Server& server) {
  server.serve<Base>(std::make_shared<ReflectionService<Base, Request, Response>>(server.dispatcher()));
}

}  // namespace

void add_reflection(Server& server) {
  namespace v1 = ::grpc::reflection::v1;
  namespace v1alpha = ::grpc::reflection::v1alpha;
  add_version<v1::ServerReflection, v1::ServerReflectionRequest, v1::ServerReflectionResponse>(server);
  add_version<v1alpha::ServerReflection, v1alpha::ServerReflectionRequest, v1alpha::ServerReflectionResponse>(server);
}

}  // namespace skerry::grpc
