// The authorisation of one sender domain's stanzas on the hub's own stream.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "protocol/errors/failure.hpp"

namespace fedhub {

/// Tracks the peer's answer to the key of one domain pair on the hub's own stream:
///
///     unasked --ask--> asked --authorise--> authorised
///                      asked --refuse--> refused --ask, after `refusal_time`--> asked
///     asked, authorised --end_stream--> unasked
///
/// A refusal outlives the stream. The peer may authorise a pair after the hub gave up waiting. A
/// value; time is a parameter.
class pair_authorisation {
public:
  using time_point = std::chrono::steady_clock::time_point;

  enum class state : uint8_t { unasked, asked, authorised, refused };

  /// A refused pair is not asked for again within this time; its stanzas are answered with the
  /// refusal.
  static constexpr std::chrono::seconds refusal_time{5};

  state now_is() const { return state_; }
  bool asked() const { return state_ == state::asked; }
  bool authorised() const { return state_ == state::authorised; }
  bool unasked() const { return state_ == state::unasked; }
  /// Returns whether the stream carries stanzas of the pair, or may soon do so.
  bool holds_stream() const { return asked() || authorised(); }

  bool may_ask(time_point now) const {
    return unasked() || (state_ == state::refused && now - since_ >= refusal_time);
  }
  /// Returns whether stanzas have to be answered with `why` and `detail`.
  bool refuses(time_point now) const {
    return state_ == state::refused && now - since_ < refusal_time;
  }
  /// Returns the cause of the last refusal; `none` if the pair was authorised since.
  failure why() const { return refusal_ ? refusal_->why : failure::none; }
  const std::string& detail() const {
    static const std::string nothing;
    return refusal_ ? refusal_->detail : nothing;
  }
  /// Returns when the peer's answer is overdue; `time_point::max()` if none is awaited.
  time_point due(time_point::duration patience) const {
    return asked() ? since_ + patience : time_point::max();
  }

  void ask(time_point now) {
    state_ = state::asked;
    since_ = now;
  }
  void authorise() {
    state_ = state::authorised;
    refusal_ = nullptr;
  }
  void refuse(time_point now, failure why, std::string detail) {
    state_ = state::refused;
    since_ = now;
    refusal_ = std::make_unique<const refusal>(refusal{why, std::move(detail)});
  }
  /// Forgets the question, since another server of the domain may accept the pair.
  void take_back() { state_ = state::unasked; }
  /// Lets a refused pair be asked for again at once.
  void forget_refusal() {
    if (state_ == state::refused)
      state_ = state::unasked;
  }
  void end_stream() {
    if (state_ != state::refused)
      state_ = state::unasked;
  }

private:
  struct refusal {
    failure why;
    std::string detail;
  };

  time_point since_{}; ///< of `asked` and `refused`.
  std::unique_ptr<const refusal> refusal_;
  state state_ = state::unasked;
};

} // namespace fedhub
