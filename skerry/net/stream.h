// SPDX-License-Identifier: Apache-2.0
//
// Stream: a connection that bytes go over both ways, in order. A stream belongs to the worker it was made on and is
// used there alone. Protocols use the non-blocking try_read and try_write with readable() and writable(), which
// allocate nothing; everybody else the tasks read_some and write_all.
//
//   std::unique_ptr<net::Stream> stream = co_await net::connect(address);
//   co_await net::write_all(*stream, "ping");
//   std::size_t size = co_await net::read_some(*stream, buffer);     // 0: the peer has closed
//
// One task may read while another writes; two tasks must not do the same at once. Cancellation ends a wait at once and
// leaves nothing behind in the kernel or in the stream.
#pragma once

#include <sys/uio.h>

#include <coroutine>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "skerry/async/ready_wait.h"
#include "skerry/async/task.h"
#include "skerry/net/address.h"

namespace skerry::net {

/// The wait for a descriptor to become ready; see Stream::readable.
using internal::ReadyWait;

/// What one non-blocking attempt did.
struct IoResult {
  enum class State { kDone, kWouldBlock, kEnd, kFailed };
  State state = State::kDone;
  /// Bytes moved; not 0 for kDone.
  std::size_t size = 0;
  /// errno of kFailed.
  int error = 0;
};

class Stream {
 public:
  Stream() = default;
  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Reads what is there, up to the buffer's size. kEnd when the peer has closed its side. Precondition: not empty.
  virtual IoResult try_read(std::span<char> buffer) = 0;
  /// Writes as much as fits, gathered from the parts. Precondition: not all empty.
  virtual IoResult try_write(std::span<const iovec> parts) = 0;
  /// Says to the peer that no more will be written; reading goes on.
  virtual void shutdown_write() = 0;
  virtual Address local_address() const = 0;
  virtual Address peer_address() const = 0;

  /// `co_await stream.readable()` after kWouldBlock: until a read may succeed. May end without reason; try again then.
  ReadyWait readable() { return {watch_, ReadyWait::Direction::kRead}; }
  /// The same for writing.
  ReadyWait writable() { return {watch_, ReadyWait::Direction::kWrite}; }

 protected:
  internal::IoWatch watch_;
};

/// Reads at least one byte, or gives 0 when the peer has closed. UNAVAILABLE when the connection broke.
Task<std::size_t> read_some(Stream& stream, std::span<char> buffer);

/// Writes everything. The bytes must stay until the task has ended. UNAVAILABLE when the connection broke.
Task<> write_all(Stream& stream, std::string_view bytes);

/// The Error for a failed attempt.
Error io_error(const IoResult& result, std::string_view what);

/// Connects over TCP; the stream belongs to the calling worker. UNAVAILABLE when nobody listens there. There is no time
/// limit but the caller's: use with_timeout.
Task<std::unique_ptr<Stream>> connect(Address address);

/// Resolves the name and connects to the first of its addresses that answers.
Task<std::unique_ptr<Stream>> connect(HostPort target);

}  // namespace skerry::net
