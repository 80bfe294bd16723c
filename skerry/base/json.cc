// SPDX-License-Identifier: Apache-2.0
#include "skerry/base/json.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <vector>

namespace skerry {
namespace {

namespace json = boost::json;

// Builds the value from the parser's events, where Boost.JSON's own builder is too lenient: that one lets the last of
// two equal keys win in silence, rounds reals to a neighbour of the nearest double, and makes infinities.
class DocumentBuilder {
 public:
  // The limits that the parser asks its handler for; `bytes_max` bounds them all before it starts.
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) { return open(json::object()); }
  bool on_object_end(std::size_t, json::error_code& ec) { return close(ec); }
  bool on_array_begin(json::error_code&) { return open(json::array()); }
  bool on_array_end(std::size_t, json::error_code& ec) { return close(ec); }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) { return extend(part); }
  bool on_key(json::string_view part, std::size_t, json::error_code&) {
    extend(part);
    open_.back().key = std::move(text_);
    text_.clear();
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) { return extend(part); }
  bool on_string(json::string_view part, std::size_t, json::error_code& ec) {
    extend(part);
    json::string text(text_);
    text_.clear();
    return add(std::move(text), ec);
  }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t number, json::string_view, json::error_code& ec) { return add(number, ec); }
  bool on_uint64(std::uint64_t number, json::string_view, json::error_code& ec) { return add(number, ec); }
  bool on_double(double number, json::string_view token, json::error_code& ec) {
    // The text was given to the parser as one piece, so the token is the whole number.
    std::from_chars(token.data(), token.data() + token.size(), number);
    if (!std::isfinite(number)) return refuse("a number too large for a double", ec);
    return add(number, ec);
  }
  bool on_bool(bool value, json::error_code& ec) { return add(value, ec); }
  bool on_null(json::error_code& ec) { return add(nullptr, ec); }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

  json::value& document() { return document_; }
  /// What this builder stopped the parser for; empty where the parser itself found the error.
  const std::string& problem() const { return problem_; }

 private:
  struct Open {
    json::value container;
    std::string key;  // of the member that is being read, where the container is an object
  };

  bool extend(json::string_view part) {
    text_.append(part.data(), part.size());
    return true;
  }

  bool open(json::value container) {
    open_.push_back({std::move(container), {}});
    return true;
  }

  bool close(json::error_code& ec) {
    json::value done = std::move(open_.back().container);
    open_.pop_back();
    return add(std::move(done), ec);
  }

  bool add(json::value value, json::error_code& ec) {
    if (open_.empty()) {
      document_ = std::move(value);
      return true;
    }
    Open& top = open_.back();
    if (top.container.is_array()) {
      top.container.get_array().push_back(std::move(value));
      return true;
    }
    if (top.container.get_object().emplace(top.key, std::move(value)).second) return true;
    return refuse(fmt::format("the key {} stands twice in one object", json::serialize(json::string(top.key))), ec);
  }

  bool refuse(std::string problem, json::error_code& ec) {
    problem_ = std::move(problem);
    ec = json::error::syntax;
    return false;
  }

  std::vector<Open> open_;
  std::string text_;
  json::value document_;
  std::string problem_;
};

Error parse_error(std::string_view text, std::size_t offset, std::string_view problem) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return Error::invalid_argument("not valid JSON at line {} column {}: {}", line, before.size() - line_start + 1,
                                 problem);
}

}  // namespace

Result<json::value> parse_json_value(std::string_view text, const JsonOptions& options) {
  if (text.size() > options.bytes_max) {
    return fail(
        Error::resource_exhausted("a JSON text of {} bytes, at most {} are read", text.size(), options.bytes_max));
  }
  json::parse_options parse_options;
  parse_options.max_depth = options.depth_max;
  json::basic_parser<DocumentBuilder> parser(parse_options);
  json::error_code ec;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
  if (ec) {
    const std::string& problem = parser.handler().problem();
    return fail(parse_error(text, used, problem.empty() ? ec.message() : problem));
  }
  if (used != text.size()) return fail(parse_error(text, used, "something follows the document"));
  return std::move(parser.handler().document());
}

std::string json_text(const json::value& value) { return json::serialize(value); }

void merge_json(json::value& target, const json::value& layer) {
  if (!target.is_object() || !layer.is_object()) {
    target = layer;
    return;
  }
  for (const auto& member : layer.get_object()) {
    merge_json(target.get_object()[member.key()], member.value());
  }
}

Error invalid_field(std::string_view field, std::string_view problem) {
  return Error::invalid_argument("{}: {}", field, problem).with_detail("field", std::string(field));
}

namespace internal {

Result<> parse_and_read(std::string_view text, const JsonOptions& options, JsonReadFunction read, void* target) {
  auto document = parse_json_value(text, options);
  if (!document) return fail(std::move(document));
  return read(JsonPlace{*document, options}, target);
}

std::string write_to_text(JsonWriteFunction write, const void* object) {
  json::value document;
  write(object, document);
  return json_text(document);
}

}  // namespace internal
}  // namespace skerry
