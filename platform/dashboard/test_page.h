// SPDX-License-Identifier: Apache-2.0
//
// TestPage: a folder with the files of a page, gone when the test is.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "skerry/disk/temporary_directory.h"

namespace skerry::platform::dashboard {

class TestPage {
 public:
  TestPage() { std::filesystem::create_directories(directory()); }
  TestPage(const TestPage&) = delete;
  TestPage& operator=(const TestPage&) = delete;

  /// Where the page is; beside it is what must never be served.
  std::filesystem::path directory() const { return root_.path() / "dist"; }

  void write(const std::filesystem::path& path, std::string_view bytes) const {
    const std::filesystem::path file = directory() / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
  }

  void write_usual() const {
    write("index.html", "<title>Skerry</title>");
    write("assets/index-Bq3xkT1a.js", "start()");
    write("assets/index-Cz_0-9aZ.css", "body {}");
    write("robots.txt", "none");
    write("../secret.txt", "secret");
  }

 private:
  disk::TemporaryDirectory root_;
};

}  // namespace skerry::platform::dashboard
