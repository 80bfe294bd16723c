// SPDX-License-Identifier: Apache-2.0
//
// The project file of `skerry dev`: which services run, how often, behind which routes, and which parts of the platform
// stand elsewhere.
//
//   platform: {etcd: "http://127.0.0.1:2379", kafka: "127.0.0.1:9092"}       # absent: embedded
//   gateway:
//     routes:
//       - {path_prefix: /api/orders, methods: [GET, POST], service: order}
//   services:
//     - {name: order, program: shop-order, instances: 2, env: {KEY: value}, config: {max_items: 50}}
#pragma once

#include <boost/json/value.hpp>

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "skerry/base/json.h"

namespace skerry::cmd {

/// The most instances of one service, and the most services, that one supervisor runs.
inline constexpr std::uint32_t kMaxInstances = 100;
inline constexpr std::size_t kMaxServices = 200;

struct PlatformEntry {
  std::optional<std::string> etcd;
  std::optional<std::string> kafka;
};
BOOST_DESCRIBE_STRUCT(PlatformEntry, (), (etcd, kafka))

struct RouteEntry {
  std::string path_prefix;
  /// Empty: every method.
  std::vector<std::string> methods;
  std::string service;
  static constexpr std::array<std::string_view, 2> kRequiredFields{"path_prefix", "service"};
  Result<> validate() const;
};
BOOST_DESCRIBE_STRUCT(RouteEntry, (), (path_prefix, methods, service))

struct GatewayEntry {
  std::vector<RouteEntry> routes;
};
BOOST_DESCRIBE_STRUCT(GatewayEntry, (), (routes))

struct ServiceEntry {
  std::string name;
  /// Looked up beside the project file, then beside the skerry binary.
  std::string program;
  std::uint32_t instances = 1;
  std::map<std::string, std::string> env;
  /// The service's configuration, an object: the layer above its defaults.
  boost::json::value config;
  static constexpr std::array<std::string_view, 2> kRequiredFields{"name", "program"};
  Result<> validate() const;
};
BOOST_DESCRIBE_STRUCT(ServiceEntry, (), (name, program, instances, env, config))

struct ProjectFile {
  PlatformEntry platform;
  GatewayEntry gateway;
  std::vector<ServiceEntry> services;
  Result<> validate() const;
};
BOOST_DESCRIBE_STRUCT(ProjectFile, (), (platform, gateway, services))

/// Parses and checks the text. INVALID_ARGUMENT names the field; an unknown key is refused, since it is a typing
/// mistake here: nobody else writes this file.
Result<ProjectFile> parse_project_file(const std::string& text);

/// Reads and parses the file. NOT_FOUND says which file is missing.
Result<ProjectFile> read_project_file(const std::string& path);

/// The path of a service's program: beside the project file, else beside this binary. NOT_FOUND names both places.
Result<std::string> find_program(const std::string& program, const std::string& project_path);

}  // namespace skerry::cmd
