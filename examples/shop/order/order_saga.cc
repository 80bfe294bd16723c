// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/order/order_saga.h"

#include <utility>

#include "events.pb.h"

namespace shop {

using skerry::Task;
using skerry::events::Outbox;
using skerry::sql::Transaction;
namespace saga = skerry::saga;

namespace {

// A step, or a compensation: publishes a command that names the work.
template <class Command>
struct Send {
  using Fill = void (*)(Command& command, const OrderWork& work);

  Outbox& outbox;
  std::string topic;
  Fill fill = nullptr;

  Task<> operator()(Transaction& tx, saga::Call<OrderWork>& call) const {
    Command command;
    command.set_step(call.key);
    command.set_order_id(call.saga);
    if (fill != nullptr) fill(command, call.data);
    co_await outbox.publish(tx, command, call.saga, {.topic = topic});
  }
};

void fill_reserve(ReserveStock& command, const OrderWork& work) {
  for (const NewOrderItem& wanted : work.items) {
    ReserveItem& item = *command.add_items();
    item.set_sku(wanted.sku);
    item.set_quantity(static_cast<std::int32_t>(wanted.quantity));
  }
}

// Of a charge and of a grant.
template <class Command>
void fill_amount(Command& command, const OrderWork& work) {
  command.set_user_id(work.user_id);
  command.set_amount_cents(work.total_cents);
}

void fill_ship(ShipOrder& command, const OrderWork& work) { command.set_user_id(work.user_id); }

// Writes the end into the order and publishes it.
struct End {
  Outbox& outbox;
  std::string topic;

  Task<> operator()(Transaction& tx, saga::Ended<OrderWork> ended) const {
    const bool completed = ended.state == saga::State::kCompleted;
    const OrderState state = completed ? OrderState::kCompleted : OrderState::kCancelled;
    co_await tx.execute("update orders set state = ?, reason = ? where order_id = ?", order_state_name(state),
                        completed ? "" : ended.reason, ended.saga);
    const skerry::events::PublishOptions options{.topic = topic, .sequence = co_await next_version(tx, ended.saga)};
    if (completed) {
      OrderCompleted event;
      event.set_order_id(ended.saga);
      co_await outbox.publish(tx, event, ended.saga, options);
    } else {
      OrderCancelled event;
      event.set_order_id(ended.saga);
      event.set_reason(ended.reason);
      co_await outbox.publish(tx, event, ended.saga, options);
    }
  }
};

void be_patient(saga::Step<OrderWork>& step) {
  step.timeout(kAnswerLimit)
      .retry(
          {.max_attempts = saga::kMaxAttempts, .first_delay = std::chrono::seconds(1), .max_delay = kMaxCommandPause})
      .when_exhausted(saga::WhenExhausted::kStick);
}

}  // namespace

OrderWork order_work(const StoredOrder& order) {
  OrderWork work{.user_id = order.user_id, .total_cents = order.total_cents, .items = {}};
  for (const OrderLine& line : order.items) work.items.push_back({line.sku, line.quantity});
  return work;
}

saga::Definition<OrderWork> order_saga(Outbox& outbox, const Topics& topics) {
  saga::Definition<OrderWork> order(kOrderSaga, 1);
  be_patient(order.step("reserve")
                 .run(Send<ReserveStock>{outbox, topics.inventory_commands, fill_reserve})
                 .compensate(Send<ReleaseStock>{outbox, topics.inventory_commands}));
  be_patient(order.step("charge")
                 .run(Send<ChargePayment>{outbox, topics.payment_commands, fill_amount<ChargePayment>})
                 .compensate(Send<RefundPayment>{outbox, topics.payment_commands}));
  be_patient(order.step("points")
                 .run(Send<GrantPoints>{outbox, topics.points_commands, fill_amount<GrantPoints>})
                 .compensate(Send<RevokePoints>{outbox, topics.points_commands}));
  be_patient(order.beside("shipment")
                 .run(Send<ShipOrder>{outbox, topics.logistics_commands, fill_ship})
                 .compensate(Send<StopShipment>{outbox, topics.logistics_commands}));
  order.on_end(End{outbox, topics.orders});
  return order;
}

}  // namespace shop
