// Rows of the outbox as values. For the outbox's own sources.
#pragma once

#include <string>

#include "notifier/outbox/database.h"
#include "notifier/outbox/outbox.h"

namespace pmx::notifier {

// SELECT of what read_delivery() reads, of `d` (deliveries) and `e` (events).
std::string select_deliveries(const std::string& from_where);
StoredDelivery read_delivery(const Statement& row);
DeliveryState state_of(std::int64_t number);

}  // namespace pmx::notifier
