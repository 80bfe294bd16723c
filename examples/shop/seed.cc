// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/seed.h"

#include <cerrno>
#include <cstdlib>
#include <fstream>

namespace shop {

using skerry::Error;
using skerry::Result;

std::filesystem::path data_folder() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no thread changes the environment
  if (const char* folder = std::getenv("SHOP_DATA"); folder != nullptr && *folder != '\0') return folder;
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / "shop-data";
}

namespace internal {

Result<> for_each_line(const std::filesystem::path& file, const std::function<Result<>(std::string_view)>& add) {
  std::error_code missing;
  const std::uintmax_t bytes = std::filesystem::file_size(file, missing);
  if (missing) return fail(skerry::system_error(missing.value(), file.string()));
  if (bytes > kMaxSeedBytes) {
    return fail(Error::resource_exhausted("{} is larger than {} bytes", file.string(), kMaxSeedBytes));
  }
  std::ifstream input(file);
  if (!input) return fail(skerry::system_error(errno, file.string()));
  std::string line;
  for (std::size_t number = 1; std::getline(input, line); ++number) {
    if (line.empty()) continue;
    Result<> added = add(line);
    if (!added) return fail(std::move(added).error().annotate(fmt::format("{}:{}", file.string(), number)));
  }
  return {};
}

}  // namespace internal

}  // namespace shop
