// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/endpoints_file.h"

#include <cerrno>
#include <fstream>
#include <iterator>

namespace skerry::cmd {

Result<> write_endpoints(const std::filesystem::path& data, const Endpoints& endpoints) {
  const std::filesystem::path path = data / kEndpointsFile;
  const std::filesystem::path fresh = data / (std::string(kEndpointsFile) + ".new");
  std::ofstream file(fresh);
  file << to_json(endpoints) << '\n';
  file.close();
  if (!file) return fail(system_error(errno, "cannot write " + fresh.string()));
  std::error_code failed;
  std::filesystem::rename(fresh, path, failed);
  if (failed) return fail(system_error(failed.value(), "cannot write " + path.string()));
  return {};
}

Result<Endpoints> read_endpoints(const std::filesystem::path& data) {
  const std::filesystem::path path = data / kEndpointsFile;
  errno = 0;
  std::ifstream file(path);
  if (!file) return fail(system_error(errno, "cannot read " + path.string()));
  const std::string text(std::istreambuf_iterator<char>(file), {});
  Result<Endpoints> endpoints = parse_json<Endpoints>(text);
  if (!endpoints) return fail(std::move(endpoints).error().annotate(path.string()));
  return endpoints;
}

void remove_endpoints(const std::filesystem::path& data) {
  std::error_code ignored;
  std::filesystem::remove(data / kEndpointsFile, ignored);
}

}  // namespace skerry::cmd
