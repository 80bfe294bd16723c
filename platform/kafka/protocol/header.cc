// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/protocol/header.h"

namespace skerry::platform::kafka::protocol {
namespace {

bool has_flexible_response_header(ApiKey key, std::int16_t version) {
  return key != ApiKey::kApiVersions && api_of(key).is_flexible(version);
}

}  // namespace

Result<RequestHead> read_request_head(std::string_view frame) {
  Reader reader(frame);
  RequestHead head;
  head.key = reader.integer<std::int16_t>();
  head.version = reader.integer<std::int16_t>();
  head.correlation_id = reader.integer<std::int32_t>();
  if (Result<> good = reader.status(); !good) return fail(std::move(good));
  const Api* api = find_api(head.key);
  if (api == nullptr || !api->serves(head.version)) return head;
  // Not compact in flexible headers either, so that a broker can read it from a request whose version it does not know.
  const auto length = reader.integer<std::int16_t>();
  if (length >= 0) head.client_id = reader.bytes(length);
  if (api->is_flexible(head.version)) reader.skip_tagged_fields();
  if (Result<> good = reader.status(); !good) return fail(std::move(good));
  head.body = reader.rest();
  return head;
}

std::size_t begin_request(std::string& out, ApiKey key, std::int16_t version, std::int32_t correlation_id,
                          std::string_view client_id) {
  const std::size_t begin = out.size();
  Writer writer(out);
  writer.integer(std::int32_t{0});
  writer.integer(static_cast<std::int16_t>(key));
  writer.integer(version);
  writer.integer(correlation_id);
  writer.integer(static_cast<std::int16_t>(client_id.size()));
  writer.bytes(client_id);
  if (api_of(key).is_flexible(version)) writer.unsigned_varint(0);
  return begin;
}

std::size_t begin_response(std::string& out, ApiKey key, std::int16_t version, std::int32_t correlation_id) {
  const std::size_t begin = out.size();
  Writer writer(out);
  writer.integer(std::int32_t{0});
  writer.integer(correlation_id);
  if (has_flexible_response_header(key, version)) writer.unsigned_varint(0);
  return begin;
}

void end_frame(std::string& out, std::size_t begin) {
  std::string length;
  Writer(length).integer(static_cast<std::int32_t>(out.size() - begin - kFrameLengthBytes));
  out.replace(begin, kFrameLengthBytes, length);
}

Result<ResponseHead> read_response_head(std::string_view frame, ApiKey key, std::int16_t version) {
  Reader reader(frame);
  ResponseHead head;
  head.correlation_id = reader.integer<std::int32_t>();
  if (has_flexible_response_header(key, version)) reader.skip_tagged_fields();
  if (Result<> good = reader.status(); !good) return fail(std::move(good));
  head.body = reader.rest();
  return head;
}

}  // namespace skerry::platform::kafka::protocol
