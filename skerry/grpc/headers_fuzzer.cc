// SPDX-License-Identifier: Apache-2.0
//
// Feeds arbitrary text to everything that reads a gRPC header or trailer, and checks that what was read can be written
// and read again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "skerry/base/check.h"
#include "skerry/base/encoding.h"
#include "skerry/grpc/compression.h"
#include "skerry/grpc/metadata.h"
#include "skerry/grpc/method.h"
#include "skerry/grpc/status.h"
#include "skerry/grpc/status_details.h"
#include "skerry/grpc/timeout.h"

namespace {

void check_status(std::string_view text) {
  using namespace skerry::grpc;
  const std::string details = skerry::base64_encode(text);
  const auto outcome = status_from_trailers({text, text, details}, 200);
  SKERRY_CHECK(outcome.has_value() == (text == kStatusTextOk), "only 0 is success");
  for (const auto& [name, value] : internal::parse_status_details(text)) (void)encode_metadata_value(name, value);
  const std::string message = decode_status_message(text);
  if (message.size() <= kStatusMessageBytesMax) {
    SKERRY_CHECK(decode_status_message(encode_status_message(message)) == message, "messages survive");
  }
  const skerry::Error error = skerry::Error(skerry::Code::kAborted, message).with_detail("a", std::string(text));
  const std::string bytes = encode_status_details(error);
  SKERRY_CHECK(bytes.empty() || internal::parse_status_details(bytes) == error.details(), "details survive");
}

void check_metadata_value(std::string_view text) {
  using namespace skerry::grpc;
  Metadata metadata;
  add_received_header(metadata, "a-bin", text);
  for (const auto& [key, value] : metadata) {
    Metadata again;
    add_received_header(again, key, encode_metadata_value(key, value));
    SKERRY_CHECK(again.find(key) == value, "bytes survive");
  }
  add_received_header(metadata, "a", text);
  add_received_header(metadata, text, text);
  (void)check_metadata(metadata);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skerry::grpc;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto timeout = parse_timeout(text)) {
    const auto again = parse_timeout(format_timeout(*timeout));
    SKERRY_CHECK(again && *again >= *timeout, "a timeout never gets shorter");
  }
  check_status(text);
  check_metadata_value(text);
  (void)parse_method_path(text);
  (void)parse_content_type(text);
  (void)accepts_compression(text, Compression::kGzip);
  return 0;
}
