// SPDX-License-Identifier: Apache-2.0
//
// Two HTTP/2 sessions that talk to each other, one that writes down what it is told, and frames made by hand: for tests
// and fuzzers.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skerry/base/check.h"
#include "skerry/http/http2_session.h"

namespace skerry::http::testing {

/// Keeps what a session said of each stream.
class Http2Recorder final : public Http2Events {
 public:
  struct Seen {
    Http2Stream* stream = nullptr;
    RequestHead request;
    ResponseHead response;
    std::string body;
    Headers trailers;
    bool head = false;
    bool ended = false;
    bool closed = false;
    Http2Error code = Http2Error::kNoError;
    int refused_with = 0;
    int drained = 0;
  };

  explicit Http2Recorder(Http2Session::Side side) : side_(side) {}

  void on_head(Http2Stream& stream) override {
    Seen& seen = streams[stream.id()];
    seen.stream = &stream;
    seen.head = true;
    if (stream.refusal()) seen.refused_with = std::stoi(std::string(stream.refusal()->detail("http_status")));
    if (side_ == Http2Session::Side::kServer) {
      seen.request = stream.take_request();
    } else {
      seen.response = stream.take_response();
    }
  }
  void on_data(Http2Stream& stream, std::string_view data) override {
    streams[stream.id()].body.append(data);
    if (consumes && session != nullptr) session->consume(stream, data.size());
  }
  void on_end(Http2Stream& stream) override {
    streams[stream.id()].ended = true;
    streams[stream.id()].trailers = std::move(stream.trailers());
  }
  void on_drained(Http2Stream& stream) override { ++streams[stream.id()].drained; }
  void on_stream_closed(Http2Stream& stream, Http2Error code) override {
    Seen& seen = streams[stream.id()];
    seen.closed = true;
    seen.code = code;
    seen.stream = nullptr;
  }
  void on_goaway(std::int32_t last, Http2Error code) override { goaways.emplace_back(last, code); }
  void on_settings() override { ++settings; }
  void on_ping_acknowledged() override { ++pings; }

  std::map<std::int32_t, Seen> streams;
  std::vector<std::pair<std::int32_t, Http2Error>> goaways;
  int settings = 0;
  int pings = 0;
  /// Whether data is consumed as it comes. Needs `session`.
  bool consumes = false;
  Http2Session* session = nullptr;

 private:
  Http2Session::Side side_;
};

inline constexpr std::size_t kTestOutputBytes = 1 << 20;

/// A client and a server whose bytes go over at `pump`.
struct Http2Pair {
  explicit Http2Pair(const Http2Options& client_options = {}, const Http2Options& server_options = {})
      : client(Http2Session::Side::kClient, client_options, client_events),
        server(Http2Session::Side::kServer, server_options, server_events) {
    client_events.session = &client;
    server_events.session = &server;
  }

  /// Carries everything over, both ways, until nobody has anything to say. The bytes that went to the server and back.
  std::pair<std::size_t, std::size_t> pump() {
    std::pair<std::size_t, std::size_t> moved{0, 0};
    while (true) {
      std::string there;
      std::string back;
      while (client.produce(there, kTestOutputBytes)) {
      }
      if (!there.empty()) server_alive = server.receive(there, now).has_value() && server_alive;
      while (server.produce(back, kTestOutputBytes)) {
      }
      if (!back.empty()) client_alive = client.receive(back, now).has_value() && client_alive;
      if (there.empty() && back.empty()) return moved;
      moved.first += there.size();
      moved.second += back.size();
    }
  }

  Http2Stream& get(const std::string& target) {
    const Result<Http2Stream*> stream = client.request({.target = target, .authority = "h"}, true);
    SKERRY_CHECK(stream, stream.error().message().c_str());
    return **stream;
  }
  Http2Stream& post(const std::string& target) {
    const Result<Http2Stream*> stream = client.request({.method = "POST", .target = target, .authority = "h"}, false);
    SKERRY_CHECK(stream, stream.error().message().c_str());
    return **stream;
  }

  Http2Session::TimePoint now = Http2Session::TimePoint(std::chrono::hours(1));
  Http2Recorder client_events{Http2Session::Side::kClient};
  Http2Recorder server_events{Http2Session::Side::kServer};
  Http2Session client;
  Http2Session server;
  bool client_alive = true;
  bool server_alive = true;
};

enum class FrameType : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kReset = 3,
  kSettings = 4,
  kPing = 6,
  kGoaway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
};

inline constexpr std::uint8_t kEndStreamFlag = 1;
inline constexpr std::uint8_t kEndHeadersFlag = 4;
inline constexpr std::string_view kClientPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

inline std::string big_endian(std::uint32_t number, int bytes) {
  std::string text;
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) text.push_back(static_cast<char>(number >> shift));
  return text;
}

/// A frame (RFC 9113 section 4.1).
inline std::string frame(FrameType type, std::uint8_t flags, std::uint32_t stream, std::string_view payload = "") {
  std::string text = big_endian(static_cast<std::uint32_t>(payload.size()), 3);
  text.push_back(static_cast<char>(type));
  text.push_back(static_cast<char>(flags));
  return text.append(big_endian(stream, 4)).append(payload);
}

/// A field that is not indexed (RFC 7541 section 6.2.2). Precondition: both shorter than 127 bytes.
inline std::string literal_field(std::string_view name, std::string_view value) {
  std::string text(1, '\0');
  text.push_back(static_cast<char>(name.size()));
  text.append(name);
  text.push_back(static_cast<char>(value.size()));
  return text.append(value);
}

/// GET / of http, from the static table, with an authority: a complete header block.
inline std::string simple_request_block() { return "\x82\x84\x86" + literal_field(":authority", "h"); }

}  // namespace skerry::http::testing
