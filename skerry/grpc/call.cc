// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/call.h"

#include "skerry/async/panic.h"
#include "skerry/async/recycled.h"

namespace skerry::grpc {

namespace internal {
namespace {

class OptionsSlot final : public CallSlot {
 public:
  OptionsSlot(CallOptions options, std::shared_ptr<const void> outer)
      : options_(std::move(options)), outer_(std::move(outer)) {}
  ServerCall* server() const override {
    const auto* outer = static_cast<const CallSlot*>(outer_.get());
    return outer != nullptr ? outer->server() : nullptr;
  }
  const CallOptions* client() const override { return &options_; }

 private:
  CallOptions options_;
  std::shared_ptr<const void> outer_;
};

CallOptions merged(const CallOptions& outer, CallOptions inner) {
  CallOptions options = outer;
  options.metadata.append(inner.metadata);
  options.wait_for_ready = options.wait_for_ready || inner.wait_for_ready;
  if (inner.compression != Compression::kIdentity) options.compression = inner.compression;
  if (inner.received != nullptr) options.received = inner.received;
  return options;
}

}  // namespace

const CallSlot* current_call_slot() {
  const skerry::internal::Slots* slots = skerry::internal::current_slots();
  return slots != nullptr ? static_cast<const CallSlot*>(slots->metadata.get()) : nullptr;
}

std::shared_ptr<const skerry::internal::Slots> slots_with_call(std::shared_ptr<const CallSlot> slot) {
  auto slots = skerry::internal::make_recycled<skerry::internal::Slots>();
  if (const skerry::internal::Slots* current = skerry::internal::current_slots()) {
    slots->trace = current->trace;
    slots->baggage = current->baggage;
  }
  slots->metadata = std::move(slot);
  return slots;
}

std::shared_ptr<const skerry::internal::Slots> slots_with_options(CallOptions options) {
  const skerry::internal::Slots* current = skerry::internal::current_slots();
  const CallSlot* slot = current_call_slot();
  if (slot != nullptr && slot->client() != nullptr) options = merged(*slot->client(), std::move(options));
  return slots_with_call(
      std::make_shared<OptionsSlot>(std::move(options), current != nullptr ? current->metadata : nullptr));
}

}  // namespace internal

const Metadata& ServerCall::metadata() const {
  if (!metadata_) metadata_.emplace(received_metadata());
  return *metadata_;
}

Result<> ServerCall::add_header(std::string_view key, std::string value) {
  if (headers_sent_) return fail(Error::failed_precondition("the headers of the call have been sent"));
  Metadata added;
  added.add(key, std::move(value));
  if (auto checked = check_metadata(added); !checked) return checked;
  headers_.append(added);
  return {};
}

Result<> ServerCall::add_trailer(std::string_view key, std::string value) {
  Metadata added;
  added.add(key, std::move(value));
  if (auto checked = check_metadata(added); !checked) return checked;
  trailers_.append(added);
  return {};
}

ServerCall* find_call() {
  const internal::CallSlot* slot = internal::current_call_slot();
  return slot != nullptr ? slot->server() : nullptr;
}

ServerCall& call() {
  ServerCall* found = find_call();
  if (found == nullptr) panic("grpc::call() outside of a call");
  return *found;
}

}  // namespace skerry::grpc
