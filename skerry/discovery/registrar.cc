// SPDX-License-Identifier: Apache-2.0
#include "skerry/discovery/registrar.h"

#include "skerry/async/sleep.h"
#include "skerry/etcd/errors.h"

namespace skerry::discovery {

Registrar::Registrar(std::shared_ptr<etcd::Client> client, RegistrarOptions options)
    : client_(std::move(client)), options_(std::move(options)) {}

void Registrar::set_state(const Result<>& state) {
  if (*registered_.get() != state.has_value()) registered_.set(state.has_value());
  if (options_.on_state) options_.on_state(state);
}

Task<> Registrar::run(Live<Instance> instance) {
  co_await instance.get()->validate();
  const std::string key = instance_key(*instance.get());
  etcd::Backoff backoff(client_->options().backoff);
  for (;;) {
    Result<> ended = co_await etcd::with_session(client_, options_.session, [&](etcd::Session& session) {
                       return keep_registered(instance, key, session.lease(), backoff);
                     }).result();
    set_state(ended);
    if (!etcd::is_transient(ended.error()) && !etcd::is_lease_lost(ended.error())) co_await std::move(ended);
    co_await sleep(backoff.next());
  }
}

// Ends only by failing, at the latest when the session ends and cancels it.
Task<> Registrar::keep_registered(Live<Instance> instance, std::string key, etcd::LeaseId lease, etcd::Backoff& outer) {
  Live<Instance>::Watcher changes = instance.watch();
  Live<Instance>::Snapshot current = instance.get();
  for (;;) {
    co_await current->validate();
    if (instance_key(*current) != key) co_await Error::invalid_argument("{}: an instance keeps its key", key);
    co_await put_until_done(key, to_json(*current), lease);
    outer.reset();
    set_state({});
    current = co_await changes.changed();
  }
}

// The same put may be made twice without harm, so that here an unknown outcome is no reason to give up the session.
Task<> Registrar::put_until_done(std::string key, std::string value, etcd::LeaseId lease) {
  etcd::Backoff backoff(client_->options().backoff);
  for (;;) {
    Result<etcd::PutResult> put = co_await client_->put(key, value, {.lease = lease}).result();
    if (put) co_return;
    if (!etcd::is_transient(put.error())) co_await std::move(put).error();
    co_await sleep(backoff.next());
  }
}

}  // namespace skerry::discovery
