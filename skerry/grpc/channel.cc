// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/channel.h"

namespace skerry::grpc {

Task<> ClientNext::operator()() {
  if (rest_.empty()) return channel_->transmit(*call_);
  return rest_.front()->intercept(*call_, ClientNext(rest_.subspan(1), *call_, *channel_));
}

Task<> Channel::call(ClientCall& call) {
  const internal::CallSlot* slot = internal::current_call_slot();
  if (slot != nullptr && slot->client() != nullptr) call.options = *slot->client();
  return ClientNext(interceptors_, call, *this)();
}

}  // namespace skerry::grpc
