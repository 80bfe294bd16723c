// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/http1_parser.h"

#include <algorithm>

#include "skerry/http/characters.h"
#include "skerry/http/http1_framing.h"
#include "skerry/http/http_error.h"

namespace skerry::http::internal {
namespace {

/// Room for the fields of an ordinary message, so that they cost one allocation.
constexpr std::size_t kTypicalHeaderBytes = 256;

}  // namespace

Result<Http1Step> Http1Parser::next(std::string_view input) {
  if (error_) return fail(Error(*error_));
  Result<Http1Step> step = advance(input);
  if (!step) error_ = step.error();
  return step;
}

Result<Http1Step> Http1Parser::advance(std::string_view input) {
  Http1Step step;
  switch (state_) {
    case State::kStart:
    case State::kFields: {
      Result<bool> complete = read_head(input, step.consumed);
      if (!complete) return fail(std::move(complete));
      step.event = *complete ? Http1Event::kHead : Http1Event::kNeedMore;
      return step;
    }
    case State::kFixed:
      step.data = input.substr(0, std::min<std::uint64_t>(input.size(), body_bytes_));
      step.consumed = step.data.size();
      body_bytes_ -= step.consumed;
      if (body_bytes_ == 0) state_ = State::kEnd;
      step.event = step.data.empty() ? Http1Event::kNeedMore : Http1Event::kData;
      return step;
    case State::kUntilClose:
      body_bytes_ += input.size();
      if (body_bytes_ > limits_.max_body_bytes) {
        return fail(http_error(413, "the body is larger than {} bytes", limits_.max_body_bytes));
      }
      step.data = input;
      step.consumed = input.size();
      step.event = input.empty() ? Http1Event::kNeedMore : Http1Event::kData;
      return step;
    case State::kChunked:
      return read_chunked(input);
    case State::kEnd:
      break;
  }
  state_ = State::kStart;
  step.event = Http1Event::kEnd;
  return step;
}

Result<bool> Http1Parser::read_head(std::string_view input, std::size_t& consumed) {
  if (state_ == State::kStart && head_bytes_ == 0) begin_message();
  while (true) {
    const std::string_view rest = input.substr(consumed);
    const bool at_start = state_ == State::kStart;
    const std::size_t left = limits_.max_head_bytes - head_bytes_;
    Result<std::optional<std::string_view>> line =
        at_start ? find_line(rest, scanned_, limits_.max_start_line_bytes, 414) : find_line(rest, scanned_, left, 431);
    if (!line) return fail(std::move(line));
    if (!*line) return false;
    consumed += (*line)->size() + 2;
    head_bytes_ += (*line)->size() + 2;
    if (Result<> checked = check_head_size(); !checked) return fail(std::move(checked));
    if (!at_start && (*line)->empty()) {
      head_bytes_ = 0;
      empty_lines_ = 0;
      Result<bool> interim = finish_head();
      if (!interim) return fail(std::move(interim));
      if (!*interim) return true;
      state_ = State::kStart;
      begin_message();
      continue;
    }
    if (Result<> read = read_head_line(**line); !read) return fail(std::move(read));
  }
}

Result<> Http1Parser::read_head_line(std::string_view line) {
  if (state_ == State::kFields) {
    if (headers().size() == limits_.max_fields) {
      return fail(http_error(431, "more than {} header fields", limits_.max_fields));
    }
    return append_field_line(line, headers());
  }
  if (line.empty() && skips_empty_lines() && empty_lines_ < kMaxEmptyLinesBeforeRequest) {
    ++empty_lines_;
    // An empty line belongs to no message, so the connection may still end here.
    head_bytes_ = 0;
    return {};
  }
  state_ = State::kFields;
  headers().reserve(kTypicalHeaderBytes);
  return read_start_line(line);
}

Result<> Http1Parser::check_head_size() const {
  if (head_bytes_ <= limits_.max_head_bytes) return {};
  return fail(http_error(431, "the head is larger than {} bytes", limits_.max_head_bytes));
}

void Http1Parser::begin_message() {
  headers().clear();
  decoder_.trailers().clear();
  keep_alive_ = true;
  content_length_ = 0;
}

void Http1Parser::set_body(Body body, std::uint64_t length) {
  body_bytes_ = 0;
  content_length_.reset();
  switch (body) {
    case Body::kNone:
      content_length_ = 0;
      state_ = State::kEnd;
      return;
    case Body::kFixed:
      content_length_ = length;
      body_bytes_ = length;
      state_ = length == 0 ? State::kEnd : State::kFixed;
      return;
    case Body::kChunked:
      decoder_.reset(headers().get("trailer").value_or(""));
      state_ = State::kChunked;
      return;
    case Body::kUntilClose:
      state_ = State::kUntilClose;
      return;
  }
}

Result<Http1Step> Http1Parser::read_chunked(std::string_view input) {
  Result<ChunkedDecoder::Step> decoded = decoder_.next(input);
  if (!decoded) return fail(std::move(decoded));
  Http1Step step{.consumed = decoded->consumed, .data = decoded->data};
  if (decoded->done) {
    state_ = State::kStart;
    step.event = Http1Event::kEnd;
  } else if (!decoded->data.empty()) {
    step.event = Http1Event::kData;
  }
  return step;
}

}  // namespace skerry::http::internal
