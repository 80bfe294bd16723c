// SPDX-License-Identifier: Apache-2.0
//
// For tests: RandomMessage fills the fields that a version of a message has, from a seed, so that what is decoded can
// be compared with what was encoded.
//
//   auto request = random_message<FetchRequest>(7, random);
#pragma once

#include <limits>
#include <random>

#include "platform/kafka/protocol/codec.h"

namespace skerry::platform::kafka::protocol {

class RandomFields {
 public:
  RandomFields(std::int16_t version, std::mt19937_64& random) : version_(version), random_(random) {}

  template <class T>
  void operator()(T& field, Versions versions = {}) {
    if (versions.contain(version_)) fill(field);
  }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }

  void fill(bool& field) { field = below(2) == 1; }
  template <internal::Numeric T>
  void fill(T& field) {
    field = static_cast<T>(random_());
  }
  template <class Rep>
  void fill(std::chrono::duration<Rep, std::milli>& field) {
    field = std::chrono::duration<Rep, std::milli>(static_cast<Rep>(random_()));
  }
  void fill(Uuid& field) {
    for (char& byte : field) byte = static_cast<char>(random_());
  }
  void fill(std::string& field) {
    // Compact lengths grow by a byte at 127.
    field.resize(below(4) == 0 ? 120 + below(16) : below(6));
    for (char& byte : field) byte = static_cast<char>(random_());
  }
  void fill(Bytes& field) { fill(field.value); }
  template <class T>
  void fill(std::optional<T>& field) {
    field.reset();
    if (below(3) > 0) fill(field.emplace());
  }
  template <class T>
  void fill(std::vector<T>& field) {
    field.clear();
    for (std::size_t left = below(4); left > 0; --left) fill(field.emplace_back());
  }
  template <class T>
  void fill(T& field) {
    field.fields(*this);
  }

  const std::int16_t version_;
  std::mt19937_64& random_;
};

template <class Message>
Message random_message(std::int16_t version, std::mt19937_64& random) {
  Message message;
  RandomFields fields(version, random);
  message.fields(fields);
  return message;
}

}  // namespace skerry::platform::kafka::protocol
