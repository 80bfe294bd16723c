// SPDX-License-Identifier: Apache-2.0
#include "platform/gateway/path.h"

#include <gtest/gtest.h>

namespace skerry::platform::gateway {
namespace {

TEST(Path, keeps_a_plain_path) {
  for (const char* path : {"/", "/api/orders", "/api/orders/", "/a-b_c.d~e/f;v=1", "/a...b/.x", "/@:!$&'()*+,="}) {
    EXPECT_EQ(canonical_path(path).value_or("refused"), path);
  }
}

TEST(Path, resolves_escapes_that_are_not_needed_and_writes_the_others_in_upper_case) {
  EXPECT_EQ(canonical_path("/%61pi/%4frders").value_or("refused"), "/api/Orders");
  EXPECT_EQ(canonical_path("/a%20b/%c3%bc/%3a").value_or("refused"), "/a%20b/%C3%BC/%3A");
  // Once, and not again.
  EXPECT_EQ(canonical_path("/%256Detrics").value_or("refused"), "/%256Detrics");
}

TEST(Path, refuses_dot_segments_in_every_spelling) {
  for (const char* path : {"/..", "/.", "/a/../b", "/a/./b", "/a/..", "/a/.", "/%2e%2e/metrics", "/a/.%2E/b", "/%2e/a",
                           "/a/..;x=1/metrics", "/a/.;/b"}) {
    EXPECT_FALSE(canonical_path(path)) << path;
  }
}

TEST(Path, refuses_empty_segments_but_the_last) {
  for (const char* path : {"//", "//metrics", "/a//b", "/a///", "/;/metrics", "/a/;x/b", "/a/;"}) {
    EXPECT_FALSE(canonical_path(path)) << path;
  }
}

TEST(Path, refuses_what_may_separate_segments_elsewhere) {
  for (const char* path : {"/a%2Fb", "/a%2f..%2fmetrics", "/a%5Cb", "/a%5cb", "/a\\b"}) {
    EXPECT_FALSE(canonical_path(path)) << path;
  }
}

TEST(Path, refuses_malformed_escapes_and_control_characters) {
  for (const std::string_view path : {"/%", "/%4", "/%zz", "/%4g/", "/a%00", "/a%0d%0a", "/%7f", "/a\tb"}) {
    EXPECT_FALSE(canonical_path(path)) << path;
  }
}

TEST(Path, refuses_what_is_no_path) {
  for (const char* path : {"", "*", "api", "http://host/"}) EXPECT_FALSE(canonical_path(path)) << path;
}

TEST(Path, gives_a_path_that_stays_as_it_is) {
  for (const char* path : {"/%61%2d%7E/%e4", "/a%3bb;c/", "/%41%42"}) {
    const std::string once = canonical_path(path).value_or("refused");
    EXPECT_EQ(canonical_path(once).value_or("refused"), once);
  }
}

TEST(Path, knows_the_paths_for_operators_in_every_spelling) {
  for (const char* path : {"/metrics", "/health", "/ready", "/debug", "/debug/tasks", "/metrics/", "/Metrics",
                           "/HEALTH", "/%6Detrics", "/%64ebug/tasks", "/ready;v=1", "/debug;x/tasks"}) {
    const Result<std::string> canonical = canonical_path(path);
    ASSERT_TRUE(canonical) << path;
    EXPECT_TRUE(is_internal_path(*canonical)) << path;
  }
  for (const char* path : {"/", "/metrics2", "/api/metrics", "/healthy", "/api/debug", "/m"}) {
    EXPECT_FALSE(is_internal_path(path)) << path;
  }
}

}  // namespace
}  // namespace skerry::platform::gateway
