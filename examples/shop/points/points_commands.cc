// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/points/points_commands.h"

#include <utility>

#include "examples/shop/accepted_requests.h"
#include "examples/shop/fields.h"
#include "examples/shop/points/points_store.h"

namespace shop {

using skerry::Task;
using skerry::sql::Transaction;

namespace {

Task<> grant_for(Transaction& transaction, GrantPoints command) {
  co_await check_user_id(command.user_id());
  co_await check_amount(command.amount_cents());
  co_await grant(transaction, {command.order_id(), command.user_id(), command.amount_cents()});
}

Task<> revoke_for(Transaction& transaction, RevokePoints command) { co_await revoke(transaction, command.order_id()); }

}  // namespace

void handle_points_commands(Participant& participant, skerry::Live<PointsConfig> config) {
  participant.handle<GrantPoints, PointsGranted>(
      {.prepare = [config = std::move(config)] { return take_processing_time(config); },
       .work = grant_for,
       .fill = [](const GrantPoints& command,
                  PointsGranted& granted) { granted.set_points(points_of(command.amount_cents())); },
       .refused = refuse_request<GrantPoints>});
  participant.handle<RevokePoints, PointsRevoked>({.work = revoke_for});
}

}  // namespace shop
