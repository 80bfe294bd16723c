// SPDX-License-Identifier: Apache-2.0
//
// Cuts arbitrary bytes into gRPC messages in two ways, whole and in pieces, and demands the same outcome; then
// decompresses each message within a bound.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "skerry/base/check.h"
#include "skerry/grpc/compression.h"
#include "skerry/grpc/framing.h"

namespace {

constexpr std::size_t kFuzzMessageBytesMax = 4096;

struct Outcome {
  std::vector<std::string> messages;
  bool failed = false;
  bool complete = false;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome deframe(std::string_view stream, std::size_t step) {
  skerry::grpc::Deframer deframer(kFuzzMessageBytesMax);
  Outcome outcome;
  for (std::size_t at = 0; at < stream.size(); at += step) {
    deframer.feed(std::string(stream.substr(at, step)));
    while (true) {
      const auto frame = deframer.next();
      if (!frame) outcome.failed = true;
      if (!frame || !*frame) break;
      outcome.messages.push_back(std::string((*frame)->payload).append((*frame)->compressed ? "1" : "0"));
    }
  }
  outcome.complete = deframer.finish().has_value();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using skerry::grpc::Compression;
  if (size == 0) return 0;
  const std::size_t step = 1 + data[0];
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = deframe(stream, std::max<std::size_t>(stream.size(), 1));
  SKERRY_CHECK(whole == deframe(stream, step), "the cut of the stream must not matter");
  const auto single = skerry::grpc::single_frame(stream, kFuzzMessageBytesMax);
  SKERRY_CHECK(single.has_value() == (whole.complete && whole.messages.size() == 1), "single_frame and Deframer agree");
  for (const std::string& message : whole.messages) {
    for (const auto compression : {Compression::kGzip, Compression::kDeflate}) {
      const auto plain = skerry::grpc::decompress(compression, message, kFuzzMessageBytesMax);
      SKERRY_CHECK(!plain || plain->size() <= kFuzzMessageBytesMax, "the bound holds");
    }
  }
  return 0;
}
