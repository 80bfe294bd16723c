// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/span.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>

#include "skerry/telemetry/in_span.h"
#include "skerry/telemetry/telemetry.h"

namespace skerry::telemetry {
namespace {

const SpanContext& choose_parent(const SpanOptions& options) {
  static const SpanContext kNone;
  if (options.parent.valid()) return options.parent;
  return options.new_trace ? kNone : current_span();
}

std::string readable_type_name(const std::type_info& type) {
  int status = 0;
  char* name = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
  if (status != 0) return type.name();
  std::string readable = name;
  std::free(name);
  return readable;
}

}  // namespace

Span Span::start(SpanName name, SpanOptions options) { return Span(current(), std::move(name), std::move(options)); }

Span::Span(Telemetry& telemetry, SpanName name, SpanOptions options)
    : telemetry_(telemetry), name_(std::move(name)), kind_(options.kind), traced_(telemetry.tracing()) {
  const SpanContext parent = choose_parent(options);
  if (!traced_) {
    // Ids that came in are handed on, as if this process were not there.
    context_ = parent;
    if (options.parent.valid()) current_.set_trace({&telemetry_, context_});
    return;
  }
  start_ = std::chrono::steady_clock::now();
  const bool sampled = telemetry.sampler().sample(parent, start_);
  context_.trace_id = parent.valid() ? parent.trace_id : TraceId::generate();
  context_.span_id = SpanId::generate();
  context_.flags.bits = (parent.flags.bits & TraceFlags::kRandom) | (sampled ? TraceFlags::kSampled : 0);
  context_.state = parent.state;
  parent_id_ = parent.span_id;
  parent_remote_ = parent.remote;
  links_ = std::move(options.links);
  if (sampled) begin_recording();
  current_.set_trace({&telemetry_, context_});
}

Span::~Span() { end(); }

// The wall clock may be set while the span runs; its end is therefore computed from its length.
WallTime Span::wall_time(std::chrono::steady_clock::time_point when) const {
  const WallTime now = std::chrono::system_clock::now();
  return now - (std::chrono::steady_clock::now() - when);
}

void Span::begin_recording() {
  if (data_ != nullptr || !telemetry_.spans().is_open()) return;
  data_ = std::make_unique<SpanData>();
  data_->context = context_;
  data_->parent_id = parent_id_;
  data_->parent_remote = parent_remote_;
  data_->kind = kind_;
  data_->start = wall_time(start_);
  if (links_.size() > kMaxSpanLinks) {
    data_->dropped_links = static_cast<std::uint32_t>(links_.size() - kMaxSpanLinks);
    links_.resize(kMaxSpanLinks);
  }
  data_->links = std::move(links_);
}

void Span::set(std::string_view key, FieldValue value) {
  if (!recording()) return;
  auto& attributes = data_->attributes;
  const auto same_key = [&](const Attribute& attribute) { return attribute.key == key; };
  const auto found = std::find_if(attributes.begin(), attributes.end(), same_key);
  if (found != attributes.end()) {
    found->value = to_attribute_value(value);
  } else if (attributes.size() < kMaxSpanAttributes) {
    attributes.push_back(to_attribute({key, value}));
  } else {
    ++data_->dropped_attributes;
  }
}

void Span::add_event(std::string_view name, std::initializer_list<Field> fields) {
  if (!recording()) return;
  if (data_->events.size() == kMaxSpanEvents) {
    ++data_->dropped_events;
    return;
  }
  SpanEvent& event = data_->events.emplace_back();
  event.time = wall_time(std::chrono::steady_clock::now());
  event.name = bounded_text(name, kMaxSpanNameBytes);
  for (const Field& field : fields) {
    if (event.attributes.size() == kMaxSpanAttributes) break;
    event.attributes.push_back(to_attribute(field));
  }
}

void Span::rename(SpanName name) { name_ = std::move(name); }

void Span::fail(std::string_view type, std::string_view message) {
  if (!traced_ || ended_) return;
  begin_recording();
  if (!recording()) return;
  data_->status.code = SpanStatusCode::kError;
  data_->status.message = bounded_text(message, kMaxAttributeBytes);
  set("error.type", type);
}

void Span::fail(const Error& error) { fail(code_name(error.code()), error.to_string()); }

void Span::succeed() {
  if (!recording()) return;
  data_->status.code = SpanStatusCode::kOk;
  data_->status.message.clear();
}

void Span::record_panic(std::string_view type, std::string_view message, std::string_view origin) {
  fail(type, message);
  add_event("exception", {{"exception.type", type}, {"exception.message", message}, {"exception.stacktrace", origin}});
}

namespace internal {

void record_caught_panic(Span& span, const std::exception_ptr& caught, std::string_view origin) {
  std::string type;
  try {
    std::rethrow_exception(caught);
  } catch (const std::exception& exception) {
    type = readable_type_name(typeid(exception));
  } catch (...) {
    type = "unknown";
  }
  span.record_panic(type, panic_message(caught), origin);
}

}  // namespace internal

void Span::end() {
  if (ended_) return;
  ended_ = true;
  current_.restore();
  if (data_ == nullptr) return;
  data_->name = bounded_text(name_.view(), kMaxSpanNameBytes);
  data_->end = data_->start + (std::chrono::steady_clock::now() - start_);
  telemetry_.spans().push(std::move(data_));
}

}  // namespace skerry::telemetry
