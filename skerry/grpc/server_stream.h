// SPDX-License-Identifier: Apache-2.0
//
// Serving the three kinds of streaming calls over HTTP: the method runs while the body of its response is made.
// Internal to this folder.
#pragma once

#include <memory>

#include "skerry/grpc/dispatcher.h"
#include "skerry/grpc/http_call.h"
#include "skerry/grpc/server.h"
#include "skerry/http/message.h"

namespace skerry::grpc {

/// A response whose body are the messages that the method sends, and whose trailers state its outcome.
http::Response stream_response(std::shared_ptr<const Dispatcher> dispatcher, Dispatcher::Entry entry,
                               std::shared_ptr<HttpServerCall> call, http::Body body, ServerOptions options);

}  // namespace skerry::grpc
