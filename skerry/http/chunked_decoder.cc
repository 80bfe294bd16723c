// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/chunked_decoder.h"

#include <algorithm>

#include "skerry/http/characters.h"
#include "skerry/http/http1_framing.h"
#include "skerry/http/http_error.h"

namespace skerry::http {
namespace {

using internal::hex_value;

/// Fields that steer framing, routing or authentication, and so must stand in the head: a trailer of that name is
/// refused even when it was announced (RFC 9110 section 6.5.1).
constexpr std::string_view kForbiddenTrailers[] = {
    "authorization", "cache-control",     "connection", "content-encoding", "content-length",
    "content-range", "content-type",      "cookie",     "expect",           "host",
    "keep-alive",    "max-forwards",      "range",      "set-cookie",       "te",
    "trailer",       "transfer-encoding", "upgrade",    "www-authenticate"};

void skip_spaces(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
}

bool skip_token(std::string_view& text) {
  std::size_t size = 0;
  while (size < text.size() && internal::has_class(text[size], internal::kTokenCharacter)) ++size;
  text.remove_prefix(size);
  return size > 0;
}

/// A quoted string (RFC 9110 section 5.6.4). Precondition: `text` begins with the opening quote.
bool skip_quoted_string(std::string_view& text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return true;
    }
    if (text[i] == '\\') ++i;
    if (i == text.size() || !internal::has_class(text[i], internal::kFieldCharacter)) return false;
  }
  return false;
}

}  // namespace

bool is_forbidden_trailer(std::string_view name) {
  return std::ranges::find(kForbiddenTrailers, name) != std::end(kForbiddenTrailers);
}

void ChunkedDecoder::reset(std::string_view announced) {
  state_ = State::kSize;
  chunk_left_ = 0;
  body_bytes_ = 0;
  extension_bytes_ = 0;
  trailer_bytes_ = 0;
  scanned_ = 0;
  announced_ = announced;
  trailers_.clear();
}

Result<ChunkedDecoder::Step> ChunkedDecoder::next(std::string_view input) {
  Step step;
  while (state_ != State::kDone) {
    const std::string_view rest = input.substr(step.consumed);
    if (state_ == State::kData) {
      const std::size_t taken = std::min<std::uint64_t>(rest.size(), chunk_left_);
      step.data = rest.substr(0, taken);
      step.consumed += taken;
      chunk_left_ -= taken;
      if (chunk_left_ == 0) state_ = State::kDataEnd;
      return step;
    }
    if (state_ == State::kDataEnd) {
      // Refused at the first wrong byte: nothing but CRLF may stand between a chunk and the next size.
      if (!std::string_view("\r\n").starts_with(rest.substr(0, 2))) {
        return fail(http_error(400, "a chunk is longer than its size"));
      }
      if (rest.size() < 2) return step;
      step.consumed += 2;
      state_ = State::kSize;
      continue;
    }
    Result<bool> whole = read_line(rest, step);
    if (!whole) return fail(std::move(whole));
    if (!*whole) return step;
  }
  step.done = true;
  return step;
}

Result<bool> ChunkedDecoder::read_line(std::string_view input, Step& step) {
  const bool in_trailers = state_ == State::kTrailers;
  const std::size_t max_bytes = in_trailers
                                    ? limits_.max_trailer_bytes - std::min(limits_.max_trailer_bytes, trailer_bytes_)
                                    : limits_.max_chunk_line_bytes;
  Result<std::optional<std::string_view>> line =
      internal::find_line(input, scanned_, max_bytes, in_trailers ? 431 : 400);
  if (!line) return fail(std::move(line));
  if (!*line) return false;
  Result<> read = in_trailers ? read_trailer(**line) : read_size_line(**line);
  if (!read) return fail(std::move(read));
  step.consumed += (*line)->size() + 2;
  return true;
}

Result<> ChunkedDecoder::read_size_line(std::string_view line) {
  std::uint64_t size = 0;
  std::size_t digits = 0;
  while (digits < line.size() && hex_value(line[digits]) >= 0) {
    if (digits == kMaxChunkSizeDigits) return fail(http_error(400, "a chunk size has too many digits"));
    size = size * 16 + static_cast<std::uint64_t>(hex_value(line[digits]));
    ++digits;
  }
  if (digits == 0) return fail(http_error(400, "invalid chunk size"));
  if (Result<> read = read_extensions(line.substr(digits)); !read) return read;
  if (size > limits_.max_body_bytes - body_bytes_) {
    return fail(http_error(413, "the body is larger than {} bytes", limits_.max_body_bytes));
  }
  body_bytes_ += size;
  chunk_left_ = size;
  state_ = size > 0 ? State::kData : State::kTrailers;
  return {};
}

Result<> ChunkedDecoder::read_extensions(std::string_view text) {
  extension_bytes_ += text.size();
  if (extension_bytes_ > limits_.max_chunk_extension_bytes) {
    return fail(http_error(400, "more than {} bytes of chunk extensions", limits_.max_chunk_extension_bytes));
  }
  while (!text.empty()) {
    bool valid = true;
    skip_spaces(text);
    valid = text.starts_with(';');
    if (valid) text.remove_prefix(1);
    skip_spaces(text);
    valid = valid && skip_token(text);
    std::string_view behind = text;
    skip_spaces(behind);
    if (valid && behind.starts_with('=')) {
      text = behind.substr(1);
      skip_spaces(text);
      valid = text.starts_with('"') ? skip_quoted_string(text) : skip_token(text);
    }
    if (!valid) return fail(http_error(400, "invalid chunk extension"));
  }
  return {};
}

Result<> ChunkedDecoder::read_trailer(std::string_view line) {
  trailer_bytes_ += line.size() + 2;
  if (line.empty()) {
    state_ = State::kDone;
    return {};
  }
  if (trailers_.size() == limits_.max_trailer_fields) {
    return fail(http_error(431, "more than {} trailer fields", limits_.max_trailer_fields));
  }
  if (Result<> added = internal::append_field_line(line, trailers_); !added) return added;
  const std::string_view name = trailers_[trailers_.size() - 1].name;
  if (is_forbidden_trailer(name) || !internal::list_contains(announced_, name)) {
    return fail(http_error(400, "the trailer field {} is not allowed", name));
  }
  return {};
}

}  // namespace skerry::http
