// SPDX-License-Identifier: Apache-2.0
#include "skerry/saga/key.h"

#include <algorithm>
#include <charconv>

#include "skerry/telemetry/utf8.h"

namespace skerry::saga {
namespace {

constexpr std::string_view kCompensate = "compensate";

Error bad_key(std::string_view text, std::string_view why) {
  return Error::invalid_argument("\"{}\" is no key of a saga's step: {}", text.substr(0, kMaxIdBytes), why);
}

/// Cuts the last part off `text`; empty where there is no further one.
std::string_view take_last(std::string_view& text) {
  const auto slash = text.rfind('/');
  if (slash == std::string_view::npos) return {};
  const std::string_view last = text.substr(slash + 1);
  text = text.substr(0, slash);
  return last;
}

/// Only the form that text() writes: no sign, no leading zero, from 2.
int parse_round(std::string_view text) {
  int round = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), round);
  const bool whole = error == std::errc() && end == text.data() + text.size() && text.front() != '0';
  return whole && round >= 2 && round <= kMaxRounds ? round : 0;
}

}  // namespace

std::string Key::text() const {
  if (round == 0) return fmt::format("{}/{}", saga, step);
  if (round == 1) return fmt::format("{}/{}/{}", saga, step, kCompensate);
  return fmt::format("{}/{}/{}/{}", saga, step, kCompensate, round);
}

Result<Key> Key::parse(std::string_view text) {
  Key key;
  std::string_view rest = text;
  std::string_view last = take_last(rest);
  // A step's name begins with a letter, so a number at the end is a round.
  if (!last.empty() && last.front() >= '0' && last.front() <= '9') {
    key.round = parse_round(last);
    if (key.round == 0) return fail(bad_key(text, "the number of its round is malformed"));
    last = take_last(rest);
    if (last != kCompensate) return fail(bad_key(text, "only compensations have rounds"));
  }
  if (last == kCompensate) {
    key.round = std::max(key.round, 1);
    last = take_last(rest);
  }
  if (!valid_step_name(last)) return fail(bad_key(text, "it does not end in a step"));
  if (!valid_id(rest)) return fail(bad_key(text, "it does not begin with a saga's id"));
  key.saga = rest;
  key.step = last;
  return key;
}

bool valid_id(std::string_view id) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (id.empty() || id.size() > kMaxIdBytes || std::ranges::any_of(id, control)) return false;
  while (!id.empty()) {
    const std::size_t bytes = telemetry::utf8_sequence_bytes(id);
    if (bytes == 0) return false;
    id.remove_prefix(bytes);
  }
  return true;
}

bool valid_step_name(std::string_view name) {
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto inner = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
  if (name.empty() || name.size() > kMaxStepNameBytes || name == kCompensate) return false;
  return letter(name.front()) && std::ranges::all_of(name, inner);
}

}  // namespace skerry::saga
