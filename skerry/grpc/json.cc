// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/json.h"

#include <google/protobuf/util/json_util.h>

namespace skerry::grpc {
namespace {

// The path in front of protobuf's reports, which read "(items[2].quantity): invalid value ...", and for an unknown
// field "color: Cannot find field." or "(items[2]) color: Cannot find field.". Empty where the report begins otherwise.
std::string field_path(std::string_view report) {
  std::string path;
  const std::size_t close = report.find(')');
  if (report.starts_with('(') && close != std::string_view::npos) {
    path = report.substr(1, close - 1);
    report.remove_prefix(close + 1);
    if (report.starts_with(' ')) report.remove_prefix(1);
  }
  const std::string_view name = report.substr(0, report.find(": "));
  if (name.size() == report.size() || name.find_first_of(" \n{\"") != std::string_view::npos) return path;
  if (!path.empty() && !name.empty()) path += '.';
  return path.append(name);
}

Error json_error(std::string_view report) {
  const std::string path = field_path(report);
  // Behind the first line stands an excerpt of the input with a marker.
  const Error error = Error::invalid_argument("malformed JSON: {}", report.substr(0, report.find('\n')));
  return path.empty() ? error : Error(error).with_detail("field", path);
}

google::protobuf::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

Result<> message_from_json(std::string_view json, google::protobuf::Message& message) {
  const auto status = google::protobuf::util::JsonStringToMessage(piece(json), &message);
  if (status.ok()) return {};
  return fail(json_error({status.message().data(), status.message().size()}));
}

Result<std::string> message_to_json(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  if (status.ok()) return json;
  return fail(Error::internal("{} has no JSON form: {}", message.GetTypeName(), status.ToString()));
}

}  // namespace skerry::grpc
