// SPDX-License-Identifier: Apache-2.0
#include "skerry/disk/temporary_directory.h"

#include <cstdlib>
#include <system_error>

#include "skerry/base/check.h"

namespace skerry::disk {

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "skerry-XXXXXX").string();
  SKERRY_CHECK(::mkdtemp(pattern.data()) != nullptr, "no directory for temporary files can be made");
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace skerry::disk
