// SPDX-License-Identifier: Apache-2.0
#include "platform/dashboard/page_files.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <system_error>

namespace skerry::platform::dashboard {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kIndexName = "index.html";

struct MediaType {
  std::string_view extension;
  std::string_view type;
};
constexpr std::array<MediaType, 11> kMediaTypes{{{".css", "text/css; charset=utf-8"},
                                                 {".html", "text/html; charset=utf-8"},
                                                 {".ico", "image/x-icon"},
                                                 {".js", "text/javascript; charset=utf-8"},
                                                 {".json", "application/json"},
                                                 {".map", "application/json"},
                                                 {".png", "image/png"},
                                                 {".svg", "image/svg+xml"},
                                                 {".txt", "text/plain; charset=utf-8"},
                                                 {".webmanifest", "application/manifest+json"},
                                                 {".woff2", "font/woff2"}}};

/// FNV-1a. The tag only has to differ when a build's output does; nobody gains by forging one for his own browser.
std::string entity_tag_of(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  return fmt::format("\"{:016x}-{:x}\"", hash, bytes.size());
}

Result<std::string> read_file(const fs::path& path, std::size_t bytes_max) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Error::unavailable("cannot open {}", path.string()));
  std::string bytes;
  std::array<char, 16 * 1024> chunk{};
  while (file.read(chunk.data(), chunk.size()), file.gcount() > 0) {
    bytes.append(chunk.data(), static_cast<std::size_t>(file.gcount()));
    if (bytes.size() > bytes_max) {
      return fail(Error::resource_exhausted("the page is larger than {} bytes", kMaxPageBytes));
    }
  }
  if (file.bad()) return fail(Error::unavailable("cannot read {}", path.string()));
  return bytes;
}

Error cannot_list(const fs::path& directory, const std::error_code& error) {
  return Error::unavailable("cannot list {}: {}", directory.string(), error.message());
}

bool is_hash_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

}  // namespace

std::string_view content_type_of(std::string_view file_name) {
  const auto found = std::ranges::find_if(
      kMediaTypes, [&](const MediaType& candidate) { return file_name.ends_with(candidate.extension); });
  return found == kMediaTypes.end() ? "application/octet-stream" : found->type;
}

bool has_hashed_name(std::string_view path) {
  // Vite writes NAME-HASH.EXTENSION with eight characters of base64url, and only there.
  constexpr std::size_t kHashCharacters = 8;
  if (!path.starts_with("/assets/")) return false;
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const std::string_view stem = name.substr(0, name.find('.'));
  if (stem.size() < kHashCharacters + 2 || stem[stem.size() - kHashCharacters - 1] != '-') return false;
  return std::ranges::all_of(stem.substr(stem.size() - kHashCharacters), is_hash_character);
}

Result<PageFiles> load_page(const fs::path& directory) {
  std::error_code error;
  if (!fs::is_regular_file(directory / kIndexName, error)) {
    return fail(Error::not_found("there is no {} in {}", kIndexName, directory.string()));
  }
  PageFiles files;
  std::size_t bytes_left = kMaxPageBytes;
  fs::recursive_directory_iterator entry(directory, error);
  if (error) return fail(cannot_list(directory, error));
  for (; entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    // A hidden file is a note that some tool made for itself.
    if (entry->path().filename().string().starts_with('.')) continue;
    // Of the entry itself, not of what it may link to.
    std::error_code unknown;
    if (!fs::is_regular_file(entry->symlink_status(unknown))) continue;
    if (files.size() == kMaxPageFiles) {
      return fail(Error::resource_exhausted("the page has more than {} files", kMaxPageFiles));
    }
    Result<std::string> bytes = read_file(entry->path(), bytes_left);
    if (!bytes) return fail(std::move(bytes));
    bytes_left -= bytes->size();
    const std::string path = "/" + entry->path().lexically_relative(directory).generic_string();
    std::string tag = entity_tag_of(*bytes);
    files[path] = PageFile{.bytes = *std::move(bytes),
                           .content_type = content_type_of(path),
                           .hashed = has_hashed_name(path),
                           .entity_tag = std::move(tag)};
  }
  if (error) return fail(cannot_list(directory, error));
  return files;
}

fs::path find_page(const fs::path& program) {
  const fs::path folder = program.parent_path();
  fs::path installed = (folder / ".." / "share" / "skerry" / "dashboard").lexically_normal();
  std::error_code error;
  if (fs::is_regular_file(installed / kIndexName, error)) return installed;
  const fs::path sources = (folder / ".." / ".." / "..").lexically_normal();
  if (fs::is_regular_file(sources / "web" / "package.json", error)) return sources / "web" / "dist";
  return installed;
}

std::string page_stamp(const fs::path& directory) {
  struct stat status{};
  if (::stat((directory / kIndexName).c_str(), &status) != 0) return "";
  return fmt::format("{}-{}-{}-{}.{}", status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec,
                     status.st_mtim.tv_nsec);
}

}  // namespace skerry::platform::dashboard
