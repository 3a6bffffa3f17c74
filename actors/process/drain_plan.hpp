// The plan of the hub's stop: its stages, and the time for each.
#pragma once

#include <chrono>
#include <cstdint>

#include "actors/stanzas/stanza.hpp"

namespace fedhub {

/// Decides on the stages of a drain within `timeouts.drain`. A value: time and progress are
/// parameters.
///
///     quiet       no more stanzas are accepted; queued ones are delivered
///     answering   stanzas that were not delivered are answered
///     closing     streams end, each with its stream error and end tag
///     over        the remaining connections are cut
class drain_plan {
public:
  enum class stage : uint8_t { running, quiet, answering, closing, over };

  drain_plan() = default;
  /// Begins with the stage `quiet`.
  drain_plan(time_point now, std::chrono::milliseconds drain);

  stage at() const { return at_; }

  /// Enters the next stage if it is time.
  /// @param settled each stanza is delivered, answered or dropped, and each answer has come to an
  ///        end.
  /// @param closed no connection is left.
  /// @returns whether the stage has changed.
  bool go_on(time_point now, bool settled, bool closed);

private:
  stage at_ = stage::running;
  time_point write_until_{};
  time_point answer_until_{};
  time_point end_{};
};

} // namespace fedhub
