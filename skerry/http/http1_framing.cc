// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/http1_framing.h"

#include <algorithm>
#include <cstring>

#include "skerry/http/characters.h"
#include "skerry/http/http_error.h"

namespace skerry::http::internal {
namespace {

/// The members of a list, one call each; empty members are given too, since some lists must not have them.
template <class F>
void for_each_member(std::string_view list, F&& call) {
  while (true) {
    const std::size_t comma = list.find(',');
    call(trim(list.substr(0, comma)));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

Result<> check_transfer_encoding(const Headers& headers) {
  std::size_t codings = 0;
  std::size_t chunked = 0;
  bool last_is_chunked = false;
  bool well_formed = true;
  for (const Headers::Field field : headers) {
    if (field.name != "transfer-encoding") continue;
    for_each_member(field.value, [&](std::string_view coding) {
      ++codings;
      last_is_chunked = equals_ignoring_case(coding, "chunked");
      if (last_is_chunked) ++chunked;
      well_formed = well_formed && is_token(coding);
    });
  }
  if (!well_formed || !last_is_chunked || chunked != 1) return fail(http_error(400, "invalid Transfer-Encoding"));
  if (codings != 1) return fail(http_error(501, "unknown transfer coding"));
  return {};
}

}  // namespace

Result<std::optional<std::string_view>> find_line(std::string_view input, std::size_t& scanned, std::size_t max_bytes,
                                                  int too_long_status) {
  const std::size_t searched = std::min(input.size(), max_bytes + 2);
  const void* found = searched > scanned ? std::memchr(input.data() + scanned, '\n', searched - scanned) : nullptr;
  if (found == nullptr) {
    if (input.size() >= max_bytes + 2)
      return fail(http_error(too_long_status, "a line is longer than {} bytes", max_bytes));
    scanned = searched;
    return std::nullopt;
  }
  const auto end = static_cast<std::size_t>(static_cast<const char*>(found) - input.data());
  if (end == 0 || input[end - 1] != '\r') return fail(http_error(400, "a line does not end in CRLF"));
  scanned = 0;
  return input.substr(0, end - 1);
}

Result<FieldLine> parse_field_line(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return fail(http_error(400, "a header line has no colon"));
  const FieldLine field{.name = line.substr(0, colon), .value = trim(line.substr(colon + 1))};
  // This refuses obs-fold and space before the colon too: neither begins or ends a token.
  if (!is_valid_field_name(field.name)) return fail(http_error(400, "invalid header name"));
  if (!is_valid_field_value(field.value)) return fail(http_error(400, "a header value has a control character"));
  return field;
}

Result<> append_field_line(std::string_view line, Headers& headers) {
  const Result<FieldLine> field = parse_field_line(line);
  if (!field) return fail(Error(field.error()));
  headers.add_validated(field->name, field->value);
  return {};
}

Result<std::uint64_t> parse_content_length(std::string_view value) {
  if (value.empty() || value.size() > kMaxContentLengthDigits) {
    return fail(http_error(400, "invalid Content-Length"));
  }
  std::uint64_t length = 0;
  for (const char character : value) {
    if (!is_digit(character)) return fail(http_error(400, "invalid Content-Length"));
    length = length * 10 + static_cast<std::uint64_t>(character - '0');
  }
  return length;
}

Result<Framing> read_framing(const Headers& headers, bool http10) {
  Framing framing;
  for (const Headers::Field field : headers) {
    if (field.name == "transfer-encoding") {
      framing.chunked = true;
    } else if (field.name == "content-length") {
      Result<std::uint64_t> length = parse_content_length(field.value);
      if (!length) return fail(std::move(length));
      if (framing.content_length && *framing.content_length != *length) {
        return fail(http_error(400, "different values of Content-Length"));
      }
      framing.content_length = *length;
    }
  }
  if (!framing.chunked) return framing;
  if (framing.content_length) return fail(http_error(400, "both Content-Length and Transfer-Encoding"));
  if (http10) return fail(http_error(400, "Transfer-Encoding in HTTP/1.0"));
  if (Result<> checked = check_transfer_encoding(headers); !checked) return fail(std::move(checked));
  return framing;
}

bool wants_keep_alive(const Headers& headers, bool http10) {
  if (!headers.contains("connection")) return !http10;
  if (list_contains(headers, "connection", "close")) return false;
  return !http10 || list_contains(headers, "connection", "keep-alive");
}

bool list_contains(const Headers& headers, std::string_view name, std::string_view member) {
  for (const Headers::Field field : headers) {
    if (field.name == name && list_contains(field.value, member)) return true;
  }
  return false;
}

bool list_contains(std::string_view list, std::string_view member) {
  bool found = false;
  for_each_member(list, [&](std::string_view candidate) { found = found || equals_ignoring_case(candidate, member); });
  return found;
}

}  // namespace skerry::http::internal
