// How a hub comes to its end: what is done until when.
#pragma once

#include <chrono>
#include <cstdint>

#include "actors/stanzas/stanza.hpp"

namespace fedhub {

/// The stages of a drain within `timeouts.drain`. A value: time and what it depends on come in.
///
///     quiet       no more stanzas are taken; destinations get what there is
///     answering   what they did not take is answered; sources get the answers
///     closing     streams end, each with its last words
///     over        the rest is cut
class drain_plan {
public:
  enum class stage : uint8_t { running, quiet, answering, closing, over };

  drain_plan() = default;
  /// Begins with `quiet`.
  drain_plan(time_point now, std::chrono::milliseconds drain);

  stage at() const { return at_; }

  /// Goes on by one stage if it is time.
  /// @param settled each stanza is delivered, answered or dropped, and each answer is with its
  ///        sender.  @param closed there is no connection.
  /// @returns whether it went on.
  bool go_on(time_point now, bool settled, bool closed);

private:
  stage at_ = stage::running;
  time_point write_until_{};
  time_point answer_until_{};
  time_point end_{};
};

} // namespace fedhub
