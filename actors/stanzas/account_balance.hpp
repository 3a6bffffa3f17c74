// The account of all stanzas, as it stands.
#pragma once

#include <string>

#include "metrics/hub_metrics.hpp"

namespace fedhub {

/// Both directions together: accepted = delivered + bounced + dropped + queued, plus what is in
/// motion.
struct account_balance {
  double accepted = 0, delivered = 0, bounced = 0, dropped = 0, queued = 0;
  double answers = 0; ///< of the hub's own, that have come to an end: sent, or dropped.

  /// Each stanza has come to its end, and each answer to one.
  bool settled() const {
    return queued == 0 && accepted == delivered + bounced + dropped && answers == bounced;
  }
  /// "accepted=5 delivered=4 bounced=1 dropped=0 queued=0"
  std::string str() const;
};

/// Consistent only at rest.
account_balance balance_of(hub_metrics& metrics);

} // namespace fedhub
