// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/http1_serializer.h"

#include <charconv>
#include <chrono>

#include "skerry/http/characters.h"
#include "skerry/http/chunked_decoder.h"
#include "skerry/http/http1_framing.h"
#include "skerry/http/uri.h"

namespace skerry::http {
namespace {

constexpr int kMinFinalStatus = 200;
constexpr int kMaxStatus = 599;

void append_number(std::string& output, std::uint64_t number, int base) {
  char digits[20];
  const auto [end, problem] = std::to_chars(digits, digits + sizeof digits, number, base);
  output.append(digits, end);
}

void append_field(std::string& output, std::string_view name, std::string_view value) {
  output.append(name).append(": ").append(value).append("\r\n");
}

/// Fields that the connection writes itself, or that would contradict its framing.
bool is_connection_owned(std::string_view name) {
  switch (name.size()) {
    case 4:
      return name == "host";
    case 6:
      return name == "expect";
    case 10:
      return name == "connection" || name == "keep-alive";
    case 14:
      return name == "content-length";
    case 16:
      return name == "proxy-connection";
    case 17:
      return name == "transfer-encoding";
    default:
      return false;
  }
}

void append_fields(std::string& output, const Headers& headers) {
  for (const Headers::Field field : headers) {
    if (!is_connection_owned(field.name)) append_field(output, field.name, field.value);
  }
}

void append_framing(std::string& output, const Http1Body& body) {
  if (body.kind == Http1Body::Kind::kLength) {
    output.append("content-length: ");
    append_number(output, body.length, 10);
    output.append("\r\n");
  } else if (body.kind == Http1Body::Kind::kChunked) {
    output.append("transfer-encoding: chunked\r\n");
  }
}

void append_status_line(std::string& output, int status) {
  if (status == 200) {
    output.append("HTTP/1.1 200 OK\r\n");
    return;
  }
  output.append("HTTP/1.1 ");
  append_number(output, static_cast<std::uint64_t>(status), 10);
  output.append(" ").append(reason_phrase(status)).append("\r\n");
}

bool is_valid_target(const RequestHead& head) {
  if (head.target == "*") return head.method == "OPTIONS";
  return head.target.starts_with('/') && internal::all_of_class(head.target, internal::kTargetCharacter);
}

}  // namespace

Result<> write_request_head(std::string& output, const RequestHead& head, const Http1RequestOptions& options) {
  if (!internal::is_token(head.method)) return fail(Error::invalid_argument("invalid method"));
  if (!is_valid_target(head)) return fail(Error::invalid_argument("invalid request target"));
  if (!is_valid_authority(head.authority)) return fail(Error::invalid_argument("invalid host or port"));
  output.append(head.method).append(" ").append(head.target).append(" HTTP/1.1\r\n");
  append_field(output, "host", head.authority);
  append_framing(output, options.body);
  if (options.expect_continue) append_field(output, "expect", "100-continue");
  append_fields(output, head.headers);
  output.append("\r\n");
  return {};
}

Result<> write_response_head(std::string& output, const ResponseHead& head, const Http1ResponseOptions& options) {
  if (head.status < kMinFinalStatus || head.status > kMaxStatus) {
    return fail(Error::invalid_argument("a response cannot have the status {}", head.status));
  }
  append_status_line(output, head.status);
  append_framing(output, options.body);
  if (!options.keep_alive) {
    append_field(output, "connection", "close");
  } else if (options.to_http10) {
    append_field(output, "connection", "keep-alive");
  }
  if (!options.date.empty() && !head.headers.contains("date")) append_field(output, "date", options.date);
  append_fields(output, head.headers);
  output.append("\r\n");
  return {};
}

void write_continue(std::string& output) { output.append("HTTP/1.1 100 Continue\r\n\r\n"); }

void write_chunk(std::string& output, std::string_view data) {
  if (data.empty()) return;
  append_number(output, data.size(), 16);
  output.append("\r\n").append(data).append("\r\n");
}

void write_last_chunk(std::string& output, const Headers& trailers, std::string_view announced) {
  output.append("0\r\n");
  for (const Headers::Field field : trailers) {
    if (is_forbidden_trailer(field.name) || !internal::list_contains(announced, field.name)) continue;
    append_field(output, field.name, field.value);
  }
  output.append("\r\n");
}

std::string http_date(std::int64_t seconds_since_1970) {
  using namespace std::chrono;
  constexpr std::string_view kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const sys_seconds time{seconds(seconds_since_1970)};
  const sys_days day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

}  // namespace skerry::http
