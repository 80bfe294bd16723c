// SPDX-License-Identifier: Apache-2.0
#include "skerry/config/yaml.h"

#include <boost/json/value.hpp>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <fstream>
#include <optional>
#include <sstream>

namespace skerry::config {
namespace {

namespace json = boost::json;

Error at_mark(const YAML::Mark& mark, std::string_view problem) {
  if (mark.is_null()) return Error::invalid_argument("{}", problem);
  return Error::invalid_argument("line {}, column {}: {}", mark.line + 1, mark.column + 1, problem);
}

template <class T>
std::optional<T> whole(std::string_view text, int base = 10) {
  T number{};
  const auto [end, ec] = [&] {
    if constexpr (std::is_floating_point_v<T>) {
      return std::from_chars(text.data(), text.data() + text.size(), number);
    } else {
      return std::from_chars(text.data(), text.data() + text.size(), number, base);
    }
  }();
  if (ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Integers of the core schema: decimal with a sign, 0o and 0x without one.
std::optional<json::value> integer(std::string_view text) {
  if (text.starts_with("0o") || text.starts_with("0x")) {
    if (const auto number = whole<std::uint64_t>(text.substr(2), text[1] == 'o' ? 8 : 16)) return json::value(*number);
    return std::nullopt;
  }
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  if (const auto number = whole<std::int64_t>(text)) return json::value(*number);
  if (const auto number = whole<std::uint64_t>(text)) return json::value(*number);
  return std::nullopt;
}

bool looks_like_a_real(std::string_view text) {
  return text.find_first_of("0123456789") != std::string_view::npos &&
         text.find_first_not_of("0123456789.eE+-") == std::string_view::npos;
}

std::optional<json::value> real(std::string_view text) {
  if (!looks_like_a_real(text)) return std::nullopt;
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const auto number = whole<double>(text);
  if (!number || !std::isfinite(*number)) return std::nullopt;
  return json::value(*number);
}

bool is_not_finite(std::string_view text) {
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
  return text == ".inf" || text == ".Inf" || text == ".INF" || text == ".nan" || text == ".NaN" || text == ".NAN";
}

Result<json::value> plain_scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return json::value(nullptr);
  if (text == "true" || text == "True" || text == "TRUE") return json::value(true);
  if (text == "false" || text == "False" || text == "FALSE") return json::value(false);
  if (is_not_finite(text)) return fail(at_mark(node.Mark(), "expected a finite number"));
  if (auto number = integer(text)) return *std::move(number);
  if (auto number = real(text)) return *std::move(number);
  return json::value(json::string(text));
}

class Converter {
 public:
  Result<json::value> convert(const YAML::Node& node, std::size_t depth) {
    if (depth > kMaxYamlDepth) {
      return fail(Error::resource_exhausted("the document is nested deeper than {}", kMaxYamlDepth));
    }
    if (++nodes_ > kMaxYamlNodes) {
      return fail(Error::resource_exhausted("the document has more than {} values", kMaxYamlNodes));
    }
    switch (node.Type()) {
      case YAML::NodeType::Scalar:
        // yaml-cpp marks a scalar that was quoted with the tag "!".
        if (node.Tag() == "!" || node.Tag() == "tag:yaml.org,2002:str") return json::value(json::string(node.Scalar()));
        return plain_scalar(node);
      case YAML::NodeType::Sequence:
        return sequence(node, depth);
      case YAML::NodeType::Map:
        return map(node, depth);
      default:
        return json::value(nullptr);
    }
  }

 private:
  Result<json::value> sequence(const YAML::Node& node, std::size_t depth) {
    json::array array;
    for (const YAML::Node& element : node) {
      Result<json::value> converted = convert(element, depth + 1);
      if (!converted) return converted;
      array.push_back(*std::move(converted));
    }
    return json::value(std::move(array));
  }

  Result<json::value> map(const YAML::Node& node, std::size_t depth) {
    json::object object;
    for (const auto& member : node) {
      if (!member.first.IsScalar()) return fail(at_mark(member.first.Mark(), "expected a name before the colon"));
      const std::string& key = member.first.Scalar();
      if (object.contains(key)) return fail(at_mark(member.first.Mark(), fmt::format("{} is there twice", key)));
      Result<json::value> converted = convert(member.second, depth + 1);
      if (!converted) return converted;
      object.emplace(key, *std::move(converted));
    }
    return json::value(std::move(object));
  }

  std::size_t nodes_ = 0;
};

// yaml-cpp descends by recursion while it parses, so the nesting is bounded before: flow brackets by counting them,
// block indentation by the length of the longest run of leading spaces and dashes.
bool may_nest_too_deep(std::string_view text) {
  std::size_t open = 0;
  std::size_t line_levels = 0;
  bool at_line_start = true;
  for (const char c : text) {
    if (c == '[' || c == '{') ++open;
    if ((c == ']' || c == '}') && open > 0) --open;
    if (c == '\n') {
      at_line_start = true;
      line_levels = 0;
    } else if (at_line_start && (c == ' ' || c == '-' || c == '?')) {
      line_levels += c == ' ' ? 0 : 1;
    } else {
      at_line_start = false;
    }
    if (open > kMaxYamlDepth || line_levels > kMaxYamlDepth) return true;
  }
  return false;
}

class IgnoreEvents final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

// Asks for two documents and no more: for some texts the parser gives empty documents for ever, so that YAML::LoadAll
// does not end.
bool has_second_document(std::string_view text) {
  std::istringstream stream{std::string(text)};
  YAML::Parser parser(stream);
  IgnoreEvents ignore;
  return parser.HandleNextDocument(ignore) && parser.HandleNextDocument(ignore);
}

}  // namespace

Result<boost::json::value> parse_yaml(std::string_view text) {
  if (text.size() > kMaxYamlBytes) {
    return fail(Error::resource_exhausted("the document is longer than {} bytes", kMaxYamlBytes));
  }
  if (may_nest_too_deep(text)) {
    return fail(Error::resource_exhausted("the document is nested deeper than {}", kMaxYamlDepth));
  }
  // yaml-cpp reports by exceptions, which end here.
  try {
    if (has_second_document(text)) return fail(Error::invalid_argument("expected one document, got several"));
    return Converter().convert(YAML::Load(std::string(text)), 0);
  } catch (const YAML::Exception& error) {
    return fail(at_mark(error.mark, error.msg));
  }
}

Result<boost::json::value> read_yaml_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(system_error(errno, path));
  std::string text(kMaxYamlBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return fail(system_error(EIO, path));
  text.resize(static_cast<std::size_t>(file.gcount()));
  Result<json::value> parsed = parse_yaml(text);
  if (!parsed) return fail(std::move(parsed).error().annotate(path));
  return parsed;
}

}  // namespace skerry::config
