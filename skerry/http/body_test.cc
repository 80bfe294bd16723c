// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/body.h"

#include <gtest/gtest.h>

#include "skerry/http/http_error.h"
#include "skerry/http/socket_test_util.h"

namespace skerry::http {
namespace {

using testing::PatternReader;
using testing::run_limited;

TEST(Body, a_complete_body_is_given_as_one_chunk_and_then_ends) {
  run_limited([]() -> Task<> {
    Body body("hello");
    EXPECT_TRUE(body.is_complete());
    EXPECT_EQ(body.size(), 5U);
    const std::optional<std::string> chunk = co_await body.read();
    EXPECT_EQ(chunk, "hello");
    for (int i = 0; i < 2; ++i) {
      const std::optional<std::string> end = co_await body.read();
      EXPECT_EQ(end, std::nullopt);
    }
  });
}

TEST(Body, an_empty_body_has_no_chunk) {
  run_limited([]() -> Task<> {
    Body body;
    EXPECT_EQ(body.size(), 0U);
    const std::optional<std::string> end = co_await body.read();
    EXPECT_EQ(end, std::nullopt);
    EXPECT_TRUE(body.trailers().empty());
  });
}

TEST(Body, read_all_takes_what_fits_and_refuses_what_does_not) {
  run_limited([]() -> Task<> {
    for (const bool streaming : {false, true}) {
      for (const std::size_t limit : {99U, 100U}) {
        Body body = streaming ? Body(std::make_unique<PatternReader>(100, 30)) : Body(std::string(100, 'p'));
        const Result<std::string> all = co_await body.read_all(limit).result();
        EXPECT_EQ(all.has_value(), limit == 100);
        if (all) {
          EXPECT_EQ(*all, std::string(100, 'p'));
        } else {
          EXPECT_EQ(status_of(all.error()), 413);
        }
      }
    }
  });
}

TEST(Body, a_size_that_is_known_is_refused_before_anything_is_read) {
  run_limited([]() -> Task<> {
    std::size_t given = 0;
    Body body(std::make_unique<PatternReader>(100, 30, &given), 100);
    EXPECT_EQ(body.size(), 100U);
    const Result<std::string> all = co_await body.read_all(50).result();
    EXPECT_FALSE(all);
    EXPECT_EQ(given, 0U);
  });
}

TEST(Body, trailers_of_a_complete_body_are_there_at_once) {
  Headers trailers;
  ASSERT_TRUE(trailers.add("sum", "5"));
  Body body("hello", std::move(trailers));
  EXPECT_EQ(body.trailers().get("sum"), "5");
  EXPECT_EQ(body.take_trailers().get("sum"), "5");
}

}  // namespace
}  // namespace skerry::http
