// An s2s node that can't be reached, and the sender domain that needs it.
#pragma once

#include <utility>

#include "actors/domain/node_absence.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// Decides whether attempts to reach a node go on although no stanza waits. They are made on behalf
/// of the last sender domain that missed the node. If only a pattern of the configuration covers
/// the domain, attempts end with its use. Otherwise made-up names could cause thousands of
/// attempts. The server of a remote domain is always here.
///
/// A value; time is a parameter.
class sought_node {
public:
  using time_point = node_absence::time_point;

  node_absence absence;

  /// Returns the last sender domain whose stanza or question did not reach the node; empty if none.
  const domain_name& missed_by() const { return missed_by_; }
  void note_missed(domain_name sender) { missed_by_ = std::move(sender); }

  /// Applies a new configuration. @param moved the node has another address in it. @param listed it
  /// names the domain itself, not only a pattern.
  void judge(bool moved, bool listed) {
    listed_ = listed;
    if (!moved)
      return;
    absence.back();
    missed_by_ = {};
  }

  /// Returns whether attempts go on. @param needed_until the end of the domain's use.
  bool sought(time_point now, time_point needed_until) const {
    return !absence.here() && !missed_by_.empty() && (listed_ || now < needed_until);
  }

private:
  domain_name missed_by_;
  bool listed_ = false;
};

} // namespace fedhub
