// SPDX-License-Identifier: Apache-2.0
//
// The errors of the etcd v3 API. Clients recognise most of them by their exact text as well as by their code (the Go
// client maps errors by description), so code and text are part of the protocol (etcd API reference, rpctypes).
#pragma once

#include "skerry/base/error.h"

namespace skerry::platform::etcd::errors {

Error compacted();
Error future_revision();
Error no_space();
Error too_many_requests();
Error empty_key();
Error key_not_found();
Error value_provided();
Error lease_provided();
Error too_many_operations();
Error duplicate_key();
Error invalid_sort_option();
Error request_too_large();
Error lease_not_found();
Error lease_exists();
Error lease_ttl_too_large();
Error auth_not_enabled();
Error member_not_found();
Error corrupt();
Error stopped();
Error timeout();
Error no_leader();
Error not_leader();

}  // namespace skerry::platform::etcd::errors
