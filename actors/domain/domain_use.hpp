// The use of a domain, which decides how long its actor stays.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace fedhub {

/// The stages of the hub's stop for a domain. A stage never goes back.
enum class stop_stage : uint8_t {
  running,
  draining, ///< only the hub's own answers wait for a stream.
  stopping, ///< nothing waits for a stream.
};

/// Returns whether a stanza may still wait for a stream. @param generated the stanza is an answer
/// of the hub's own.
constexpr bool may_wait(stop_stage stage, bool generated) {
  switch (stage) {
  case stop_stage::running:
    return true;
  case stop_stage::draining:
    return generated;
  case stop_stage::stopping:
    break;
  }
  return false;
}

/// Tracks the use of a domain, which decides how long its actor stays. A domain of which only a key
/// was verified will probably not be needed again. A domain that never had a stream may not exist.
/// Neither keeps its actor for long, since thousands of such domains may come at once.
///
/// A value; time is a parameter.
class domain_use {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// An actor ends after this time without use.
  static constexpr std::chrono::seconds grace_time{60};
  /// The same time for a domain that has never had a stream.
  static constexpr std::chrono::seconds unproven_grace_time{5};

  explicit domain_use(time_point now = {}) : last_(now) {}

  time_point last() const { return last_; }
  bool carried() const { return carried_; }
  bool proven() const { return proven_; }

  void touch(time_point now) { last_ = now; }
  /// Notes that stanzas came, or a stream of the domain that takes stanzas.
  void note_carried() { carried_ = true; }
  /// Notes that a question about a key of the domain came.
  void note_verified() { verified_ = true; }
  /// Notes that a stream was ready, the hub's own or the peer's.
  void note_proven() { proven_ = true; }

  /// Returns the time until which an actor without work stays. @param retry_at when the next
  /// attempt may begin.
  time_point needed_until(time_point retry_at) const {
    if (verified_ && !carried_)
      return std::max(last_, retry_at);
    return last_ + (carried_ && !proven_ ? unproven_grace_time : grace_time);
  }

private:
  time_point last_;
  bool carried_ = false;
  bool verified_ = false;
  bool proven_ = false;
};

} // namespace fedhub
