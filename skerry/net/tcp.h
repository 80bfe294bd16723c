// SPDX-License-Identifier: Apache-2.0
//
// The TCP stream behind net::connect and net::Listener. Internal to net/.
#pragma once

#include "skerry/net/stream.h"

namespace skerry::net {

class TcpStream final : public Stream {
 public:
  /// Takes a connected non-blocking socket and registers it with this worker's reactor; TCP_NODELAY is set.
  static Result<std::unique_ptr<Stream>> adopt(UniqueFd fd);
  explicit TcpStream(UniqueFd fd);
  ~TcpStream() override;

  IoResult try_read(std::span<char> buffer) override;
  IoResult try_write(std::span<const iovec> parts) override;
  void shutdown_write() override;
  Address local_address() const override;
  Address peer_address() const override;

  Result<> start_watch();
  /// Before start_watch: a connect is pending, so the socket becomes writable with the first edge.
  void expect_writable_edge(bool pending) { watch_.writable = !pending; }
  /// The outcome of a non-blocking connect(2), once the socket is writable.
  Result<> connect_outcome() const;

 private:
  UniqueFd fd_;
  internal::Reactor* reactor_ = nullptr;
};

}  // namespace skerry::net
