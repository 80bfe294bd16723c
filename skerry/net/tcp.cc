// SPDX-License-Identifier: Apache-2.0
#include "skerry/net/tcp.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "skerry/async/worker.h"

namespace skerry::net {
namespace {

IoResult failed_attempt(int error) {
  if (error == EAGAIN || error == EWOULDBLOCK) return {IoResult::State::kWouldBlock, 0, 0};
  return {IoResult::State::kFailed, 0, error};
}

Address name_of(int fd, int (*get)(int, sockaddr*, socklen_t*)) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (get(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  return {reinterpret_cast<const sockaddr*>(&storage), size};
}

}  // namespace

TcpStream::TcpStream(UniqueFd fd) : fd_(std::move(fd)) {
  const int on = 1;
  ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

TcpStream::~TcpStream() {
  if (reactor_ != nullptr) reactor_->remove(watch_);
}

Result<> TcpStream::start_watch() {
  watch_.fd = fd_.get();
  internal::Reactor& reactor = Worker::current()->reactor();
  if (Result<> added = reactor.add(watch_); !added) return added;
  reactor_ = &reactor;
  return {};
}

Result<std::unique_ptr<Stream>> TcpStream::adopt(UniqueFd fd) {
  auto stream = std::make_unique<TcpStream>(std::move(fd));
  if (Result<> watched = stream->start_watch(); !watched) return fail(std::move(watched));
  return stream;
}

// The flags are cleared here and set by the reactor on the same thread, so an edge cannot slip in between the attempt
// and the clearing. A read that does not fill the buffer has emptied the socket, but the end of the stream may lie
// behind: once the peer has closed, the flag stays.
IoResult TcpStream::try_read(std::span<char> buffer) {
  if (!watch_.readable) return {IoResult::State::kWouldBlock, 0, 0};
  ssize_t size = 0;
  do {
    size = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
  } while (size < 0 && errno == EINTR);
  if (size == 0) return {IoResult::State::kEnd, 0, 0};
  if (size < 0) {
    const IoResult result = failed_attempt(errno);
    if (result.state == IoResult::State::kWouldBlock) watch_.readable = false;
    return result;
  }
  if (static_cast<std::size_t>(size) < buffer.size() && !watch_.hung_up) watch_.readable = false;
  return {IoResult::State::kDone, static_cast<std::size_t>(size), 0};
}

IoResult TcpStream::try_write(std::span<const iovec> parts) {
  if (!watch_.writable) return {IoResult::State::kWouldBlock, 0, 0};
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts.data());
  message.msg_iovlen = parts.size();
  ssize_t size = 0;
  do {
    // The kernel is quicker with one part than with a list of one.
    size = parts.size() == 1 ? ::send(fd_.get(), parts[0].iov_base, parts[0].iov_len, MSG_NOSIGNAL)
                             : ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
  } while (size < 0 && errno == EINTR);
  if (size >= 0) return {IoResult::State::kDone, static_cast<std::size_t>(size), 0};
  const IoResult result = failed_attempt(errno);
  if (result.state == IoResult::State::kWouldBlock) watch_.writable = false;
  return result;
}

void TcpStream::shutdown_write() { ::shutdown(fd_.get(), SHUT_WR); }

Address TcpStream::local_address() const { return name_of(fd_.get(), &::getsockname); }

Address TcpStream::peer_address() const { return name_of(fd_.get(), &::getpeername); }

Result<> TcpStream::connect_outcome() const {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return fail(system_error(error, "connect"));
  return {};
}

Task<std::unique_ptr<Stream>> connect(Address address) {
  UniqueFd fd(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) co_return system_error(errno, "socket");
  const int raw = fd.get();
  auto stream = std::make_unique<TcpStream>(std::move(fd));
  const bool pending = ::connect(raw, address.data(), address.size()) != 0;
  const int error = pending ? errno : 0;
  if (error != 0 && error != EINPROGRESS) {
    co_return system_error(error, "connect").annotate(address.to_string());
  }
  stream->expect_writable_edge(pending);
  co_await stream->start_watch();
  if (pending) {
    co_await stream->writable();
    Result<> outcome = stream->connect_outcome();
    if (!outcome) co_return std::move(outcome).error().annotate(address.to_string());
  }
  co_return std::move(stream);
}

Task<std::unique_ptr<Stream>> connect(HostPort target) {
  std::vector<Address> addresses = co_await resolve(target);
  Result<std::unique_ptr<Stream>> last = skerry::fail(Error::unavailable("{} has no address", target.to_string()));
  for (const Address& address : addresses) {
    last = co_await connect(address).result();
    if (last) break;
  }
  co_return co_await std::move(last);
}

}  // namespace skerry::net
