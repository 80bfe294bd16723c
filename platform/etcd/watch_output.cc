// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/watch_output.h"

#include "platform/etcd/kv_executor.h"

namespace skerry::platform::etcd {
namespace {

// Tags, lengths and numbers of one event.
constexpr std::size_t kEventOverheadBytes = 64;

void fill_event(const Event& event, bool with_previous, mvccpb::Event& message) {
  message.set_type(event.is_delete() ? mvccpb::Event::DELETE : mvccpb::Event::PUT);
  fill_message(*event.kv, *message.mutable_kv());
  if (with_previous && event.previous) fill_message(*event.previous, *message.mutable_prev_kv());
}

etcdserverpb::WatchResponse without_events(const WatchOutput& output) {
  etcdserverpb::WatchResponse response;
  response.mutable_header()->set_revision(output.header_revision);
  response.set_watch_id(output.watch_id);
  response.set_created(output.created);
  response.set_canceled(output.canceled);
  response.set_compact_revision(output.compact_revision);
  response.set_cancel_reason(output.cancel_reason);
  return response;
}

}  // namespace

std::size_t event_bytes(const Event& event, bool with_previous) {
  std::size_t bytes = kEventOverheadBytes + event.kv->key.size() + event.kv->value.size();
  if (with_previous && event.previous)
    bytes += kEventOverheadBytes + event.previous->key.size() + event.previous->value.size();
  return bytes;
}

std::vector<etcdserverpb::WatchResponse> to_responses(const WatchOutput& output, std::size_t max_bytes) {
  std::vector<etcdserverpb::WatchResponse> responses = {without_events(output)};
  if (!output.events) return responses;
  std::size_t bytes = 0;
  for (const Event& event : *output.events) {
    const std::size_t more = event_bytes(event, output.with_previous);
    if (output.may_fragment && bytes > 0 && bytes + more > max_bytes) {
      responses.back().set_fragment(true);
      responses.push_back(without_events(output));
      bytes = 0;
    }
    bytes += more;
    fill_event(event, output.with_previous, *responses.back().add_events());
  }
  return responses;
}

}  // namespace skerry::platform::etcd
