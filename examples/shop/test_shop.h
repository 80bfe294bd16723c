// SPDX-License-Identifier: Apache-2.0
//
// What the shop's tests share: a folder of their own, a runtime, requests without a network.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <source_location>
#include <string>
#include <utility>

#include "skerry/async/runtime.h"
#include "skerry/disk/temporary_directory.h"
#include "skerry/http/message.h"

namespace shop {

class ShopTest : public testing::Test {
 protected:
  const std::filesystem::path& folder() const { return folder_.path(); }
  static std::filesystem::path data(const char* file) { return std::filesystem::path(SHOP_DATA) / file; }

  /// Runs body(), a Task<>, on a runtime of two workers; its failure is the test's.
  template <class F>
  static void run(F body, std::source_location where = std::source_location::current()) {
    skerry::Runtime runtime({.workers = 2});
    const skerry::Result<> outcome = runtime.run(std::move(body));
    EXPECT_TRUE(outcome) << "at line " << where.line() << ": " << outcome.error().to_string();
  }

 private:
  skerry::disk::TemporaryDirectory folder_;
};

/// A request as the router hands it over.
inline skerry::http::Request http_request(std::string method, std::string target, std::string body = "",
                                          skerry::http::PathParameters parameters = {}) {
  skerry::http::Request request;
  request.method = std::move(method);
  request.target = std::move(target);
  request.body = skerry::http::Body(std::move(body));
  request.parameters = std::move(parameters);
  return request;
}

/// What the task fails with, as in "NOT_FOUND: no user u9"; "no failure" where it succeeds.
template <class T>
skerry::Task<std::string> failure_of(skerry::Task<T> task) {
  skerry::Result<T> result = co_await task.result();
  co_return result ? std::string("no failure") : result.error().to_string();
}

/// The body of the response, whole.
inline skerry::Task<std::string> body_of(skerry::http::Response response) {
  co_return co_await response.body.read_all(std::size_t{1} << 20);
}

}  // namespace shop
