// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a request's frame: reading must stay inside them, and what is accepted must come back the same after it
// was written and read again. The same bytes are read as the response to that request.
#include <cstdint>
#include <string>
#include <string_view>

#include "platform/kafka/protocol/header.h"
#include "platform/kafka/protocol/messages.h"
#include "skerry/base/check.h"

namespace {

using namespace skerry::platform::kafka::protocol;

template <class Message>
void check(std::string_view body, std::int16_t version) {
  const skerry::Result<Message> message = decode<Message>(body, version);
  if (!message) return;
  std::string encoded;
  encode(*message, version, encoded);
  const skerry::Result<Message> again = decode<Message>(encoded, version);
  SKERRY_CHECK(again && *again == *message, "a message that was accepted comes back the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view frame(reinterpret_cast<const char*>(data), size);
  const skerry::Result<RequestHead> head = read_request_head(frame);
  if (!head) return 0;
  const Api* api = find_api(head->key);
  if (api == nullptr || !api->serves(head->version)) return 0;
  for_each_exchange([&]<class Exchange>(Exchange) {
    if (Exchange::kKey != api->key) return;
    check<typename Exchange::Request>(head->body, head->version);
    check<typename Exchange::Response>(head->body, head->version);
  });
  return 0;
}
