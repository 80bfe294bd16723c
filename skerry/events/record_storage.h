// SPDX-License-Identifier: Apache-2.0
//
// A record as the bytes of a column (skerry/events/stored_record.proto). Internal to events/.
#pragma once

#include <string>
#include <string_view>

#include "skerry/base/result.h"
#include "skerry/kafka/record.h"

namespace skerry::events::internal {

std::string store_record(const kafka::Record& record);
/// DATA_LOSS for bytes that store_record did not write.
Result<kafka::Record> load_record(std::string_view bytes);

}  // namespace skerry::events::internal
