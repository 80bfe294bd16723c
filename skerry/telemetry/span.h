// SPDX-License-Identifier: Apache-2.0
//
// Span: one operation within a trace, from the construction of the object to its end. It becomes the running task's
// current span, so that what the task calls, spawns or publishes meanwhile is below it by itself:
//
//   Span span = Span::start("charge card");
//   span.set("amount_cents", amount);
//
// The one thing to know: a span that is not sampled carries its ids and records nothing, so attributes set on it are
// dropped, but when it ends in an error it is exported all the same, with what was set from `fail` on. An
// instrumentation that wants its attributes on every failure therefore sets them after the status.
//
// A span belongs to one task and is neither copied nor moved; spans of one task end in the reverse order of their
// start.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "skerry/base/error.h"
#include "skerry/telemetry/ambient.h"
#include "skerry/telemetry/span_data.h"

namespace skerry::telemetry {

/// A span's name. A literal is referred to and a std::string is taken over, so that an unsampled span copies no text.
/// The name says the kind of operation and never its data: "GET /users/{id}".
class SpanName {
 public:
  template <std::size_t kSize>
  SpanName(const char (&literal)[kSize]) : text_(literal) {}
  SpanName(std::string name) : owned_(std::move(name)) {}

  /// Refers to text that outlives the span.
  static SpanName outliving(std::string_view text) {
    SpanName name("");
    name.text_ = text;
    return name;
  }

  std::string_view view() const { return owned_.empty() ? text_ : std::string_view(owned_); }

 private:
  std::string_view text_;
  std::string owned_;
};

struct SpanOptions {
  SpanKind kind = SpanKind::kInternal;
  /// The parent that came in over the network. Invalid (the default): the running task's current span, if there is one.
  SpanContext parent = {};
  /// Begin a new trace even though there is a current span.
  bool new_trace = false;
  /// Spans that this one follows from without being their child.
  std::vector<SpanContext> links = {};
};

class [[nodiscard]] Span {
 public:
  /// Starts a span of the running task's Telemetry and makes it current.
  static Span start(SpanName name, SpanOptions options = {});
  /// The same for a given Telemetry, which must outlive the span.
  Span(Telemetry& telemetry, SpanName name, SpanOptions options = {});
  /// Ends the span.
  ~Span();
  Span(const Span&) = delete;
  Span& operator=(const Span&) = delete;

  std::string_view name() const { return name_.view(); }
  /// The ids to hand on. Invalid when tracing is off and no parent came in.
  const SpanContext& context() const { return context_; }
  /// True when attributes and events are kept: ask before computing something expensive for them.
  bool recording() const { return data_ != nullptr; }

  /// Sets an attribute; the last value of a key counts.
  void set(std::string_view key, FieldValue value);
  /// Something that happened at this moment.
  void add_event(std::string_view name, std::initializer_list<Field> fields = {});
  /// Replaces the name: for a server that knows the route only after it has begun.
  void rename(SpanName name);

  /// Marks the span as failed, with the attribute "error.type". The span will be exported also when its trace is not
  /// sampled. `type` is a short word of few values: a code's name, a status, a class.
  void fail(std::string_view type, std::string_view message);
  /// The same with the error's code and text.
  void fail(const Error& error);
  /// Marks the span as successful, whatever its children did. Without it the status stays unset, which is the usual.
  void succeed();
  /// Records a panic as OpenTelemetry's event "exception" and fails the span. `origin` says where it came from.
  void record_panic(std::string_view type, std::string_view message, std::string_view origin);

  /// Ends the span before the object does: the former span is current again. Idempotent; later calls of set, fail and
  /// the like do nothing.
  void end();

 private:
  void begin_recording();
  WallTime wall_time(std::chrono::steady_clock::time_point when) const;

  Telemetry& telemetry_;
  SpanName name_;
  SpanContext context_;
  SpanId parent_id_;
  SpanKind kind_;
  bool parent_remote_ = false;
  bool traced_ = false;
  bool ended_ = false;
  std::chrono::steady_clock::time_point start_;
  std::unique_ptr<SpanData> data_;
  std::vector<SpanContext> links_;
  internal::AmbientGuard current_;
};

}  // namespace skerry::telemetry
