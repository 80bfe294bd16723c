// SPDX-License-Identifier: Apache-2.0
#include "platform/dashboard/page.h"

#include <gtest/gtest.h>

#include "platform/dashboard/test_page.h"
#include "skerry/async/runtime.h"

namespace skerry::platform::dashboard {
namespace {

struct PageAnswer {
  int status = 0;
  std::string body;
  http::Headers headers;
  std::string header(std::string_view name) const { return std::string(headers.get(name).value_or("")); }
};

class PageTest : public testing::Test {
 protected:
  PageAnswer get(std::string target, std::string accept = "*/*", std::string if_none_match = "") {
    return *runtime_.run([&]() -> Task<PageAnswer> {
      http::Request request;
      request.target = target;
      co_await request.headers.set("accept", accept);
      if (!if_none_match.empty()) co_await request.headers.set("if-none-match", if_none_match);
      http::Response response = co_await page_.serve(std::move(request));
      co_return PageAnswer{response.status, response.body.take_bytes(), std::move(response.headers)};
    });
  }

  TestPage files_;
  Runtime runtime_{{.workers = 1}};
  Page page_{files_.directory()};
};

constexpr const char* kBrowserAccept = "text/html,application/xhtml+xml,*/*;q=0.8";

TEST_F(PageTest, serves_the_index_for_the_root_and_has_it_checked_each_time) {
  files_.write_usual();
  for (const char* target : {"/", "/index.html", "/?x=1"}) {
    const PageAnswer answer = get(target);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "<title>Skerry</title>");
    EXPECT_EQ(answer.header("content-type"), "text/html; charset=utf-8");
    EXPECT_EQ(answer.header("cache-control"), "no-cache");
    EXPECT_NE(answer.header("etag"), "");
  }
}

TEST_F(PageTest, lets_browsers_keep_hashed_assets_for_ever_and_other_files_not) {
  files_.write_usual();
  const PageAnswer script = get("/assets/index-Bq3xkT1a.js");
  EXPECT_EQ(script.body, "start()");
  EXPECT_EQ(script.header("content-type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(script.header("cache-control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(get("/robots.txt").header("cache-control"), "no-cache");
}

TEST_F(PageTest, protects_every_file_by_a_content_policy) {
  files_.write_usual();
  for (const char* target : {"/", "/assets/index-Bq3xkT1a.js"}) {
    EXPECT_TRUE(get(target).header("content-security-policy").starts_with("default-src 'self';"));
    EXPECT_EQ(get(target).header("x-content-type-options"), "nosniff");
  }
}

TEST_F(PageTest, answers_304_without_a_body_to_who_has_the_file) {
  files_.write_usual();
  const std::string tag = get("/").header("etag");
  for (const std::string& condition : {tag, "W/" + tag, "\"other\", " + tag, std::string("*")}) {
    const PageAnswer answer = get("/", kBrowserAccept, condition);
    EXPECT_EQ(answer.status, 304) << condition;
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(answer.header("etag"), tag);
  }
  EXPECT_EQ(get("/", kBrowserAccept, "\"other\"").status, 200);
}

TEST_F(PageTest, gives_a_browser_the_index_for_any_place_and_others_404) {
  files_.write_usual();
  EXPECT_EQ(get("/some/place", kBrowserAccept).body, "<title>Skerry</title>");
  EXPECT_EQ(get("/some/place").status, 404);
  EXPECT_EQ(get("/assets/index-gone1234.js").status, 404);
  EXPECT_EQ(get("/metrics").status, 404);
}

TEST_F(PageTest, lets_no_path_out_of_the_page) {
  files_.write_usual();
  for (const char* target : {"/../secret.txt", "/assets/../../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt",
                             "//secret.txt", "/assets/..%2f..%2fsecret.txt", "/secret.txt", "/%2e%2e%2fsecret.txt",
                             "/....//secret.txt", "/..\\secret.txt"}) {
    const PageAnswer answer = get(target);
    EXPECT_EQ(answer.status, 404) << target;
    EXPECT_EQ(answer.body.find("secret\n"), std::string::npos);
    EXPECT_NE(get(target, kBrowserAccept).body, "secret") << target;
  }
}

TEST_F(PageTest, says_how_to_build_the_page_where_there_is_none) {
  const PageAnswer answer = get("/", kBrowserAccept);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(answer.header("cache-control"), "no-store");
  EXPECT_NE(answer.body.find("npm ci\nnpm run build"), std::string::npos);
  EXPECT_NE(answer.body.find("/api/registry/services"), std::string::npos);
  EXPECT_NE(answer.body.find(files_.directory().string()), std::string::npos);
}

TEST_F(PageTest, shows_a_page_that_is_built_while_it_runs_and_one_that_is_built_again) {
  EXPECT_NE(get("/").body.find("npm ci"), std::string::npos);
  files_.write_usual();
  EXPECT_EQ(get("/").body, "<title>Skerry</title>");
  EXPECT_EQ(get("/assets/index-Bq3xkT1a.js").status, 200);
  std::filesystem::remove_all(files_.directory());
  files_.write("index.html", "<title>Again</title>");
  files_.write("assets/index-Dnew4567.js", "again()");
  EXPECT_EQ(get("/").body, "<title>Again</title>");
  EXPECT_EQ(get("/assets/index-Dnew4567.js").body, "again()");
  EXPECT_EQ(get("/assets/index-Bq3xkT1a.js").status, 404);
}

TEST_F(PageTest, names_the_folder_as_text_and_not_as_html) {
  Page page(files_.directory() / "<script>&");
  const Result<std::string> body = runtime_.run([&]() -> Task<std::string> {
    http::Response response = co_await page.serve(http::Request());
    co_return response.body.take_bytes();
  });
  EXPECT_NE(body->find("&lt;script>&amp;"), std::string::npos);
  EXPECT_EQ(body->find("<script>"), std::string::npos);
}

}  // namespace
}  // namespace skerry::platform::dashboard
