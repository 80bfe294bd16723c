// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/protocol/compression.h"

#include <gtest/gtest.h>

#include "platform/kafka/protocol/compressed_batch.h"
#include "platform/kafka/protocol/errors.h"

namespace skerry::platform::kafka::protocol {
namespace {

constexpr std::array kCodecs = {Compression::kGzip, Compression::kSnappy, Compression::kLz4, Compression::kZstd};
constexpr std::size_t kPlenty = std::size_t{1} << 20;

std::string words(std::size_t bytes) {
  std::string text;
  for (int i = 0; text.size() < bytes; ++i) text += fmt::format("word {} ", i * 7919 % 1000);
  text.resize(bytes);
  return text;
}

int number(Compression codec) { return static_cast<int>(codec); }

TEST(Compression, gives_back_what_each_codec_has_packed) {
  for (const Compression codec : kCodecs) {
    for (const std::size_t size : {std::size_t{1}, std::size_t{100}, std::size_t{300'000}}) {
      const std::string text = words(size);
      EXPECT_EQ(decompress(codec, compressed(text, codec), kPlenty), text) << number(codec) << ' ' << size;
    }
  }
  EXPECT_EQ(decompress(Compression::kNone, "as it is", kPlenty), "as it is");
}

TEST(Compression, takes_the_blocks_of_the_java_library) {
  const std::string text = words(100'000);
  EXPECT_EQ(decompress(Compression::kSnappy, snappy_of_java(text, 32'768), kPlenty), text);
}

TEST(Compression, takes_members_and_frames_that_follow_each_other) {
  for (const Compression codec : {Compression::kGzip, Compression::kLz4, Compression::kZstd})
    EXPECT_EQ(decompress(codec, compressed("one ", codec) + compressed("two", codec), kPlenty), "one two")
        << number(codec);
}

TEST(Compression, stops_at_the_limit) {
  for (const Compression codec :
       {Compression::kNone, Compression::kGzip, Compression::kSnappy, Compression::kLz4, Compression::kZstd}) {
    const std::string packed = compressed(std::string(200'000, 'x'), codec);
    EXPECT_TRUE(decompress(codec, packed, 200'000)) << number(codec);
    const auto refused = decompress(codec, packed, 199'999);
    ASSERT_FALSE(refused) << number(codec);
    EXPECT_EQ(error_code_of(refused.error()), ErrorCode::kMessageTooLarge);
  }
}

TEST(Compression, refuses_what_is_cut_off_or_something_else) {
  for (const Compression codec : kCodecs) {
    const std::string packed = compressed(words(5000), codec);
    for (std::size_t size = 0; size < packed.size(); ++size) {
      const auto cut = decompress(codec, std::string_view(packed).substr(0, size), kPlenty);
      ASSERT_FALSE(cut) << number(codec) << ' ' << size;
      EXPECT_EQ(error_code_of(cut.error()), ErrorCode::kCorruptMessage);
    }
    EXPECT_FALSE(decompress(codec, std::string(100, '\xff'), kPlenty)) << number(codec);
  }
  const std::string blocks = snappy_of_java(words(5000), 1000);
  EXPECT_FALSE(decompress(Compression::kSnappy, std::string_view(blocks).substr(0, blocks.size() - 1), kPlenty));
  EXPECT_FALSE(decompress(static_cast<Compression>(5), "x", kPlenty));
}

}  // namespace
}  // namespace skerry::platform::kafka::protocol
