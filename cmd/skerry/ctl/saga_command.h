// SPDX-License-Identifier: Apache-2.0
//
// `skerry ctl saga`, over the admin listeners of the services.
#pragma once

#include <string>
#include <vector>

#include "cmd/skerry/ctl/arguments.h"
#include "cmd/skerry/ctl/saga_admin.h"

#include "skerry/async/task.h"

namespace skerry::cmd {

/// Does it with these services, and adds what is to be printed to `output` as soon as it is known. A saga that cannot
/// be changed does not keep the others from it; the first such failure is given at the end. Both outlive the task.
Task<> run_saga_command(SagaAdmin& admin, SagaArguments arguments, std::string& output);

/// The same with the services that the registry knows. Warnings go to standard error. Errors: those of registry_of,
/// etcd::Client and SagaAdmin.
Task<> run_saga_command(SagaArguments arguments, std::string& output);

}  // namespace skerry::cmd
