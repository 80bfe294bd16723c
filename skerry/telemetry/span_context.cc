// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/span_context.h"

#include <algorithm>
#include <array>

#include "skerry/base/check.h"

namespace skerry::telemetry {
namespace {

constexpr std::size_t kMaxKeyBytes = 256;
constexpr std::size_t kMaxValueBytes = 256;

bool is_lower_alpha_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// The key of level 2, which takes in both forms of level 1.
bool is_state_key(std::string_view key) {
  if (key.empty() || key.size() > kMaxKeyBytes || !is_lower_alpha_or_digit(key[0])) return false;
  return std::all_of(key.begin(), key.end(), [](char c) {
    return is_lower_alpha_or_digit(c) || c == '_' || c == '-' || c == '*' || c == '/' || c == '@';
  });
}

bool is_state_value(std::string_view value) {
  if (value.empty() || value.size() > kMaxValueBytes || value.back() == ' ') return false;
  return std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c <= 0x7e && c != ',' && c != '='; });
}

std::string_view trim_blanks(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Cuts the text up to the next comma off its front.
std::string_view take_member(std::string_view& rest) {
  const std::size_t comma = rest.find(',');
  const std::string_view member = rest.substr(0, comma);
  rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  return member;
}

}  // namespace

std::optional<TraceState> TraceState::parse(std::string_view header) {
  if (header.size() > kMaxTraceStateBytes) return std::nullopt;
  std::array<std::string_view, kMaxTraceStateMembers> keys;
  std::size_t count = 0;
  std::string text;
  while (!header.empty()) {
    const std::string_view member = trim_blanks(take_member(header));
    if (member.empty()) continue;
    const std::size_t equals = member.find('=');
    if (equals == std::string_view::npos || count == kMaxTraceStateMembers) return std::nullopt;
    const std::string_view key = member.substr(0, equals);
    if (!is_state_key(key) || !is_state_value(member.substr(equals + 1))) return std::nullopt;
    if (std::find(keys.begin(), keys.begin() + count, key) != keys.begin() + count) return std::nullopt;
    keys[count++] = key;
    if (!text.empty()) text += ',';
    text += member;
  }
  TraceState state;
  if (!text.empty()) state.text_ = std::make_shared<const std::string>(std::move(text));
  return state;
}

std::optional<std::string_view> TraceState::find(std::string_view key) const {
  std::string_view rest = header();
  while (!rest.empty()) {
    const std::string_view member = take_member(rest);
    const std::size_t equals = member.find('=');
    if (member.substr(0, equals) == key) return member.substr(equals + 1);
  }
  return std::nullopt;
}

std::optional<SpanContext> parse_traceparent(std::string_view header) {
  header = trim_blanks(header);
  std::uint8_t version = 0;
  if (header.size() < kTraceparentBytes) return std::nullopt;
  if (!internal::read_lower_hex(header.substr(0, 2), &version, 1) || version == 0xff) return std::nullopt;
  if (version == 0 && header.size() != kTraceparentBytes) return std::nullopt;
  // What a later version appends must be set off by a dash, so that the flags are known to be complete.
  if (header.size() > kTraceparentBytes && header[kTraceparentBytes] != '-') return std::nullopt;
  if (header[2] != '-' || header[35] != '-' || header[52] != '-') return std::nullopt;

  const std::optional<TraceId> trace_id = TraceId::from_hex(header.substr(3, TraceId::kHexDigits));
  const std::optional<SpanId> span_id = SpanId::from_hex(header.substr(36, SpanId::kHexDigits));
  std::uint8_t flags = 0;
  if (!trace_id || !span_id || !internal::read_lower_hex(header.substr(53, 2), &flags, 1)) return std::nullopt;
  SpanContext context;
  context.trace_id = *trace_id;
  context.span_id = *span_id;
  context.flags.bits = flags & (TraceFlags::kSampled | TraceFlags::kRandom);
  context.remote = true;
  return context;
}

std::optional<SpanContext> parse_trace_headers(std::string_view traceparent, std::string_view tracestate) {
  std::optional<SpanContext> context = parse_traceparent(traceparent);
  if (!context || tracestate.empty()) return context;
  if (std::optional<TraceState> state = TraceState::parse(tracestate)) context->state = *std::move(state);
  return context;
}

std::string_view write_traceparent(const SpanContext& context, char (&buffer)[kTraceparentBytes]) {
  SKERRY_CHECK(context.valid(), "a traceparent needs both ids");
  buffer[0] = '0';
  buffer[1] = '0';
  buffer[2] = '-';
  context.trace_id.write_hex(buffer + 3);
  buffer[35] = '-';
  context.span_id.write_hex(buffer + 36);
  buffer[52] = '-';
  internal::write_lower_hex(&context.flags.bits, 1, buffer + 53);
  return {buffer, kTraceparentBytes};
}

std::string format_traceparent(const SpanContext& context) {
  char buffer[kTraceparentBytes];
  return std::string(write_traceparent(context, buffer));
}

}  // namespace skerry::telemetry
