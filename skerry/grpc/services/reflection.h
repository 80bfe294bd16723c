// SPDX-License-Identifier: Apache-2.0
//
// Server reflection: lets tools such as grpcurl ask a server for its services and their messages. Both versions of the
// service are the same but for their names, and tools use either.
//
//   add_reflection(grpc);        // after all services
#pragma once

#include "skerry/grpc/server.h"

namespace skerry::grpc {

/// Adds grpc.reflection.v1 and v1alpha.ServerReflection, which describe what the server has when it is asked.
void add_reflection(Server& server);

}  // namespace skerry::grpc
