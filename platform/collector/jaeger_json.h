// SPDX-License-Identifier: Apache-2.0
//
// The answers of Jaeger's HTTP query API (the JSON that Jaeger's page and its clients read), written from stored spans.
// Every answer has the envelope {"data", "total", "limit", "offset", "errors"}. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/collector/json_writer.h"
#include "platform/collector/stored_span.h"
#include "platform/collector/trace_query.h"

namespace skerry::platform::collector {

/// The answer of /api/traces and /api/traces/{id}.
std::string jaeger_traces(const std::vector<StoredTrace>& traces, std::size_t limit);
/// The answer of /api/services.
std::string jaeger_services(const std::vector<std::string>& services);
/// The answer of /api/services/{service}/operations: names alone.
std::string jaeger_operation_names(const std::vector<Operation>& operations);
/// The answer of /api/operations: names and kinds. `kind` restricts them where it is not empty.
std::string jaeger_operations(const std::vector<Operation>& operations, std::string_view kind);
/// The answer of /api/dependencies.
std::string jaeger_dependencies(const std::vector<ServiceCall>& calls);
/// Ends an answer whose data was written under the key "data" of the object that `json` began with.
void end_jaeger_envelope(JsonWriter& json, std::size_t total, std::size_t limit);
/// An answer without data, for an HTTP status of 400 and above.
std::string jaeger_error(int status, std::string_view message);

}  // namespace skerry::platform::collector
