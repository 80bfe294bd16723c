// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/body.h"

#include "skerry/http/http_error.h"

namespace skerry::http {
namespace {

Task<std::optional<std::string>> give(std::optional<std::string> chunk) { co_return std::move(chunk); }

const Headers& no_headers() {
  static const Headers empty;
  return empty;
}

}  // namespace

Body::Body(std::string bytes, Headers trailers) : bytes_(std::move(bytes)) {
  if (!trailers.empty()) trailers_ = std::make_unique<Headers>(std::move(trailers));
}

std::optional<std::uint64_t> Body::size() const { return is_complete() ? bytes_.size() : size_; }

Task<std::optional<std::string>> Body::read() {
  if (reader_) return reader_->read();
  if (bytes_.empty()) return give(std::nullopt);
  return give(std::exchange(bytes_, std::string()));
}

Task<std::string> Body::read_all(std::size_t max_bytes) {
  const auto too_large = [max_bytes] { return http_error(413, "the body is larger than {} bytes", max_bytes); };
  if (size() && *size() > max_bytes) co_return too_large();
  if (is_complete()) co_return std::exchange(bytes_, std::string());
  std::string all;
  while (true) {
    std::optional<std::string> chunk = co_await reader_->read();
    if (!chunk) co_return std::move(all);
    if (chunk->size() > max_bytes - all.size()) co_return too_large();
    if (all.empty()) {
      all = std::move(*chunk);
    } else {
      all.append(*chunk);
    }
  }
}

const Headers& Body::trailers() const {
  if (reader_) return reader_->trailers();
  return trailers_ ? *trailers_ : no_headers();
}

Headers Body::take_trailers() {
  if (reader_) return std::move(reader_->trailers());
  return trailers_ ? std::move(*trailers_) : Headers();
}

}  // namespace skerry::http
