// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/metadata.h"

#include <gtest/gtest.h>

namespace skerry::grpc {
namespace {

TEST(GrpcMetadata, keys_are_lower_case_and_values_keep_their_order) {
  Metadata metadata{{"X-Tenant", "blue"}, {"other", "1"}};
  metadata.add("x-tenant", "green");
  EXPECT_EQ(metadata.find("x-tenant"), "blue");
  EXPECT_EQ(metadata.find_all("x-tenant"), (std::vector<std::string_view>{"blue", "green"}));
  EXPECT_EQ(metadata.find("missing"), std::nullopt);
  EXPECT_EQ(metadata.size(), 3U);
}

TEST(GrpcMetadata, append_keeps_both_values_of_a_key) {
  Metadata metadata{{"a", "1"}};
  metadata.append(Metadata{{"a", "2"}, {"b", "3"}});
  EXPECT_EQ(metadata, (Metadata{{"a", "1"}, {"a", "2"}, {"b", "3"}}));
}

TEST(GrpcMetadata, binary_values_travel_as_base64_without_padding) {
  EXPECT_EQ(encode_metadata_value("trace-bin", std::string("\0\xff", 2)), "AP8");
  EXPECT_EQ(encode_metadata_value("trace", "plain"), "plain");
}

TEST(GrpcMetadata, received_binary_values_may_be_padded_unpadded_and_joined) {
  Metadata metadata;
  add_received_header(metadata, "key-bin", "AP8=,YQ, Yg==");
  EXPECT_EQ(metadata.find_all("key-bin"), (std::vector<std::string_view>{std::string_view("\0\xff", 2), "a", "b"}));
}

TEST(GrpcMetadata, received_binary_value_that_is_no_base64_is_left_out) {
  Metadata metadata;
  add_received_header(metadata, "key-bin", "YQ,***,Yg");
  EXPECT_EQ(metadata.find_all("key-bin"), (std::vector<std::string_view>{"a", "b"}));
}

TEST(GrpcMetadata, received_text_is_trimmed_and_not_cut_at_commas) {
  Metadata metadata;
  add_received_header(metadata, "accept-language", "  de, en \t");
  EXPECT_EQ(metadata.find("accept-language"), "de, en");
}

TEST(GrpcMetadata, received_text_outside_ascii_is_kept) {
  Metadata metadata;
  add_received_header(metadata, "name", "J\xc3\xb6rg");
  EXPECT_EQ(metadata.find("name"), "J\xc3\xb6rg");
}

TEST(GrpcMetadata, reserved_headers_are_no_metadata) {
  Metadata metadata;
  for (const auto* name :
       {":path", ":status", "grpc-timeout", "grpc-anything", "content-type", "te", "user-agent", "host"}) {
    add_received_header(metadata, name, "x");
  }
  EXPECT_TRUE(metadata.empty());
  add_received_header(metadata, "authorization", "Bearer x");
  EXPECT_EQ(metadata.size(), 1U);
}

TEST(GrpcMetadata, binary_round_trip_of_every_byte) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  Metadata metadata;
  add_received_header(metadata, "all-bin", encode_metadata_value("all-bin", bytes));
  EXPECT_EQ(metadata.find("all-bin"), bytes);
}

TEST(GrpcMetadata, check_accepts_what_can_be_sent) {
  EXPECT_TRUE(check_metadata({{"a-z_0.9", "printable ~ ASCII"}, {"k-bin", std::string("\0\n", 2)}, {"empty", ""}}));
}

TEST(GrpcMetadata, check_refuses_what_would_break_the_header_block) {
  for (const Metadata& bad :
       {Metadata{{"", "x"}}, Metadata{{"sp ace", "x"}}, Metadata{{"new\nline", "x"}}, Metadata{{":path", "/x"}},
        Metadata{{"grpc-status", "0"}}, Metadata{{"content-type", "x"}}, Metadata{{"key", "a\r\nset-cookie: b"}},
        Metadata{{"key", std::string("\0", 1)}}, Metadata{{"key", "\xc3\xb6"}}}) {
    const auto checked = check_metadata(bad);
    ASSERT_FALSE(checked) << bad.begin()->key;
    EXPECT_EQ(checked.error().code(), Code::kInvalidArgument);
  }
}

}  // namespace
}  // namespace skerry::grpc
