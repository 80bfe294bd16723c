// SPDX-License-Identifier: Apache-2.0
//
// The files of the dashboard's built page (web/dist), read into memory. The one thing to know: a request is answered by
// looking its path up among these, so no path, however it is written, leads to a file outside of the page.
//
//   Result<PageFiles> files = load_page("web/dist");        // blocks: in blocking(...)
//   auto file = files->find("/assets/index-Bq3xkT1a.js");
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "skerry/base/result.h"

namespace skerry::platform::dashboard {

/// What is more than a page, and refused: files in the directory, bytes of all of them together.
inline constexpr std::size_t kMaxPageFiles = 500;
inline constexpr std::size_t kMaxPageBytes = std::size_t{32} << 20;

struct PageFile {
  std::string bytes;
  std::string_view content_type;
  /// Its name has a hash of its content: it never changes, and may be kept for ever.
  bool hashed = false;
  /// In quotes, as the ETag field has it.
  std::string entity_tag;
};

/// By the path of the URL: "/index.html", "/assets/index-Bq3xkT1a.js".
using PageFiles = std::map<std::string, PageFile, std::less<>>;

/// The files below the directory, but for hidden ones. Links are skipped, wherever they lead. Blocks. NOT_FOUND where
/// there is no index.html, RESOURCE_EXHAUSTED over the limits, UNAVAILABLE where a file cannot be read.
Result<PageFiles> load_page(const std::filesystem::path& directory);

/// Where the page is that belongs to a program, by the program's path: share/skerry/dashboard beside the bin/ that it
/// was installed in, or web/dist of the sources that it was built from in build/PRESET/bin/. The page need not be
/// there; the answer is then where it should be. Blocks.
std::filesystem::path find_page(const std::filesystem::path& program);

/// A value that differs when the page was built anew; empty where there is no page. Blocks.
std::string page_stamp(const std::filesystem::path& directory);

/// The media type for the name of a file, "application/octet-stream" for one that pages do not have.
std::string_view content_type_of(std::string_view file_name);

/// Whether the build put a hash into the name: "assets/index-Bq3xkT1a.js".
bool has_hashed_name(std::string_view path);

}  // namespace skerry::platform::dashboard
