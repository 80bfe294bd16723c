// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/endpoints_file.h"

#include <cerrno>
#include <fstream>

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

void remove_endpoints(const std::filesystem::path& data) {
  std::error_code ignored;
  std::filesystem::remove(data / kEndpointsFile, ignored);
}

}  // namespace skerry::cmd
