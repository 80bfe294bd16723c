// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/inbound.h"

#include <utility>

namespace skerry::http::internal {

void Inbound::push(std::string_view data) {
  if (is_over()) return;
  data_.append(data);
  arrived_.notify();
}

void Inbound::end(Headers trailers) {
  if (is_over()) return;
  ended_ = true;
  trailers_ = std::move(trailers);
  arrived_.notify();
}

void Inbound::fail(Error error) {
  if (is_over()) return;
  error_ = std::move(error);
  arrived_.notify();
}

void Inbound::detach(Error error) {
  source_ = nullptr;
  fail(std::move(error));
}

Task<std::optional<std::string>> Inbound::read() {
  while (true) {
    if (!data_.empty()) {
      std::optional<std::string> chunk(std::exchange(data_, std::string()));
      if (source_ != nullptr) source_->on_consumed(chunk->size());
      co_return std::move(chunk);
    }
    if (error_) co_return Error(*error_);
    if (ended_) co_return std::nullopt;
    if (source_ != nullptr) source_->on_wanted();
    co_await arrived_.wait("body");
  }
}

void Inbound::abandon() {
  if (source_ != nullptr) std::exchange(source_, nullptr)->on_abandoned();
}

}  // namespace skerry::http::internal
