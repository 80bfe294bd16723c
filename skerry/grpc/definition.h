// SPDX-License-Identifier: Apache-2.0
//
// ServiceDefinition: an implementation of a service with a table of its methods, each as functions that do not know its
// types. It connects typed methods with the dispatcher; generated code makes it:
//
//   ServiceDefinition definition = ServiceTraits<UserService>::definition(std::make_shared<Users>());
#pragma once

#include <google/protobuf/message.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "skerry/grpc/message_stream.h"
#include "skerry/grpc/method.h"
#include "skerry/grpc/stream.h"

namespace skerry::grpc {

/// The arguments of a method as pointers to objects of exactly its types: Q, R, Receiver<Q> and Sender<R>. Those that
/// the method's kind does not have are null. The objects outlive the call; the ends are moved from.
struct MethodArguments {
  google::protobuf::Message* request = nullptr;
  google::protobuf::Message* response = nullptr;
  void* requests = nullptr;
  void* responses = nullptr;
};

struct MethodDefinition {
  Method method;
  /// The messages' types, as their default instances.
  const google::protobuf::Message* request = nullptr;
  const google::protobuf::Message* response = nullptr;

  /// Calls the method with typed arguments.
  Task<> (*call)(void* service, MethodArguments arguments) = nullptr;
  /// Unary methods: parses the request (INTERNAL when that fails), calls the method and gives the reply as a frame that
  /// is not compressed. The views and references must outlive the task.
  Task<> (*serve_unary)(void* service, std::string_view request, std::string& reply_frame) = nullptr;
  /// All other kinds: calls the method with ends on the stream, which must outlive the task and what the method has
  /// started with them.
  Task<> (*serve_stream)(void* service, std::shared_ptr<MessageStream> stream) = nullptr;
};

namespace internal {

template <class>
struct MethodShape;

template <class S, class Q, class R>
struct MethodShape<Task<R> (S::*)(Q)> {
  using Service = S;
  using Request = Q;
  using Response = R;
  template <auto kMethod>
  static Task<> call(void* service, MethodArguments arguments) {
    Q& request = static_cast<Q&>(*arguments.request);
    static_cast<R&>(*arguments.response) = co_await (static_cast<S*>(service)->*kMethod)(std::move(request));
  }
  template <auto kMethod>
  static Task<> serve_unary(void* service, std::string_view bytes, std::string& reply_frame) {
    Q request;
    if (!parse_message(request, bytes)) co_await unreadable_message(request);
    R response = co_await (static_cast<S*>(service)->*kMethod)(std::move(request));
    co_await append_message_frame(reply_frame, response);
  }
  template <auto kMethod>
  static void define(MethodDefinition& definition) {
    definition.serve_unary = serve_unary<kMethod>;
  }
};

template <class S, class Q, class R>
struct MethodShape<Task<> (S::*)(Q, Sender<R>)> {
  using Service = S;
  using Request = Q;
  using Response = R;
  template <auto kMethod>
  static Task<> call(void* service, MethodArguments arguments) {
    return (static_cast<S*>(service)->*kMethod)(std::move(static_cast<Q&>(*arguments.request)),
                                                std::move(*static_cast<Sender<R>*>(arguments.responses)));
  }
  template <auto kMethod>
  static Task<> serve_stream(void* service, std::shared_ptr<MessageStream> stream) {
    std::optional<Q> request = co_await receive_message<Q>(*stream);
    if (!request) co_await missing_request();
    co_await (static_cast<S*>(service)->*kMethod)(std::move(*request), stream_sender<R>(std::move(stream)));
  }
  template <auto kMethod>
  static void define(MethodDefinition& definition) {
    definition.serve_stream = serve_stream<kMethod>;
  }
};

template <class S, class Q, class R>
struct MethodShape<Task<R> (S::*)(Receiver<Q>)> {
  using Service = S;
  using Request = Q;
  using Response = R;
  template <auto kMethod>
  static Task<> call(void* service, MethodArguments arguments) {
    static_cast<R&>(*arguments.response) =
        co_await (static_cast<S*>(service)->*kMethod)(std::move(*static_cast<Receiver<Q>*>(arguments.requests)));
  }
  template <auto kMethod>
  static Task<> serve_stream(void* service, std::shared_ptr<MessageStream> stream) {
    R response = co_await (static_cast<S*>(service)->*kMethod)(stream_receiver<Q>(stream));
    std::string frame;
    co_await append_message_frame(frame, response);
    co_await stream->write_frame(std::move(frame));
  }
  template <auto kMethod>
  static void define(MethodDefinition& definition) {
    definition.serve_stream = serve_stream<kMethod>;
  }
};

template <class S, class Q, class R>
struct MethodShape<Task<> (S::*)(Receiver<Q>, Sender<R>)> {
  using Service = S;
  using Request = Q;
  using Response = R;
  template <auto kMethod>
  static Task<> call(void* service, MethodArguments arguments) {
    return (static_cast<S*>(service)->*kMethod)(std::move(*static_cast<Receiver<Q>*>(arguments.requests)),
                                                std::move(*static_cast<Sender<R>*>(arguments.responses)));
  }
  template <auto kMethod>
  static Task<> serve_stream(void* service, std::shared_ptr<MessageStream> stream) {
    return (static_cast<S*>(service)->*kMethod)(stream_receiver<Q>(stream), stream_sender<R>(stream));
  }
  template <auto kMethod>
  static void define(MethodDefinition& definition) {
    definition.serve_stream = serve_stream<kMethod>;
  }
};

}  // namespace internal

class ServiceDefinition {
 public:
  /// `implementation` is a shared_ptr to the generated interface itself, since add() finds the methods through it.
  ServiceDefinition(std::string_view full_name, std::shared_ptr<void> implementation)
      : full_name_(full_name), implementation_(std::move(implementation)) {}

  /// Adds a method, as in add<&UserService::GetUser>(ServiceTraits<UserService>::kMethods[0]).
  template <auto kMethod>
  void add(const Method& method) {
    using Shape = internal::MethodShape<decltype(kMethod)>;
    MethodDefinition definition{.method = method,
                                .request = &Shape::Request::default_instance(),
                                .response = &Shape::Response::default_instance(),
                                .call = Shape::template call<kMethod>};
    Shape::template define<kMethod>(definition);
    methods_.push_back(definition);
  }

  /// "shop.v1.UserService".
  const std::string& full_name() const { return full_name_; }
  const std::vector<MethodDefinition>& methods() const { return methods_; }
  void* implementation() const { return implementation_.get(); }

 private:
  std::string full_name_;
  std::shared_ptr<void> implementation_;
  std::vector<MethodDefinition> methods_;
};

}  // namespace skerry::grpc
