// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/protocol/wire.h"

#include <gtest/gtest.h>

#include <limits>

#include "skerry/base/encoding.h"

namespace skerry::platform::kafka::protocol {
namespace {

template <class Write>
std::string written(Write write) {
  std::string bytes;
  Writer writer(bytes);
  write(writer);
  return hex_encode(bytes);
}

TEST(KafkaWire, integers_are_big_endian) {
  EXPECT_EQ(written([](Writer& out) { out.integer(std::int16_t{-2}); }), "fffe");
  EXPECT_EQ(written([](Writer& out) { out.integer(std::int64_t{0x0102030405060708}); }), "0102030405060708");
  const std::string bytes = *hex_decode(
      "80"
      "7fff"
      "80000000"
      "ffffffffffffffff");
  Reader reader(bytes);
  EXPECT_EQ(reader.integer<std::int8_t>(), -128);
  EXPECT_EQ(reader.integer<std::int16_t>(), 32767);
  EXPECT_EQ(reader.integer<std::int32_t>(), std::numeric_limits<std::int32_t>::min());
  EXPECT_EQ(reader.integer<std::int64_t>(), -1);
  EXPECT_TRUE(reader.finish());
}

TEST(KafkaWire, varints_are_those_of_protobuf_with_zigzag_for_signs) {
  EXPECT_EQ(written([](Writer& out) { out.unsigned_varint(300); }), "ac02");
  EXPECT_EQ(written([](Writer& out) { out.varint(-1); }), "01");
  EXPECT_EQ(written([](Writer& out) { out.varint(1); }), "02");
  EXPECT_EQ(written([](Writer& out) { out.varint(std::numeric_limits<std::int32_t>::min()); }), "ffffffff0f");
  EXPECT_EQ(written([](Writer& out) { out.varlong(std::numeric_limits<std::int64_t>::min()); }),
            "ffffffffffffffffff01");
}

TEST(KafkaWire, varints_come_back) {
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{-64}, std::int64_t{64}, std::int64_t{-65}, std::int64_t{1} << 31,
        std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
    std::string bytes;
    Writer writer(bytes);
    writer.varlong(value);
    writer.varint(static_cast<std::int32_t>(value));
    writer.unsigned_varint(static_cast<std::uint32_t>(value));
    Reader reader(bytes);
    EXPECT_EQ(reader.varlong(), value);
    EXPECT_EQ(reader.varint(), static_cast<std::int32_t>(value));
    EXPECT_EQ(reader.unsigned_varint(), static_cast<std::uint32_t>(value));
    EXPECT_TRUE(reader.finish());
  }
}

TEST(KafkaWire, a_varint_that_is_too_long_or_too_large_is_refused) {
  for (const std::string_view text : {"", "80", "ffffffff1f", "ffffffffff0f", "808080808000"}) {
    const std::string bytes = *hex_decode(text);
    Reader reader(bytes);
    EXPECT_EQ(reader.unsigned_varint(), 0U) << text;
    EXPECT_TRUE(reader.failed()) << text;
  }
  const std::string bytes = *hex_decode("ffffffffffffffffff02");
  Reader reader(bytes);
  reader.varlong();
  EXPECT_TRUE(reader.failed());
}

TEST(KafkaWire, a_failed_reader_stays_failed_and_gives_nothing) {
  Reader reader("abcdef");
  EXPECT_EQ(reader.bytes(7), "");
  EXPECT_EQ(reader.integer<std::int8_t>(), 0);
  EXPECT_EQ(reader.remaining(), 0U);
  EXPECT_EQ(reader.finish().error().code(), Code::kInvalidArgument);
  Reader negative("abc");
  EXPECT_EQ(negative.bytes(-1), "");
  EXPECT_FALSE(negative.status());
}

TEST(KafkaWire, what_is_left_is_an_error_at_the_end_alone) {
  Reader reader("abc");
  EXPECT_EQ(reader.bytes(2), "ab");
  EXPECT_TRUE(reader.status());
  EXPECT_FALSE(reader.finish());
}

TEST(KafkaWire, tagged_fields_are_skipped_but_not_past_the_end) {
  const std::string good = *hex_decode(
      "02"
      "00"
      "01"
      "61"
      "05"
      "00");
  Reader reader(good);
  reader.skip_tagged_fields();
  EXPECT_TRUE(reader.finish());
  for (const std::string_view text : {"01", "0100", "010002", "ffffffff0f", "01000261"}) {
    const std::string bytes = *hex_decode(text);
    Reader cut(bytes);
    cut.skip_tagged_fields();
    EXPECT_TRUE(cut.failed()) << text;
  }
}

}  // namespace
}  // namespace skerry::platform::kafka::protocol
