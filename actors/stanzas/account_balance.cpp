#include "actors/stanzas/account_balance.hpp"

#include <spdlog/fmt/fmt.h>

#include "metrics/labels.hpp"
#include "protocol/errors/failure.hpp"

namespace fedhub {

std::string account_balance::str() const {
  return fmt::format("accepted={:.0f} delivered={:.0f} bounced={:.0f} dropped={:.0f} queued={:.0f}",
                     accepted, delivered, bounced, dropped, queued);
}

account_balance balance_of(hub_metrics& metrics) {
  account_balance balance;
  for (size_t i = 0; i < label_count<stanza_direction>; ++i) {
    const auto direction = static_cast<stanza_direction>(i);
    for (size_t k = 0; k < label_count<stanza_kind>; ++k)
      balance.accepted +=
        metrics.stanzas_accepted.at(direction, static_cast<stanza_kind>(k)).Value();
    for (size_t k = 0; k < failure_count; ++k) {
      balance.bounced += metrics.stanzas_bounced.at(direction, static_cast<failure>(k)).Value();
      balance.dropped += metrics.stanzas_dropped.at(direction, static_cast<failure>(k)).Value();
    }
    balance.delivered += metrics.stanzas_delivered.at(direction).Value();
    balance.queued += metrics.stanzas_queued.at(direction).Value();
  }
  for (size_t i = 0; i < label_count<reply_result>; ++i)
    balance.answers += metrics.replies.at(static_cast<reply_result>(i)).Value();
  return balance;
}

} // namespace fedhub
