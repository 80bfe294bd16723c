// SPDX-License-Identifier: Apache-2.0
//
// Http2Options: the limits and windows of one HTTP/2 connection, and the numbers behind the guards against the attacks
// that the protocol is known for. Every number is a count or in bytes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace skerry::http {

/// A token bucket: `burst` at once, then `per_second`.
struct RateLimit {
  std::uint32_t burst = 0;
  std::uint32_t per_second = 0;
};

struct Http2Options {
  /// Streams that the peer may have open at once, told to it in the first SETTINGS (RFC 9113 section 5.1.2).
  std::uint32_t max_concurrent_streams = 128;
  /// What may be in flight to us on one stream and on the whole connection before somebody reads it (RFC 9113 section
  /// 5.2). The larger the window, the more a fast peer far away may send in one round trip.
  std::uint32_t stream_window_bytes = 512 * 1024;
  std::uint32_t connection_window_bytes = 2 * 1024 * 1024;
  /// Size of the fields of one header block, as RFC 9113 section 6.5.2 counts it (32 bytes added for each field). A
  /// larger head of a request is answered with 431.
  std::size_t max_header_list_bytes = 64 * 1024;
  /// Fields of one header block, each crumb of a cookie counted. More are answered with 431.
  std::size_t max_header_fields = 1000;
  /// CONTINUATION frames of one header block, entries of one SETTINGS frame.
  std::size_t max_continuations = 8;
  std::size_t max_settings_entries = 32;
  /// Acknowledgements (of SETTINGS and PING) and frames of any kind that wait to be sent because the peer does not
  /// read.
  std::size_t max_queued_acknowledgements = 1000;
  std::size_t max_queued_frames = 5000;
  /// Fields of all open streams and bytes that wait to be sent: what one connection may make us keep. A stream that
  /// would exceed it is refused.
  std::size_t max_connection_bytes = 16 * 1024 * 1024;
  /// Streams that the peer opens and resets. Beyond it the connection ends with ENHANCE_YOUR_CALM. Cancelled calls and
  /// passed deadlines of honest clients spend it too.
  RateLimit resets{.burst = 2000, .per_second = 200};
  /// Faults of the peer that make us reset a stream or look at a useless frame.
  RateLimit glitches{.burst = 10'000, .per_second = 330};
  /// The connection ends when, of more than `early_reset_minimum` requests, a larger part than this was reset before
  /// its response; 1 or more turns the guard off. For peers that are not trusted.
  double max_early_reset_ratio = 1;
  std::uint64_t early_reset_minimum = 500;
  /// A stream is reset when it has something to send and the peer gives it no window for so long.
  std::chrono::milliseconds stall_timeout{60'000};
};

}  // namespace skerry::http
