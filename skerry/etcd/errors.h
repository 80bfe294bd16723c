// SPDX-License-Identifier: Apache-2.0
//
// The errors of an etcd server. They arrive with the server's code and text unchanged, since both are part of the
// protocol; these functions recognise those that a client acts on.
//
//   if (etcd::is_lease_lost(error)) ...
#pragma once

#include "skerry/base/error.h"

namespace skerry::etcd {

/// The revision asked for is compacted away: a watch cannot go on from there, a range cannot look there.
bool is_compacted(const Error& error);
/// The revision asked for has not been reached.
bool is_future_revision(const Error& error);
/// The lease does not exist (any more), or was not renewed in time so that it may not.
bool is_lease_lost(const Error& error);
/// The history that a watch was to go on from is not there any more: compacted, or the store is another one than
/// before.
bool is_history_lost(const Error& error);
/// Trying again, perhaps with another member, may succeed; nothing is wrong with the request.
bool is_transient(const Error& error);

/// The server's code and text for a canceled watch's reason: the reason is a text alone. `compact_revision` is what the
/// response carries, 0 where the history was not the reason.
Error watch_canceled(std::string_view reason, std::int64_t compact_revision);
/// The lease was answered with a TTL of 0.
Error lease_not_found();
/// No renewal was confirmed for the length of the TTL.
Error lease_not_renewed(std::int64_t lease);
/// The store went back: it is younger than what was seen of it.
Error history_went_back(std::int64_t seen_revision, std::int64_t revision);

}  // namespace skerry::etcd
