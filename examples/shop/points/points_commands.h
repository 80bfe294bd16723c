// SPDX-License-Identifier: Apache-2.0
//
// What `points` does for the saga of an order: GrantPoints, answered by PointsGranted, and RevokePoints, answered by
// PointsRevoked; and a GrantPoints for each request that it has accepted itself.
#pragma once

#include "examples/shop/participant.h"
#include "examples/shop/points/points_config.h"

namespace shop {

/// A grant takes the configured processing time.
void handle_points_commands(Participant& participant, skerry::Live<PointsConfig> config);

}  // namespace shop
