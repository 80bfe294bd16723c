// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/project_file.h"

#include <unistd.h>

#include <filesystem>
#include <set>

#include "cmd/skerry/process.h"

#include "skerry/config/yaml.h"

namespace skerry::cmd {
namespace {

// Names become parts of registry keys and of URLs.
bool is_service_name(std::string_view name) {
  return !name.empty() && name.size() <= 63 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string_view::npos;
}

}  // namespace

Result<> RouteEntry::validate() const {
  if (!path_prefix.starts_with('/')) return fail(invalid_field("path_prefix", "expected a path that begins with /"));
  if (!is_service_name(service)) return fail(invalid_field("service", "expected the name of a service"));
  return {};
}

Result<> ServiceEntry::validate() const {
  if (!is_service_name(name)) {
    return fail(invalid_field("name", "expected 1 to 63 of the characters a-z, 0-9, - and _"));
  }
  if (instances < 1 || instances > kMaxInstances) {
    return fail(invalid_field("instances", fmt::format("expected 1 to {}", kMaxInstances)));
  }
  if (!config.is_null() && !config.is_object()) return fail(invalid_field("config", "expected a mapping"));
  return {};
}

Result<> ProjectFile::validate() const {
  if (services.size() > kMaxServices) {
    return fail(invalid_field("services", fmt::format("expected at most {} services", kMaxServices)));
  }
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < services.size(); ++i) {
    if (names.insert(services[i].name).second) continue;
    return fail(invalid_field(fmt::format("services[{}].name", i),
                              fmt::format("\"{}\" stands twice; use instances for more than one", services[i].name)));
  }
  return {};
}

namespace {

Result<ProjectFile> project_of(Result<boost::json::value> document) {
  if (!document) return fail(std::move(document));
  if (document->is_null()) *document = boost::json::object();
  return from_json<ProjectFile>(*document, {.unknown_fields = UnknownFields::kReject});
}

}  // namespace

Result<ProjectFile> parse_project_file(const std::string& text) { return project_of(config::parse_yaml(text)); }

Result<ProjectFile> read_project_file(const std::string& path) {
  Result<boost::json::value> document = config::read_yaml_file(path);
  if (!document) return fail(std::move(document));
  Result<ProjectFile> project = project_of(std::move(document));
  if (!project) return fail(std::move(project).error().annotate(path));
  return project;
}

Result<std::string> find_program(const std::string& program, const std::string& project_path) {
  const std::filesystem::path beside_file = std::filesystem::absolute(project_path).parent_path() / program;
  const std::filesystem::path beside_binary = this_program().parent_path() / program;
  for (const auto& candidate : {beside_file, beside_binary}) {
    if (::access(candidate.c_str(), X_OK) == 0) return candidate.string();
  }
  return fail(Error::not_found("the program \"{}\" is neither {} nor {}; build it, or correct its name", program,
                               beside_file.string(), beside_binary.string()));
}

}  // namespace skerry::cmd
