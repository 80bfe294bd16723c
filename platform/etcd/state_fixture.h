// SPDX-License-Identifier: Apache-2.0
//
// For tests: random entries, and a description of a whole state that is equal exactly when the states are.
#pragma once

#include <fmt/core.h>

#include <random>
#include <string>

#include "platform/etcd/state_machine.h"

namespace skerry::platform::etcd {

/// Everything that two machines with the same entries have in common, as text.
inline std::string describe_state(const StateMachine& machine) {
  const MvccStore& store = machine.store();
  std::string text = fmt::format("revision {} compacted {} hash {:x} start {} {} {}\n", store.revision(),
                                 store.compact_revision(), store.hash(0).value(), machine.start().cluster_id(),
                                 machine.start().member_id(), machine.start().term());
  std::set<LeaseId> ids;
  for (const LeaseId id : machine.leases().ids()) ids.insert(id);
  for (const LeaseId id : ids) {
    text += fmt::format("lease {} {}", id, machine.leases().status(id, {})->granted.count());
    for (const auto& key : machine.leases().keys(id)) text += " " + key;
    text += "\n";
  }
  for (const auto& [member, kind] : machine.alarms())
    text += fmt::format("alarm {} {}\n", member, static_cast<int>(kind));
  const auto from = std::max<Revision>(1, store.compact_revision());
  for (const Event& event : store.history(from, std::size_t{1} << 40))
    text += fmt::format("{} {}/{} {}\n", event.kv->key, event.kv->mod_revision, event.kv->sub_revision,
                        event.previous ? event.previous->mod_revision : 0);
  return text;
}

/// A random change of a small key space, of every kind; about a third of them fail when applied.
inline storage::Entry random_entry(std::mt19937& random, const StateMachine& machine) {
  const auto pick = [&](std::uint32_t bound) { return static_cast<std::uint32_t>(random() % bound); };
  const auto key = [&] { return std::string(1, static_cast<char>('a' + pick(6))); };
  const auto fill_put = [&](etcdserverpb::PutRequest& put) {
    put.set_key(key());
    put.set_value(std::string(pick(200), static_cast<char>('A' + pick(26))));
    put.set_lease(pick(3) == 0 ? 1 + pick(4) : 0);
  };
  storage::Entry entry;
  switch (pick(10)) {
    case 0:
      entry.mutable_delete_range()->set_key(key());
      entry.mutable_delete_range()->set_range_end(key());
      break;
    case 1: {
      auto& txn = *entry.mutable_txn();
      auto& compare = *txn.add_compare();
      compare.set_key(key());
      compare.set_target(etcdserverpb::Compare::VERSION);
      compare.set_result(etcdserverpb::Compare::GREATER);
      compare.set_version(pick(3));
      fill_put(*txn.add_success()->mutable_request_put());
      txn.add_success()->mutable_request_delete_range()->set_key("z" + key());
      txn.add_failure()->mutable_request_delete_range()->set_key(key());
      break;
    }
    case 2:
      entry.mutable_compaction()->set_revision(machine.store().revision() - static_cast<Revision>(pick(20)));
      break;
    case 3:
      entry.mutable_lease_grant()->set_id(1 + pick(4));
      entry.mutable_lease_grant()->set_ttl(pick(100));
      break;
    case 4:
      entry.mutable_lease_revoke()->set_id(1 + pick(4));
      break;
    case 5:
      entry.mutable_alarm()->set_action(pick(3) == 0 ? etcdserverpb::AlarmRequest::ACTIVATE
                                                     : etcdserverpb::AlarmRequest::DEACTIVATE);
      entry.mutable_alarm()->set_alarm(etcdserverpb::NOSPACE);
      break;
    default:
      fill_put(*entry.mutable_put());
  }
  return entry;
}

}  // namespace skerry::platform::etcd
