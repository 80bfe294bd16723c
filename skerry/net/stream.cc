// SPDX-License-Identifier: Apache-2.0
#include "skerry/net/stream.h"

namespace skerry::net {

Error io_error(const IoResult& result, std::string_view what) {
  if (result.state == IoResult::State::kEnd) return Error::unavailable("{}: the peer has closed the connection", what);
  return system_error(result.error, what);
}

Task<std::size_t> read_some(Stream& stream, std::span<char> buffer) {
  for (;;) {
    const IoResult result = stream.try_read(buffer);
    switch (result.state) {
      case IoResult::State::kDone:
        co_return result.size;
      case IoResult::State::kEnd:
        co_return 0;
      case IoResult::State::kFailed:
        co_return io_error(result, "read");
      case IoResult::State::kWouldBlock:
        co_await stream.readable();
    }
  }
}

Task<> write_all(Stream& stream, std::string_view bytes) {
  while (!bytes.empty()) {
    const iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    const IoResult result = stream.try_write({&part, 1});
    if (result.state == IoResult::State::kDone) {
      bytes.remove_prefix(result.size);
    } else if (result.state == IoResult::State::kWouldBlock) {
      co_await stream.writable();
    } else {
      co_await io_error(result, "write");
    }
  }
}

}  // namespace skerry::net
