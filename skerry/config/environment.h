// SPDX-License-Identifier: Apache-2.0
//
// The environment as a configuration layer: SKERRY_CONFIG_MAX_ITEMS=20 sets the field `max_items`, and two underscores
// go one level down: SKERRY_CONFIG_LIMITS__BURST=5 sets `burst` of `limits`. The value of a field that is a string or
// an enum is the text as it stands; any other value is JSON (20, true, ["a","b"]).
#pragma once

#include <boost/json/fwd.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skerry/config/schema.h"

namespace skerry::config {

/// What the names of configuration variables begin with.
inline constexpr std::string_view kEnvironmentPrefix = "SKERRY_CONFIG_";

/// Name and value of a variable.
using EnvironmentVariable = std::pair<std::string, std::string>;

/// The variables of this process whose names begin with kEnvironmentPrefix, in the order of their names. Not to be
/// called while another thread changes the environment.
std::vector<EnvironmentVariable> process_environment();

namespace internal {

/// Lays the variables into one JSON object of the schema's shape. A name that fits no field is left out, and `unknown`
/// gets it. A value that is not JSON where JSON is expected goes in as a string, so that the mapping refuses it
/// together with the path of its field.
boost::json::value environment_document(const std::vector<EnvironmentVariable>& variables, const Schema& schema,
                                        std::vector<std::string>& unknown);

}  // namespace internal
}  // namespace skerry::config
