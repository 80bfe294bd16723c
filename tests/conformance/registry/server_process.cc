// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/registry/server_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "skerry/base/ids.h"
#include "skerry/base/unique_fd.h"

namespace skerry::conformance {
namespace {

constexpr const char* kEtcdProgram = "/usr/bin/etcd";
constexpr const char* kSkerryProgram = SKERRY_PROGRAM;
constexpr std::chrono::seconds kStartLimit{30};
constexpr int kLookEveryMs = 5;
constexpr std::uint64_t kFirstPort = 20'000;
constexpr std::uint64_t kPortCount = 12'000;
constexpr int kPortTries = 100;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

std::string tail_of(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  const std::string all = text.str();
  return all.size() > 2'000 ? all.substr(all.size() - 2'000) : all;
}

}  // namespace

// Takes the port among all test programs that run at the same time, for as long as this one runs.
bool hold_port(std::uint16_t port) {
  static std::vector<UniqueFd> held;
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "skerry-test-ports";
  std::filesystem::create_directories(folder);
  UniqueFd lock(open((folder / std::to_string(port)).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!lock || flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return false;
  held.push_back(std::move(lock));
  return true;
}

// The system itself gives ports from 32768 on to whoever asks for any and to every outgoing connection, so that one of
// those could be taken again before the server has it.
std::uint16_t free_port() {
  for (int tries = 0; tries < kPortTries; ++tries) {
    const auto port = static_cast<std::uint16_t>(kFirstPort + random_below(kPortCount));
    if (!hold_port(port)) continue;
    const UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = loopback(port);
    if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return port;
  }
  ADD_FAILURE() << "no free port";
  return 0;
}

std::vector<ServerKind> ServerProcess::available() {
  std::vector<ServerKind> kinds;
  if (access(kSkerryProgram, X_OK) == 0) kinds.push_back(ServerKind::kSkerry);
  if (access(kEtcdProgram, X_OK) == 0) kinds.push_back(ServerKind::kEtcd);
  return kinds;
}

ServerProcess::ServerProcess(ServerKind kind) : kind_(kind), client_port_(free_port()), peer_port_(free_port()) {
  std::string pattern = (std::filesystem::temp_directory_path() / "skerry-registry-XXXXXX").string();
  directory_ = mkdtemp(pattern.data());
}

ServerProcess::~ServerProcess() {
  process_.kill();
  std::filesystem::remove_all(directory_);
}

std::string ServerProcess::endpoint() const { return fmt::format("127.0.0.1:{}", client_port_); }

std::vector<std::string> ServerProcess::command() const {
  const std::string data = directory_ + "/data";
  if (kind_ == ServerKind::kSkerry) return {kSkerryProgram, "etcd", "--data", data, "--listen", endpoint()};
  const std::string client_url = "http://" + endpoint();
  const std::string peer_url = fmt::format("http://127.0.0.1:{}", peer_port_);
  return {kEtcdProgram,
          "--data-dir",
          data,
          "--listen-client-urls",
          client_url,
          "--advertise-client-urls",
          client_url,
          "--listen-peer-urls",
          peer_url,
          "--initial-advertise-peer-urls",
          peer_url,
          "--initial-cluster",
          "default=" + peer_url};
}

void ServerProcess::start() {
  process_.start(command(), directory_ + "/log");
  const auto limit = std::chrono::steady_clock::now() + kStartLimit;
  while (!accepts_connections()) {
    if (process_.ends_within(kLookEveryMs)) return stop_waiting("it ended");
    if (std::chrono::steady_clock::now() > limit) return stop_waiting("its port does not accept connections");
  }
}

void ServerProcess::stop_waiting(const std::string& why) {
  GTEST_FAIL() << "the registry does not start: " << why << "\n" << tail_of(directory_ + "/log");
}

bool ServerProcess::accepts_connections() const {
  const UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(client_port_);
  return connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

void ServerProcess::wipe() {
  ASSERT_FALSE(process_.is_running());
  std::filesystem::remove_all(directory_ + "/data");
}

}  // namespace skerry::conformance
