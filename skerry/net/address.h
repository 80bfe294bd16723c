// SPDX-License-Identifier: Apache-2.0
//
// Addresses: HostPort is what people write ("localhost:8080", "[::1]:2379"), Address is what sockets use (an IPv4 or
// IPv6 address with a port). resolve() goes from one to the other.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "skerry/async/task.h"
#include "skerry/base/result.h"

namespace skerry::net {

/// A host (name, IPv4 address, or IPv6 address without brackets) and a port.
struct HostPort {
  std::string host;
  std::uint16_t port = 0;

  /// Parses "host:port" and "[v6]:port". Fails with INVALID_ARGUMENT that says what is wrong with the text.
  static Result<HostPort> parse(std::string_view text);
  /// "host:port", an IPv6 host in brackets.
  std::string to_string() const;
  friend bool operator==(const HostPort&, const HostPort&) = default;
  friend auto operator<=>(const HostPort&, const HostPort&) = default;
};

class Address {
 public:
  Address() = default;
  Address(const sockaddr* address, socklen_t size);

  /// The address for an IP literal; INVALID_ARGUMENT for a name.
  static Result<Address> from_ip(const std::string& ip, std::uint16_t port);

  const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t size() const { return size_; }
  int family() const { return storage_.ss_family; }
  std::uint16_t port() const;
  /// The IP address as text.
  std::string ip() const;
  /// "127.0.0.1:8080" or "[::1]:8080".
  std::string to_string() const;
  bool is_loopback() const;

 private:
  sockaddr_storage storage_{};
  socklen_t size_ = 0;
};

/// The addresses of a host: the literal itself without asking anyone, otherwise what getaddrinfo(3) answers, on a
/// thread of the blocking pool. Never empty: NOT_FOUND for an unknown name, UNAVAILABLE when the name service does not
/// answer.
Task<std::vector<Address>> resolve(HostPort target);

/// The first of them: where to listen.
Task<Address> resolve_first(HostPort target);

}  // namespace skerry::net
