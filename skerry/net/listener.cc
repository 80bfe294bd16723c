// SPDX-License-Identifier: Apache-2.0
#include "skerry/net/listener.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "skerry/async/sleep.h"
#include "skerry/async/worker.h"
#include "skerry/net/tcp.h"

namespace skerry::net {
namespace {

enum class Sharing { kExclusive, kReusePort };

Result<UniqueFd> bound_socket(const Address& address, Sharing sharing) {
  UniqueFd fd(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return fail(system_error(errno, "socket"));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (sharing == Sharing::kReusePort) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (::bind(fd.get(), address.data(), address.size()) == 0) return fd;
  if (errno == EADDRINUSE) {
    return fail(Error::failed_precondition(
        "cannot listen on {}: the port is in use; stop who listens there or choose another port", address.to_string()));
  }
  return fail(system_error(errno, "cannot listen on " + address.to_string()));
}

bool is_out_of_descriptors(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

Result<ListenAddress> bind_listen_address(const Address& address) {
  // A system-chosen port is never one that is shared, so it can be held with SO_REUSEPORT right away.
  const Sharing sharing = address.port() == 0 ? Sharing::kReusePort : Sharing::kExclusive;
  Result<UniqueFd> fd = bound_socket(address, sharing);
  if (!fd) return fail(std::move(fd));
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getsockname(fd->get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
    return fail(system_error(errno, "getsockname"));
  }
  ListenAddress bound{Address(reinterpret_cast<const sockaddr*>(&storage), size), nullptr};
  if (sharing == Sharing::kReusePort) bound.holder = std::make_shared<UniqueFd>(std::move(*fd));
  return bound;
}

Listener::Listener(UniqueFd fd, Address address) : fd_(std::move(fd)), address_(std::move(address)) {}

Listener::~Listener() {
  if (reactor_ != nullptr) reactor_->remove(watch_);
}

Result<std::unique_ptr<Listener>> Listener::open(const Address& address) {
  Result<UniqueFd> fd = bound_socket(address, Sharing::kReusePort);
  if (!fd) return fail(std::move(fd));
  if (::listen(fd->get(), kListenBacklog) != 0) return fail(system_error(errno, "listen"));
  std::unique_ptr<Listener> listener(new Listener(std::move(*fd), address));
  listener->watch_.fd = listener->fd_.get();
  internal::Reactor& reactor = Worker::current()->reactor();
  if (Result<> added = reactor.add(listener->watch_); !added) return fail(std::move(added));
  listener->reactor_ = &reactor;
  return listener;
}

Task<std::unique_ptr<Stream>> Listener::accept() {
  for (;;) {
    UniqueFd fd(::accept4(fd_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd) co_return co_await TcpStream::adopt(std::move(fd));
    const int error = errno;
    if (error == EAGAIN || error == EWOULDBLOCK) {
      watch_.readable = false;
      co_await ReadyWait(watch_, ReadyWait::Direction::kRead);
    } else if (is_out_of_descriptors(error)) {
      co_await sleep(kAcceptRetry);
    } else if (error == EBADF || error == EINVAL || error == ENOTSOCK) {
      co_return system_error(error, "accept");
    }
  }
}

std::unique_ptr<Stream> Listener::accept_waiting() {
  for (;;) {
    UniqueFd fd(::accept4(fd_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd && errno != EINTR && errno != ECONNABORTED) return nullptr;
    if (!fd) continue;
    if (auto stream = TcpStream::adopt(std::move(fd))) return *std::move(stream);
  }
}

}  // namespace skerry::net
