// What a domain's servers made of SASL EXTERNAL.
#pragma once

#include <chrono>

namespace fedhub {

/// Whether the next stream to a domain asks for EXTERNAL. A server that can't verify the hub's
/// certificate may refuse it and end the stream, or just end the stream: the next one goes without.
/// The latter may as well be chance, so it counts the second time in a row. Neither holds for ever:
/// the server may come to trust the certificate, and a stream without EXTERNAL has less (from some
/// servers no XEP-0198). Belongs to one actor.
class external_trials {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// So long a refusal holds.
  static constexpr std::chrono::minutes refusal_time{10};
  static constexpr unsigned most_unanswered = 2;

  bool asks(time_point now) const { return now >= again_at_; }

  void refused(time_point now) {
    unanswered_ = 0;
    again_at_ = now + refusal_time;
  }
  /// A stream ended in place of an answer.
  /// @returns whether that counts as a refusal.
  bool unanswered(time_point now) {
    if (++unanswered_ < most_unanswered)
      return false;
    refused(now);
    return true;
  }
  /// A stream has come to where stanzas can be sent.
  void passed() { unanswered_ = 0; }
  /// Nothing is known any more: the hub may have another certificate.
  void forget() { *this = {}; }

private:
  time_point again_at_{};
  unsigned unanswered_ = 0; ///< in a row.
};

} // namespace fedhub
