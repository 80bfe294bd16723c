// SPDX-License-Identifier: Apache-2.0
#include "skerry/base/encoding.h"

#include <gtest/gtest.h>

#include <string>

#include "skerry/base/ids.h"

namespace skerry {
namespace {

std::string encoding_test_bytes(std::size_t size) {
  std::string bytes;
  while (bytes.size() < size) bytes += static_cast<char>(random_u64());
  return bytes;
}

TEST(Hex, encodes_lower_case_two_digits_a_byte) {
  EXPECT_EQ(hex_encode(""), "");
  EXPECT_EQ(hex_encode(std::string_view("\x00\x0f\xa0\xff", 4)), "000fa0ff");
}

TEST(Hex, decodes_both_cases) {
  EXPECT_EQ(hex_decode("aBcD"), "\xab\xcd");
  EXPECT_EQ(hex_decode(""), "");
}

TEST(Hex, refuses_odd_lengths_and_other_characters) {
  for (const char* text : {"a", "abc", "0g", "0x", " 0", "+1", "/0", ":0", "@0", "`0"}) {
    EXPECT_EQ(hex_decode(text), std::nullopt) << text;
  }
}

// RFC 4648 section 10.
TEST(Base64, encodes_the_test_vectors) {
  EXPECT_EQ(base64_encode(""), "");
  EXPECT_EQ(base64_encode("f"), "Zg==");
  EXPECT_EQ(base64_encode("fo"), "Zm8=");
  EXPECT_EQ(base64_encode("foo"), "Zm9v");
  EXPECT_EQ(base64_encode("foob"), "Zm9vYg==");
  EXPECT_EQ(base64_encode("fooba"), "Zm9vYmE=");
  EXPECT_EQ(base64_encode("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64_encode("\xfb\xff"), "+/8=");
}

TEST(Base64, leaves_the_padding_out_on_request) {
  EXPECT_EQ(base64_encode("f", false), "Zg");
  EXPECT_EQ(base64_encode("fo", false), "Zm8");
  EXPECT_EQ(base64_encode("foo", false), "Zm9v");
}

TEST(Base64, decodes_with_and_without_padding) {
  EXPECT_EQ(base64_decode("Zg=="), "f");
  EXPECT_EQ(base64_decode("Zg"), "f");
  EXPECT_EQ(base64_decode("Zm8="), "fo");
  EXPECT_EQ(base64_decode("Zm8"), "fo");
  EXPECT_EQ(base64_decode("Zm9vYmFy"), "foobar");
  EXPECT_EQ(base64_decode(""), "");
}

TEST(Base64, refuses_what_is_not_base64) {
  for (const char* text : {"Z", "Zg=", "Zg===", "=", "==", "====", "Zm9=v", "Zm 9", "Zm9v\n", "-_8=", "Zm9vY"}) {
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
  }
}

TEST(Encodings, decode_what_they_encoded) {
  for (std::size_t size = 0; size < 100; ++size) {
    const std::string bytes = encoding_test_bytes(size);
    EXPECT_EQ(hex_decode(hex_encode(bytes)), bytes);
    EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
    EXPECT_EQ(base64_decode(base64_encode(bytes, false)), bytes);
  }
}

// RFC 3720 appendix B.4, and the check value of the CRC catalogue.
TEST(Crc32c, has_the_published_values) {
  EXPECT_EQ(crc32c(""), 0U);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62A8AB43U);
  std::string rising;
  for (int i = 0; i < 32; ++i) rising += static_cast<char>(i);
  EXPECT_EQ(crc32c(rising), 0x46DD794EU);
}

TEST(Crc32c, of_the_parts_continues_to_that_of_the_whole) {
  const std::string bytes = encoding_test_bytes(100);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    const std::string_view whole = bytes;
    EXPECT_EQ(crc32c(whole.substr(cut), crc32c(whole.substr(0, cut))), crc32c(whole)) << cut;
  }
}

TEST(Crc32c, changes_with_every_single_bit) {
  const std::string bytes = encoding_test_bytes(37);
  const std::uint32_t whole = crc32c(bytes);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(crc32c(flipped), whole) << bit;
  }
}

}  // namespace
}  // namespace skerry
