// SPDX-License-Identifier: Apache-2.0
//
// The topics of proto/events.proto, as a value: tests that share brokers give them other names.
#pragma once

#include <string>

namespace shop {

struct Topics {
  std::string users = "shop.users";
  std::string products = "shop.products";
  std::string orders = "shop.orders";
  std::string inventory_commands = "shop.inventory.commands";
  std::string payment_commands = "shop.payment.commands";
  std::string points_commands = "shop.points.commands";
  std::string logistics_commands = "shop.logistics.commands";
  std::string inventory = "shop.inventory";
  std::string payment = "shop.payment";
  std::string points = "shop.points";
  std::string logistics = "shop.logistics";
};

}  // namespace shop
