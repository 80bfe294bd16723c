// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/status_details.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>

namespace skerry::grpc::internal {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

constexpr std::string_view kErrorInfoType = "google.rpc.ErrorInfo";
constexpr std::string_view kBadRequestType = "google.rpc.BadRequest";
constexpr std::string_view kTypeUrlPrefix = "type.googleapis.com/";

void append_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

void append_bytes_field(std::string& out, int field, std::string_view bytes) {
  append_varint(out, WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED));
  append_varint(out, bytes.size());
  out += bytes;
}

// One field of a message: a number, or bytes where the wire type says so.
struct Field {
  int number = 0;
  std::string bytes;
};

// Reads the length-delimited fields of a message one by one and skips all others.
class FieldReader {
 public:
  explicit FieldReader(std::string_view message)
      : size_(static_cast<int>(message.size())), input_(reinterpret_cast<const std::uint8_t*>(message.data()), size_) {}

  // False at the end of the message and at the first malformed field.
  bool next(Field& field) {
    while (const std::uint32_t tag = input_.ReadTag()) {
      if (WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
        if (!WireFormatLite::SkipField(&input_, tag)) return false;
        continue;
      }
      std::uint32_t length = 0;
      if (!input_.ReadVarint32(&length)) return false;
      field.number = WireFormatLite::GetTagFieldNumber(tag);
      const int rest = size_ - input_.CurrentPosition();
      return length <= static_cast<std::uint32_t>(rest) && input_.ReadString(&field.bytes, static_cast<int>(length));
    }
    return false;
  }

 private:
  int size_;
  CodedInputStream input_;
};

// The two strings of field 1 and field 2: Any, a map entry, a FieldViolation.
Error::Detail read_pair(std::string_view message) {
  Error::Detail pair;
  FieldReader reader(message);
  for (Field field; reader.next(field);) {
    if (field.number == 1) pair.first = std::move(field.bytes);
    if (field.number == 2) pair.second = std::move(field.bytes);
  }
  return pair;
}

void read_error_info(std::string_view message, std::vector<Error::Detail>& details) {
  std::string reason;
  std::string domain;
  std::vector<Error::Detail> metadata;
  FieldReader reader(message);
  for (Field field; reader.next(field);) {
    if (field.number == 1) reason = std::move(field.bytes);
    if (field.number == 2) domain = std::move(field.bytes);
    if (field.number == 3 && metadata.size() < kStatusDetailsMax) metadata.push_back(read_pair(field.bytes));
  }
  const auto names = [&](std::string_view name) {
    return std::ranges::find(metadata, name, &Error::Detail::first) != metadata.end();
  };
  if (domain != kErrorDomain) {
    if (!reason.empty() && !names("reason")) details.emplace_back("reason", std::move(reason));
    if (!domain.empty() && !names("domain")) details.emplace_back("domain", std::move(domain));
  }
  std::ranges::move(metadata, std::back_inserter(details));
}

void read_bad_request(std::string_view message, std::vector<Error::Detail>& details) {
  FieldReader reader(message);
  for (Field field; reader.next(field) && details.size() < kStatusDetailsMax;) {
    if (field.number != 1) continue;
    auto [name, description] = read_pair(field.bytes);
    details.emplace_back("field", std::move(name));
    if (!description.empty()) details.emplace_back("description", std::move(description));
  }
}

}  // namespace

std::string serialize_status(const Error& error, std::string_view message) {
  const std::string_view reason = error.detail("reason");
  const std::string_view domain = error.detail("domain");
  std::string info;
  append_bytes_field(info, 1, reason.empty() ? code_name(error.code()) : reason);
  append_bytes_field(info, 2, domain.empty() ? kErrorDomain : domain);
  for (const auto& [name, value] : error.details()) {
    std::string entry;
    append_bytes_field(entry, 1, name);
    append_bytes_field(entry, 2, value);
    append_bytes_field(info, 3, entry);
  }
  std::string any;
  append_bytes_field(any, 1, std::string(kTypeUrlPrefix).append(kErrorInfoType));
  append_bytes_field(any, 2, info);
  std::string status;
  append_varint(status, WireFormatLite::MakeTag(1, WireFormatLite::WIRETYPE_VARINT));
  append_varint(status, static_cast<std::uint64_t>(error.code()));
  append_bytes_field(status, 2, message);
  append_bytes_field(status, 3, any);
  return status;
}

std::vector<Error::Detail> parse_status_details(std::string_view bytes) {
  std::vector<Error::Detail> details;
  FieldReader reader(bytes);
  for (Field field; reader.next(field) && details.size() < kStatusDetailsMax;) {
    if (field.number != 3) continue;
    const auto [type_url, value] = read_pair(field.bytes);
    const std::string_view type = std::string_view(type_url).substr(type_url.rfind('/') + 1);
    if (type == kErrorInfoType) read_error_info(value, details);
    if (type == kBadRequestType) read_bad_request(value, details);
  }
  if (details.size() > kStatusDetailsMax) details.resize(kStatusDetailsMax);
  return details;
}

}  // namespace skerry::grpc::internal
