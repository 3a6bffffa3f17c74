// The limits for the waiting stanzas of one destination.
#pragma once

#include <cstdint>

#include "actors/stanzas/accounting.hpp"
#include "actors/stanzas/stanza.hpp"

namespace fedhub {

/// How long a waiting stanza may hold back its source, before it is detached and counts against its
/// destination's limits. For a shorter time, TCP's own back-pressure is gentler. After a longer
/// time, one slow destination would stop its sources' stanzas to all other destinations.
inline constexpr std::chrono::milliseconds hold_back_time{200};

/// The limits of one destination (`limits.queue_*_per_domain`) and the hub-wide limit, and how much
/// of them detached stanzas use. Belongs to one actor.
class queue_account {
public:
  queue_account(int64_t max_bytes, int64_t max_stanzas, accounting& account)
    : max_bytes_(max_bytes), max_stanzas_(max_stanzas), account_(account) {}
  queue_account(const queue_account&) = delete;
  queue_account& operator=(const queue_account&) = delete;
  ~queue_account() { account_.release(reserved_); }

  /// Detaches the stanza from its source and counts it. @returns `none`, or the limit that it would
  /// exceed.
  failure admit(stanza& stanza) {
    if (stanzas_ + 1 > max_stanzas_ || bytes_ + stanza.size > max_bytes_)
      return failure::queue_full;
    if (!account_.reserve(waiting_octets(stanza.size)))
      return failure::memory_full;
    reserved_ += waiting_octets(stanza.size);
    stanzas_ += 1;
    bytes_ += stanza.size;
    detach(stanza);
    return failure::none;
  }

  /// Reports that an admitted stanza of so many octets has left.
  void release(uint32_t octets) {
    stanzas_ -= 1;
    bytes_ -= octets;
    reserved_ -= waiting_octets(octets);
    account_.release(waiting_octets(octets));
  }

  int64_t max_bytes() const { return max_bytes_; }
  int64_t max_stanzas() const { return max_stanzas_; }
  int64_t bytes() const { return bytes_; }
  int64_t stanzas() const { return stanzas_; }
  accounting& account() const { return account_; }

private:
  const int64_t max_bytes_;
  const int64_t max_stanzas_;
  int64_t bytes_ = 0;
  int64_t stanzas_ = 0;
  int64_t reserved_ = 0; ///< octets reserved in the hub-wide account.
  accounting& account_;
};

/// A stanza, and the reason why it can no longer wait.
struct rejected_stanza {
  stanza value;
  failure why;
};

} // namespace fedhub
