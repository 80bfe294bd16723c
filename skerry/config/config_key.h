// SPDX-License-Identifier: Apache-2.0
//
// Where a configuration is kept in the registry: /skerry/config/{namespace}/{group}/{data_id}. Namespace and group are
// Nacos's two levels of isolation; a service's own configuration has the name of the application as group and its own
// name as data id.
//
//   config::ConfigKey key{.group = "shop", .data_id = "order"};
//   key.path();      // "/skerry/config/public/shop/order"
#pragma once

#include <string>
#include <string_view>

#include "skerry/base/result.h"

namespace skerry::config {

inline constexpr std::string_view kConfigRoot = "/skerry/config/";

struct ConfigKey {
  std::string namespace_ = "public";
  std::string group;
  std::string data_id;

  /// The key in the registry. Precondition: `validate` accepts it.
  std::string path() const;
  /// INVALID_ARGUMENT naming the part that is empty, longer than 255 bytes, or has a slash or a control character.
  Result<> validate() const;
  /// The key for a path; INVALID_ARGUMENT for one that is not of this form.
  static Result<ConfigKey> parse(std::string_view path);
  friend bool operator==(const ConfigKey&, const ConfigKey&) = default;
};

}  // namespace skerry::config
