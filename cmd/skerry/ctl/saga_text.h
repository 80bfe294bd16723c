// SPDX-License-Identifier: Apache-2.0
//
// Sagas as people read them; programs read the JSON of the structs. Pure.
#pragma once

#include <string>
#include <vector>

#include "cmd/skerry/ctl/saga_admin.h"

namespace skerry::cmd {

/// A table; a sentence where there is none.
std::string sagas_text(const std::vector<ListedSaga>& sagas);
/// Everything of the saga, on as many lines as it takes.
std::string saga_text(const ShownSaga& saga);

}  // namespace skerry::cmd
