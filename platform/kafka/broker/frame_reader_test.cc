// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/broker/frame_reader.h"

#include <gtest/gtest.h>

#include <random>

#include "skerry/async/runtime.h"

namespace skerry::platform::kafka {
namespace {

// What a peer has sent, in pieces as they arrive.
class ArrivingStream final : public net::Stream {
 public:
  ArrivingStream(std::string bytes, std::mt19937_64& random) : bytes_(std::move(bytes)), random_(random) {}

  net::IoResult try_read(std::span<char> buffer) override {
    if (bytes_.empty()) return {.state = net::IoResult::State::kEnd};
    const std::size_t piece = random_() % 2 == 0 ? 1 + random_() % 20 : buffer.size();
    const std::size_t size = std::min({piece, buffer.size(), bytes_.size()});
    bytes_.copy(buffer.data(), size);
    bytes_.erase(0, size);
    return {.state = net::IoResult::State::kDone, .size = size};
  }
  net::IoResult try_write(std::span<const iovec>) override { return {.state = net::IoResult::State::kFailed}; }
  void shutdown_write() override {}
  net::Address local_address() const override { return {}; }
  net::Address peer_address() const override { return {}; }

 private:
  std::string bytes_;
  std::mt19937_64& random_;
};

std::string with_length(const std::string& frame) {
  std::string bytes;
  protocol::Writer(bytes).integer(static_cast<std::int32_t>(frame.size()));
  return bytes + frame;
}

template <class Body>
void run_on_a_worker(Body body) {
  Runtime runtime({.workers = 1});
  const Result<> ended = runtime.run(std::move(body));
  EXPECT_TRUE(ended) << ended.error().to_string();
}

TEST(FrameReader, gives_frames_of_all_sizes_however_they_arrive) {
  run_on_a_worker([]() -> Task<> {
    std::mt19937_64 random(static_cast<unsigned>(testing::UnitTest::GetInstance()->random_seed()));
    for (int round = 0; round < 30; ++round) {
      std::vector<std::string> frames;
      std::string bytes;
      for (const std::size_t largest : {10, 20'000, 10, 400'000, 100, 40'000, 1}) {
        std::string frame(random() % largest, '\0');
        for (char& byte : frame) byte = static_cast<char>(random());
        bytes += with_length(frame);
        frames.push_back(std::move(frame));
      }
      ArrivingStream stream(std::move(bytes), random);
      FrameReader reader(stream);
      for (const std::string& frame : frames) {
        const bool same = co_await reader.next() == frame;
        EXPECT_TRUE(same) << frame.size();
      }
      const auto end = co_await reader.next();
      EXPECT_EQ(end, std::nullopt);
    }
  });
}

TEST(FrameReader, refuses_lengths_that_cannot_be) {
  run_on_a_worker([]() -> Task<> {
    std::mt19937_64 random(1);
    for (const std::int32_t length : {-1, 1001, 0x7fffffff}) {
      std::string bytes;
      protocol::Writer(bytes).integer(length);
      ArrivingStream stream(bytes, random);
      FrameReader reader(stream, 1000);
      const auto frame = co_await reader.next().result();
      EXPECT_EQ(frame.error().code(), Code::kInvalidArgument);
    }
  });
}

TEST(FrameReader, a_frame_that_is_cut_off_is_none) {
  run_on_a_worker([]() -> Task<> {
    std::mt19937_64 random(1);
    ArrivingStream stream(with_length("frame").substr(0, 7), random);
    FrameReader reader(stream);
    const auto end = co_await reader.next();
    EXPECT_EQ(end, std::nullopt);
    EXPECT_TRUE(reader.is_within_frame());
  });
}

}  // namespace
}  // namespace skerry::platform::kafka
