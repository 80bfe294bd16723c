// SPDX-License-Identifier: Apache-2.0
//
// What the dashboard's responses have in common.
#pragma once

#include <string_view>

#include "skerry/http/message.h"

namespace skerry::platform::dashboard {

/// Sets a field of the dashboard's own making. Precondition: the name and the value are valid.
void set_header(http::Response& response, std::string_view name, std::string_view value);

/// Lets a browser use the response for the dashboard alone: it runs scripts of this origin only, shows it in no frame
/// of another, and does not guess its type.
void protect(http::Response& response);

/// A JSON document that is true for the moment.
http::Response current_json(std::string json);

}  // namespace skerry::platform::dashboard
