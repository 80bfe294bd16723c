// SPDX-License-Identifier: Apache-2.0
//
// YAML as JSON: `skerry.yaml` is read into the same document form as every other layer, so that one mapping and one
// kind of error message serve all. The plain scalars are those of the core schema of YAML 1.2 (section 10.3): null,
// true and false, integers, reals; quoted ones are strings. So `no` is a string here and not false.
//
//   Result<boost::json::value> file = config::parse_yaml(text);
#pragma once

#include <boost/json/fwd.hpp>

#include <cstddef>
#include <string>
#include <string_view>

#include "skerry/base/result.h"

namespace skerry::config {

/// The longest file that `read_yaml_file` and `parse_yaml` accept.
inline constexpr std::size_t kMaxYamlBytes = std::size_t{1} << 20;
/// The most nodes of one document, aliases counted as often as they are used: what keeps a small file whose aliases
/// multiply from filling the memory.
inline constexpr std::size_t kMaxYamlNodes = 100'000;
inline constexpr std::size_t kMaxYamlDepth = 32;

/// Reads one YAML document. An empty one is null.
/// Errors: INVALID_ARGUMENT with line and column for what is not YAML, for a key that is no scalar or comes twice, for
/// more than one document, and for a value that JSON has no form for (.inf, .nan); RESOURCE_EXHAUSTED past the limits.
Result<boost::json::value> parse_yaml(std::string_view text);

/// Reads a file. Blocks; call it in `blocking` where a task does. The error of a wrong file begins with its path.
Result<boost::json::value> read_yaml_file(const std::string& path);

}  // namespace skerry::config
