// SPDX-License-Identifier: Apache-2.0
//
// protobuf's JSON mapping (https://protobuf.dev/programming-guides/proto3/#json), for calls of unary methods with JSON
// bodies. Input may use the fields' JSON names or their names in the .proto file; output uses the JSON names and writes
// fields that have their default value too.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <string_view>

#include "skerry/base/result.h"

namespace skerry::grpc {

/// Fills the message. INVALID_ARGUMENT when the text is not JSON or does not fit the message; then the detail "field"
/// has the path of the field, as far as there is one: "items[2].quantity".
Result<> message_from_json(std::string_view json, google::protobuf::Message& message);

/// The message as JSON. INTERNAL when it has no JSON form (an Any of an unknown type).
Result<std::string> message_to_json(const google::protobuf::Message& message);

}  // namespace skerry::grpc
