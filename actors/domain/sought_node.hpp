// An s2s node that can't be reached, and for whom it is looked for.
#pragma once

#include <utility>

#include "actors/domain/node_absence.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// Attempts to reach a node go on though no stanza waits, for the last sender that missed it. For a
/// name that only a pattern of the configuration covers they end with its use, or else who makes
/// up names would have thousands of them. Other domains' servers are always here.
///
/// A value; time is a parameter.
class sought_node {
public:
  using time_point = node_absence::time_point;

  node_absence absence;

  /// Who sent last, or asked, what the node was not there for; empty: nobody.
  const domain_name& missed_by() const { return missed_by_; }
  void note_missed(domain_name sender) { missed_by_ = std::move(sender); }

  /// The configuration is new. @param moved the node is to be reached elsewhere. @param listed the
  /// configuration names this very domain.
  void judge(bool moved, bool listed) {
    listed_ = listed;
    if (!moved)
      return;
    absence.back();
    missed_by_ = {};
  }

  /// Tells whether attempts go on. @param needed_until end of the domain's use.
  bool sought(time_point now, time_point needed_until) const {
    return !absence.here() && !missed_by_.empty() && (listed_ || now < needed_until);
  }

private:
  domain_name missed_by_;
  bool listed_ = false;
};

} // namespace fedhub
