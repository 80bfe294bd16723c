// SPDX-License-Identifier: Apache-2.0
//
// Page: answers requests with the files of the built page. The page may be built while the dashboard runs: the next
// visit sees it. Where it is not built, a visit gets a plain page that says how to build it.
//
//   Page page("web/dist");
//   http::Response response = co_await page.serve(std::move(request));
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "platform/dashboard/page_files.h"
#include "skerry/async/task.h"
#include "skerry/http/message.h"

namespace skerry::platform::dashboard {

class Page {
 public:
  /// The directory need not exist.
  explicit Page(std::filesystem::path directory) : directory_(std::move(directory)) {}
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;

  /// The file that the request's path names. A path that names none is a place within the page where a browser asks for
  /// HTML, and answered with index.html; otherwise 404. Honours If-None-Match. May be called on every worker at once.
  Task<http::Response> serve(http::Request request);

 private:
  struct Snapshot {
    std::string stamp;
    /// Empty where there is no page.
    PageFiles files;
    /// Why there is none.
    std::string problem;
  };

  Task<std::shared_ptr<const Snapshot>> newest();
  std::shared_ptr<const Snapshot> loaded();

  const std::filesystem::path directory_;
  std::mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_;
};

}  // namespace skerry::platform::dashboard
