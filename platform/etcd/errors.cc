// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/errors.h"

namespace skerry::platform::etcd::errors {

Error compacted() { return Error::out_of_range("etcdserver: mvcc: required revision has been compacted"); }
Error future_revision() { return Error::out_of_range("etcdserver: mvcc: required revision is a future revision"); }
Error no_space() { return Error::resource_exhausted("etcdserver: mvcc: database space exceeded"); }
Error too_many_requests() { return Error::resource_exhausted("etcdserver: too many requests"); }
Error empty_key() { return Error::invalid_argument("etcdserver: key is not provided"); }
Error key_not_found() { return Error::invalid_argument("etcdserver: key not found"); }
Error value_provided() { return Error::invalid_argument("etcdserver: value is provided"); }
Error lease_provided() { return Error::invalid_argument("etcdserver: lease is provided"); }
Error too_many_operations() { return Error::invalid_argument("etcdserver: too many operations in txn request"); }
Error duplicate_key() { return Error::invalid_argument("etcdserver: duplicate key given in txn request"); }
Error invalid_sort_option() { return Error::invalid_argument("etcdserver: invalid sort option"); }
Error request_too_large() { return Error::invalid_argument("etcdserver: request is too large"); }
Error lease_not_found() { return Error::not_found("etcdserver: requested lease not found"); }
Error lease_exists() { return Error::failed_precondition("etcdserver: lease already exists"); }
Error lease_ttl_too_large() { return Error::out_of_range("etcdserver: too large lease TTL"); }
Error auth_not_enabled() { return Error::failed_precondition("etcdserver: authentication is not enabled"); }
Error member_not_found() { return Error::not_found("etcdserver: member not found"); }
Error corrupt() { return Error::data_loss("etcdserver: corrupt cluster"); }
Error stopped() { return Error::unavailable("etcdserver: server stopped"); }
Error timeout() { return Error::unavailable("etcdserver: request timed out"); }
Error no_leader() { return Error::unavailable("etcdserver: no leader"); }
Error not_leader() { return Error::failed_precondition("etcdserver: not leader"); }

}  // namespace skerry::platform::etcd::errors
