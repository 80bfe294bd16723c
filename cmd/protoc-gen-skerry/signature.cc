// SPDX-License-Identifier: Apache-2.0
#include "cmd/protoc-gen-skerry/signature.h"

#include <fmt/format.h>

#include "cmd/protoc-gen-skerry/names.h"

namespace skerry::protoc_gen {
namespace {

using google::protobuf::MethodDescriptor;
using google::protobuf::SourceLocation;

// One line of a comment: the blank after "//" goes, further indentation stays.
std::string comment_line(std::string_view line, std::string_view indent) {
  while (line.ends_with(' ') || line.ends_with('\t') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with(' ')) line.remove_prefix(1);
  if (line.empty()) return fmt::format("{}///\n", indent);
  // A backslash at the end would join the next line of code to the comment.
  return fmt::format("{}/// {}{}\n", indent, line, line.ends_with('\\') ? "." : "");
}

void append_comment(std::string& out, std::string_view comment, std::string_view indent) {
  while (comment.ends_with('\n')) comment.remove_suffix(1);
  while (comment.starts_with('\n')) comment.remove_prefix(1);
  if (comment.empty()) return;
  if (!out.empty()) out += comment_line("", indent);
  while (true) {
    const std::size_t end = comment.find('\n');
    out += comment_line(comment.substr(0, end), indent);
    if (end == std::string_view::npos) return;
    comment.remove_prefix(end + 1);
  }
}

template <class Render>
std::string join_parameters(const Signature& signature, Render render) {
  std::string out;
  for (const Parameter& parameter : signature.parameters) {
    if (!out.empty()) out += ", ";
    out += render(parameter);
  }
  return out;
}

}  // namespace

Signature signature(const MethodDescriptor& method) {
  const std::string request = message_type(*method.input_type());
  const std::string response = message_type(*method.output_type());
  Signature out;
  if (method.client_streaming()) {
    out.parameters.push_back({fmt::format("::skerry::grpc::Receiver<{}>", request), "requests"});
  } else {
    out.parameters.push_back({request, "request"});
  }
  if (method.server_streaming()) {
    out.return_type = "::skerry::Task<>";
    out.parameters.push_back({fmt::format("::skerry::grpc::Sender<{}>", response), "responses"});
    out.kind = method.client_streaming() ? "kBidirectional" : "kServerStream";
    out.stub = method.client_streaming() ? "bidirectional" : "server_stream";
  } else {
    out.return_type = fmt::format("::skerry::Task<{}>", response);
    out.response = response;
    out.kind = method.client_streaming() ? "kClientStream" : "kUnary";
    out.stub = method.client_streaming() ? "client_stream" : "unary";
  }
  return out;
}

std::string parameter_list(const Signature& signature) {
  return join_parameters(signature, [](const Parameter& p) { return fmt::format("{} {}", p.type, p.name); });
}

std::string parameter_types(const Signature& signature) {
  return join_parameters(signature, [](const Parameter& p) { return fmt::format("{} /*{}*/", p.type, p.name); });
}

std::string moved_arguments(const Signature& signature) {
  std::string out;
  for (const Parameter& parameter : signature.parameters) out += fmt::format(", std::move({})", parameter.name);
  return out;
}

std::string doc_comment(const SourceLocation* location, std::string_view indent, std::string_view otherwise) {
  std::string out;
  if (location != nullptr) {
    append_comment(out, location->leading_comments, indent);
    append_comment(out, location->trailing_comments, indent);
  }
  if (out.empty()) append_comment(out, otherwise, indent);
  return out;
}

}  // namespace skerry::protoc_gen
