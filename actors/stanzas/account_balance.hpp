// The current account of all stanzas.
#pragma once

#include <string>

#include "metrics/hub_metrics.hpp"

namespace fedhub {

/// Sums of both directions. accepted = delivered + bounced + dropped + queued, plus the stanzas in
/// motion.
struct account_balance {
  double accepted = 0, delivered = 0, bounced = 0, dropped = 0, queued = 0;
  double answers = 0; ///< the hub's own answers that have ended: sent or dropped.

  /// Returns whether each stanza and each answer has ended.
  bool settled() const {
    return queued == 0 && accepted == delivered + bounced + dropped && answers == bounced;
  }
  /// Returns the account as text: "accepted=5 delivered=4 bounced=1 dropped=0 queued=0"
  std::string str() const;
};

/// Returns the current account. It is consistent only while no stanza moves.
account_balance balance_of(hub_metrics& metrics);

} // namespace fedhub
