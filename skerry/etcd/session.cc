// SPDX-License-Identifier: Apache-2.0
#include "skerry/etcd/session.h"

namespace skerry::etcd::internal {

Task<> revoke_quietly(std::shared_ptr<Client> client, LeaseId lease, std::chrono::milliseconds limit) {
  Task<> revoke = client->revoke(lease);
  // A shielded task runs although the caller is cancelled, and its outcome is looked at although the caller ends after.
  co_await skerry::internal::at_boundary(shielded(limit, std::move(revoke)));
}

}  // namespace skerry::etcd::internal
