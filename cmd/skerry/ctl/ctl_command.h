// SPDX-License-Identifier: Apache-2.0
//
// `skerry ctl`: looks into a running system and changes it, through the ports that it has anyway: the broker's Kafka
// protocol, and the admin listeners of the services, which the registry names.
#pragma once

#include "cmd/skerry/ctl/arguments.h"

namespace skerry::cmd {

/// Does what was asked for and prints what came of it. Gives the exit code: 0; 1 when something failed; 2 for arguments
/// that make no sense. Precondition: one of the two was asked for.
int run_ctl(const CtlArguments& arguments);

}  // namespace skerry::cmd
