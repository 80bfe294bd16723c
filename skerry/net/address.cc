// SPDX-License-Identifier: Apache-2.0
#include "skerry/net/address.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <netdb.h>
#include <netinet/in.h>

#include <charconv>
#include <cstring>
#include <memory>

#include "skerry/async/blocking.h"
#include "skerry/base/check.h"

namespace skerry::net {
namespace {

Error bad_host_port(std::string_view text, std::string_view why) {
  return Error::invalid_argument("\"{}\" is not HOST:PORT: {}", text, why);
}

Result<std::vector<Address>> look_up(const HostPort& target) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int code = ::getaddrinfo(target.host.c_str(), std::to_string(target.port).c_str(), &hints, &list);
  if (code != 0) {
    const bool unknown = code == EAI_NONAME || code == EAI_NODATA;
    return fail(Error(unknown ? Code::kNotFound : Code::kUnavailable,
                      fmt::format("cannot resolve \"{}\": {}", target.host, ::gai_strerror(code))));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  std::vector<Address> addresses;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    addresses.emplace_back(entry->ai_addr, entry->ai_addrlen);
  }
  if (addresses.empty()) return fail(Error::not_found("\"{}\" has no address", target.host));
  return addresses;
}

}  // namespace

Result<HostPort> HostPort::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return skerry::fail(bad_host_port(text, "there is no port"));
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return skerry::fail(bad_host_port(text, "an IPv6 address stands in brackets, as in [::1]:80"));
  }
  if (host.empty()) return skerry::fail(bad_host_port(text, "the host is empty"));
  std::uint16_t port = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (code != std::errc() || end != digits.data() + digits.size()) {
    return skerry::fail(bad_host_port(text, "the port is not a number from 0 to 65535"));
  }
  return HostPort{std::string(host), port};
}

std::string HostPort::to_string() const {
  if (host.find(':') != std::string::npos) return fmt::format("[{}]:{}", host, port);
  return fmt::format("{}:{}", host, port);
}

Address::Address(const sockaddr* address, socklen_t size) : size_(size) {
  SKERRY_CHECK(size <= sizeof storage_, "a socket address is larger than the system's largest");
  std::memcpy(&storage_, address, size);
}

Result<Address> Address::from_ip(const std::string& ip, std::uint16_t port) {
  sockaddr_in v4{};
  if (::inet_pton(AF_INET, ip.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    return Address(reinterpret_cast<const sockaddr*>(&v4), sizeof v4);
  }
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET6, ip.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    return Address(reinterpret_cast<const sockaddr*>(&v6), sizeof v6);
  }
  return fail(Error::invalid_argument("\"{}\" is not an IP address", ip));
}

std::uint16_t Address::port() const {
  if (family() == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in*>(&storage_)->sin_port);
}

std::string Address::ip() const {
  char text[INET6_ADDRSTRLEN] = "";
  if (family() == AF_INET6) {
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_addr, text, sizeof text);
  } else {
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&storage_)->sin_addr, text, sizeof text);
  }
  return text;
}

std::string Address::to_string() const { return HostPort{ip(), port()}.to_string(); }

bool Address::is_loopback() const {
  if (family() == AF_INET6) {
    return IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_addr);
  }
  return (ntohl(reinterpret_cast<const sockaddr_in*>(&storage_)->sin_addr.s_addr) >> 24) == 127;
}

Task<std::vector<Address>> resolve(HostPort target) {
  if (Result<Address> literal = Address::from_ip(target.host, target.port)) co_return std::vector<Address>{*literal};
  co_return co_await blocking([target = std::move(target)] { return look_up(target); });
}

Task<Address> resolve_first(HostPort target) {
  std::vector<Address> addresses = co_await resolve(std::move(target));
  co_return addresses.front();
}

}  // namespace skerry::net
