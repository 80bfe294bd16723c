// SPDX-License-Identifier: Apache-2.0
//
// Dead letters as people and programs read them. Pure.
#pragma once

#include <boost/json/fwd.hpp>

#include <string>
#include <vector>

#include "skerry/events/dead_letters.h"

namespace skerry::cmd {

/// {"topic":"shop.orders","group":"payment","letters":3}
boost::json::value queue_json(const events::DeadLetterQueue& queue);
/// Everything of the letter. What is text stands in "key" and "value"; "key_base64" and "value_base64" are the bytes,
/// null where the record has none.
boost::json::value letter_json(const events::DeadLetter& letter);

/// A table; a sentence where there is none.
std::string queues_text(const std::vector<events::DeadLetterQueue>& queues);
std::string letters_text(const std::vector<events::DeadLetter>& letters);
/// Everything of the letter, on as many lines as it takes.
std::string letter_text(const events::DeadLetter& letter);

}  // namespace skerry::cmd
