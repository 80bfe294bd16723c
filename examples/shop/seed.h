// SPDX-License-Identifier: Apache-2.0
//
// The data files that the services fill their databases from on their first start: JSON, one object a line.
//
//   std::vector<SeedUser> users = co_await shop::read_json_lines<SeedUser>(shop::data_folder() / "users.jsonl");
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skerry/async/blocking.h"
#include "skerry/async/task.h"
#include "skerry/base/json.h"

namespace shop {

/// The largest data file.
inline constexpr std::size_t kMaxSeedBytes = std::size_t{64} << 20;

/// Where the data files are: the folder that SHOP_DATA names, else `shop-data` beside the running program.
std::filesystem::path data_folder();

namespace internal {
/// Calls `add` for each line that is not empty. Its error, with file and line before it, ends the reading.
skerry::Result<> for_each_line(const std::filesystem::path& file,
                               const std::function<skerry::Result<>(std::string_view line)>& add);

template <class T>
skerry::Result<std::vector<T>> parse_lines(const std::filesystem::path& file) {
  std::vector<T> items;
  skerry::Result<> read = for_each_line(file, [&items](std::string_view line) -> skerry::Result<> {
    skerry::Result<T> item = skerry::parse_json<T>(line);
    if (!item) return fail(std::move(item));
    items.push_back(*std::move(item));
    return {};
  });
  if (!read) return fail(std::move(read));
  return items;
}
}  // namespace internal

/// All objects of the file. NOT_FOUND where it is missing; INVALID_ARGUMENT names the line and the field.
template <class T>
skerry::Task<std::vector<T>> read_json_lines(std::filesystem::path file) {
  co_return co_await skerry::blocking([file = std::move(file)] { return internal::parse_lines<T>(file); });
}

}  // namespace shop
