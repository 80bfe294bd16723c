// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/http2_memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <thread>

namespace skerry::http {
namespace {

TEST(Http2Memory, keeps_the_bytes_of_a_piece_that_grows_and_shrinks) {
  const nghttp2_mem& memory = *http2_memory();
  auto* piece = static_cast<char*>(memory.malloc(5, nullptr));
  std::string_view("bytes").copy(piece, 5);
  piece = static_cast<char*>(memory.realloc(piece, 100'000, nullptr));
  EXPECT_EQ(std::string_view(piece, 5), "bytes");
  piece[99'999] = 'e';
  piece = static_cast<char*>(memory.realloc(piece, 2, nullptr));
  EXPECT_EQ(std::string_view(piece, 2), "by");
  memory.free(piece, nullptr);
}

TEST(Http2Memory, reallocates_nothing_to_a_new_piece_and_frees_nothing) {
  const nghttp2_mem& memory = *http2_memory();
  void* piece = memory.realloc(nullptr, 16, nullptr);
  ASSERT_NE(piece, nullptr);
  memory.free(piece, nullptr);
  memory.free(nullptr, nullptr);
}

TEST(Http2Memory, gives_zeros_also_where_a_piece_was_used_before) {
  const nghttp2_mem& memory = *http2_memory();
  auto* used = static_cast<char*>(memory.malloc(64, nullptr));
  std::fill_n(used, 64, 'x');
  memory.free(used, nullptr);
  auto* zeros = static_cast<char*>(memory.calloc(8, 8, nullptr));
  EXPECT_EQ(std::string_view(zeros, 64), std::string(64, '\0'));
  memory.free(zeros, nullptr);
}

TEST(Http2Memory, refuses_what_cannot_be_counted) {
  const nghttp2_mem& memory = *http2_memory();
  constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
  EXPECT_EQ(memory.calloc(kMost, 2, nullptr), nullptr);
  EXPECT_EQ(memory.malloc(kMost - 1, nullptr), nullptr);
}

TEST(Http2Memory, may_be_freed_on_another_thread) {
  const nghttp2_mem& memory = *http2_memory();
  void* piece = memory.malloc(128, nullptr);
  std::thread([&] { memory.free(piece, nullptr); }).join();
}

}  // namespace
}  // namespace skerry::http
