// SPDX-License-Identifier: Apache-2.0
#include "skerry/config/registry_source.h"

namespace skerry::config {

RegistrySource::RegistrySource(std::shared_ptr<etcd::Client> client, ConfigKey key, Apply apply,
                               OnConnection on_connection)
    : client_(std::move(client)),
      key_(std::move(key)),
      apply_(std::move(apply)),
      on_connection_(std::move(on_connection)) {}

Task<> RegistrySource::run() {
  co_await key_.validate();
  co_await etcd::mirror(client_, {.keys = etcd::KeyRange::single(key_.path()), .on_connection = on_connection_},
                        [this](etcd::MirrorUpdate update) { return take(std::move(update)); });
}

Task<> RegistrySource::take(etcd::MirrorUpdate update) {
  if (update.kind == etcd::MirrorUpdate::Kind::kAll) {
    if (!update.key_values.empty()) {
      apply_(update.key_values.front().value);
    } else if (!update.after_loss) {
      apply_(std::nullopt);
    }
    loaded_.set();
    co_return;
  }
  // Of several changes in one batch the last one counts.
  if (update.events.empty()) co_return;
  const etcd::Event& last = update.events.back();
  if (last.type == etcd::Event::Type::kDelete) {
    apply_(std::nullopt);
  } else {
    apply_(last.key_value.value);
  }
}

}  // namespace skerry::config
