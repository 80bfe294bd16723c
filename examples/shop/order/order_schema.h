// SPDX-License-Identifier: Apache-2.0
//
// The tables of OrderStore, as they came to be.
#pragma once

#include <vector>

#include "skerry/sql/database.h"

namespace shop {

std::vector<skerry::sql::Migration> order_migrations();

}  // namespace shop
