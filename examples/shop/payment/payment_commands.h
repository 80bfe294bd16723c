// SPDX-License-Identifier: Apache-2.0
//
// What `payment` does for the saga of an order: ChargePayment, answered by PaymentCharged, and RefundPayment, answered
// by PaymentRefunded.
#pragma once

#include "examples/shop/participant.h"
#include "examples/shop/service_config.h"

namespace shop {

/// A charge takes the configured processing time.
void handle_payment_commands(Participant& participant, skerry::Live<ServiceConfig> config);

}  // namespace shop
