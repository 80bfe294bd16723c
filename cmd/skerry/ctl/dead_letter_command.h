// SPDX-License-Identifier: Apache-2.0
//
// `skerry ctl dlq`, over the Kafka protocol: with the broker of `skerry dev` as with any other.
#pragma once

#include <string>

#include "cmd/skerry/ctl/arguments.h"

#include "skerry/async/task.h"

namespace skerry::cmd {

/// Does it, and adds what is to be printed to `output` as soon as it is known, so that it tells also what was done
/// before a failure. Errors: those of broker_of, of kafka::Admin and of events::DeadLetters; NOT_FOUND for a topic and
/// group without a queue where an id is given. `output` outlives the task.
Task<> run_dead_letter_command(DeadLetterArguments arguments, std::string& output);

}  // namespace skerry::cmd
