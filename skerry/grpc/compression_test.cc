// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/compression.h"

#include <gtest/gtest.h>

namespace skerry::grpc {
namespace {

constexpr std::size_t kLimit = std::size_t{1} << 20;

TEST(GrpcCompression, restores_what_was_compressed) {
  std::string noise;
  for (unsigned i = 0, x = 1; i < 100'000; ++i, x = x * 1664525U + 1013904223U) noise += static_cast<char>(x >> 24);
  for (const auto compression : {Compression::kIdentity, Compression::kGzip, Compression::kDeflate}) {
    for (const std::string& message : {std::string(), std::string("a"), std::string(200'000, 'z'), noise}) {
      const auto restored = decompress(compression, compress(compression, message), kLimit);
      ASSERT_TRUE(restored) << compression_name(compression);
      EXPECT_EQ(*restored, message);
    }
  }
}

TEST(GrpcCompression, gzip_makes_repetitive_messages_small) {
  EXPECT_LT(compress(Compression::kGzip, std::string(100'000, 'z')).size(), 1000U);
}

TEST(GrpcCompression, reads_gzip_that_another_program_wrote) {
  // printf hello | gzip -n
  const std::string data(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\x00\x00\x00", 25);
  EXPECT_EQ(decompress(Compression::kGzip, data, kLimit), "hello");
}

TEST(GrpcCompression, reads_several_gzip_members_in_a_row) {
  const std::string data = compress(Compression::kGzip, "hello ") + compress(Compression::kGzip, "world");
  EXPECT_EQ(decompress(Compression::kGzip, data, kLimit), "hello world");
}

TEST(GrpcCompression, stops_at_the_limit_of_the_decompressed_size) {
  for (const auto compression : {Compression::kIdentity, Compression::kGzip, Compression::kDeflate}) {
    const std::string bomb = compress(compression, std::string(kLimit + 1, '\0'));
    EXPECT_EQ(decompress(compression, bomb, kLimit).error().code(), Code::kResourceExhausted);
    const std::string just = compress(compression, std::string(kLimit, '\0'));
    EXPECT_EQ(decompress(compression, just, kLimit)->size(), kLimit);
    EXPECT_EQ(decompress(compression, compress(compression, ""), 0), "");
    EXPECT_EQ(decompress(compression, compress(compression, "x"), 0).error().code(), Code::kResourceExhausted);
  }
}

TEST(GrpcCompression, data_cut_short_is_an_error_at_every_length) {
  const std::string data = compress(Compression::kGzip, "a message of some length, not all of it alike");
  for (std::size_t cut = 0; cut < data.size(); ++cut) {
    EXPECT_EQ(decompress(Compression::kGzip, data.substr(0, cut), kLimit).error().code(), Code::kInternal) << cut;
  }
}

TEST(GrpcCompression, damaged_data_and_the_wrong_format_are_errors) {
  std::string data = compress(Compression::kGzip, "some message");
  EXPECT_EQ(decompress(Compression::kDeflate, data, kLimit).error().code(), Code::kInternal);
  EXPECT_EQ(decompress(Compression::kGzip, "plain text", kLimit).error().code(), Code::kInternal);
  data[data.size() - 6] = static_cast<char>(data[data.size() - 6] ^ 1);  // the checksum in the trailer
  EXPECT_EQ(decompress(Compression::kGzip, data, kLimit).error().code(), Code::kInternal);
  const std::string trailing = compress(Compression::kDeflate, "x") + "junk";
  EXPECT_EQ(decompress(Compression::kDeflate, trailing, kLimit).error().code(), Code::kInternal);
}

TEST(GrpcCompression, names_are_those_of_the_wire) {
  EXPECT_EQ(compression_from_name("gzip"), Compression::kGzip);
  EXPECT_EQ(compression_from_name("identity"), Compression::kIdentity);
  EXPECT_EQ(compression_from_name("deflate"), Compression::kDeflate);
  EXPECT_EQ(compression_from_name("snappy"), std::nullopt);
  EXPECT_EQ(compression_from_name(""), std::nullopt);
}

TEST(GrpcCompression, accept_encoding_is_a_list_of_whole_names) {
  EXPECT_TRUE(accepts_compression("identity, deflate,gzip", Compression::kGzip));
  EXPECT_TRUE(accepts_compression("gzip", Compression::kGzip));
  EXPECT_FALSE(accepts_compression("identity,deflate", Compression::kGzip));
  EXPECT_FALSE(accepts_compression("gzipped,xgzip", Compression::kGzip));
  EXPECT_FALSE(accepts_compression("", Compression::kGzip));
  EXPECT_TRUE(accepts_compression("", Compression::kIdentity));
}

}  // namespace
}  // namespace skerry::grpc
