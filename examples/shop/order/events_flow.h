// SPDX-License-Identifier: Apache-2.0
//
// EventsFlow: places an order by events. One transaction stores the order as accepted, with its idempotency key, its
// first event and the beginning of its saga; then it is answered, and no other service or broker had a part in it. The
// saga goes on by the answers of the others (order_saga.h) until the order is completed, or cancelled with everything
// undone.
//
//   POST -> accepted -> ... -> completed                    cancel of either: -> cancelling -> cancelled
//                          \-> cancelled, with a reason
//
// The topics that the service listens to: the users and products of their owners, for the catalogue, and the answers to
// its commands. Several instances may share the database.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "examples/shop/order/new_order.h"
#include "examples/shop/order/order_store.h"
#include "examples/shop/service_events.h"
#include "examples/shop/topic_names.h"

#include "skerry/saga/runner.h"

namespace shop {

struct EventsFlowOptions {
  Topics topics = {};
  /// The consumer group.
  std::string group = "order";
};

/// Any worker, once it is open.
class EventsFlow {
 public:
  EventsFlow(std::shared_ptr<OrderStore> store, std::shared_ptr<ServiceEvents> events, EventsFlowOptions options = {});

  /// Makes the tables and subscribes. After store and events are open, before the events run.
  skerry::Task<> open();

  /// Accepts a valid order. Errors: as price_order; UNAVAILABLE where the service was started without a broker;
  /// ALREADY_EXISTS where the idempotency key is taken.
  skerry::Task<StoredOrder> place(NewOrder request, std::string idempotency_key);

  /// Begins to undo everything that was done for the order, and gives it as it is then; one that is being cancelled
  /// stays as it is. NOT_FOUND without such an order; FAILED_PRECONDITION where it ended kKeepEnded ago.
  skerry::Task<StoredOrder> cancel(std::string order_id);

  /// Runs the sagas until it is cancelled; ends at once without a broker.
  skerry::Task<> run();

  /// Precondition: open.
  skerry::saga::Runner& sagas() { return *sagas_; }

 private:
  template <class Done>
  void take_answers(std::string topic);
  void take_refusals(std::string topic);
  void keep_catalogue();
  skerry::Task<> answer(skerry::sql::Transaction& tx, std::string step, skerry::saga::Reply reply);

  const std::shared_ptr<OrderStore> store_;
  const std::shared_ptr<ServiceEvents> events_;
  const EventsFlowOptions options_;
  std::optional<skerry::saga::Runner> sagas_;
};

}  // namespace shop
