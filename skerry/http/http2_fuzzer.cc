// SPDX-License-Identifier: Apache-2.0
//
// Whatever frames a peer sends: the server reads the same however the bytes are cut into pieces, keeps to its limits,
// and what it answers is understood by a client that did nothing wrong. The first byte says how the input is cut.
#include <cstdint>
#include <string>
#include <string_view>

#include "skerry/base/check.h"
#include "skerry/http/http2_session.h"
#include "skerry/http/http2_test_util.h"

namespace skerry::http::http2_fuzzer {

constexpr Http2Options kOptions{.max_concurrent_streams = 8,
                                .stream_window_bytes = 70'000,
                                .connection_window_bytes = 100'000,
                                .max_header_list_bytes = 2048,
                                .max_header_fields = 20,
                                .max_queued_acknowledgements = 50,
                                .max_queued_frames = 100,
                                .max_connection_bytes = 8192,
                                .resets = {.burst = 20, .per_second = 1},
                                .glitches = {.burst = 20, .per_second = 1}};

const Http2Session::TimePoint kNow(std::chrono::hours(1));

std::string preface() {
  return std::string(testing::kClientPreface) + testing::frame(testing::FrameType::kSettings, 0, 0);
}

void describe(testing::Http2Recorder& events, std::string& text) {
  for (const auto& [id, seen] : events.streams) {
    text.append(std::to_string(id)).append(seen.request.method).append(seen.request.target).append(seen.body);
    for (const auto [name, value] : seen.request.headers) text.append(name).append("=").append(value);
    for (const auto [name, value] : seen.trailers) text.append(name).append("=").append(value);
    text.append(seen.ended ? "." : "?").append(seen.closed ? "x" : "").append(std::to_string(seen.refused_with));
  }
}

/// What a server sees that does not answer.
std::string read_all(std::string_view input, std::size_t piece) {
  testing::Http2Recorder events(Http2Session::Side::kServer);
  Http2Session session(Http2Session::Side::kServer, kOptions, events);
  bool alive = session.receive(preface(), kNow).has_value();
  while (alive && !input.empty()) {
    const std::string part(input.substr(0, piece));
    input.remove_prefix(part.size());
    alive = session.receive(part, kNow).has_value();
    SKERRY_CHECK(session.used_bytes() <= kOptions.max_connection_bytes, "a connection keeps to its budget");
  }
  // After a goodbye a peer should open nothing; whether it is still listened to depends on where the input was cut.
  if (session.goaway_received()) return "";
  std::string text;
  describe(events, text);
  return text;
}

/// A server that answers everything and consumes what comes.
void answer_all(std::string_view input, std::size_t piece) {
  testing::Http2Recorder events(Http2Session::Side::kServer);
  Http2Session session(Http2Session::Side::kServer, kOptions, events);
  events.session = &session;
  events.consumes = true;
  bool alive = session.receive(preface(), kNow).has_value();
  std::string output;
  while (alive && !input.empty()) {
    const std::string part(input.substr(0, piece));
    input.remove_prefix(part.size());
    alive = session.receive(part, kNow).has_value();
    for (auto& [id, seen] : events.streams) {
      if (!seen.head || seen.closed || seen.stream == nullptr || seen.drained > 0) continue;
      seen.drained = 1;
      SKERRY_CHECK(session.respond(*seen.stream, {}, seen.body, {}, std::nullopt), "an open stream can be answered");
    }
    while (session.produce(output, 4096)) {
    }
    SKERRY_CHECK(session.open_streams() <= kOptions.max_concurrent_streams, "no more streams than allowed");
  }
  while (session.produce(output, 4096)) {
  }
}

/// A client that is given the bytes as if a server had sent them.
void ask(std::string_view input, std::size_t piece) {
  testing::Http2Recorder events(Http2Session::Side::kClient);
  Http2Session session(Http2Session::Side::kClient, kOptions, events);
  events.session = &session;
  events.consumes = true;
  std::string output;
  for (int i = 0; i < 3; ++i) (void)session.request({.authority = "h"}, i == 0);
  session.produce(output, 4096);
  bool alive = session.receive(testing::frame(testing::FrameType::kSettings, 0, 0), kNow).has_value();
  while (alive && !input.empty()) {
    alive = session.receive(input.substr(0, piece), kNow).has_value();
    input.remove_prefix(std::min(piece, input.size()));
    while (session.produce(output, 4096)) {
    }
  }
}

}  // namespace skerry::http::http2_fuzzer

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skerry::http;
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::size_t piece = data[0] % 41 + 1;
  const std::string whole = http2_fuzzer::read_all(input, input.size() + 1);
  const std::string cut = http2_fuzzer::read_all(input, piece);
  SKERRY_CHECK(whole == cut || whole.empty() || cut.empty(), "frames read the same in pieces");
  http2_fuzzer::answer_all(input, piece);
  http2_fuzzer::ask(input, piece);
  return 0;
}
