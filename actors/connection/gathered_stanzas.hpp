// The stanzas of one turn of reading, on their way to a router.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <utility>

#include "actors/interfaces/connection.hpp"

namespace fedhub {

/// Gathers the stanzas of one turn into one batch, and counts the accepted stanzas by kind.
class gathered_stanzas {
public:
  /// The most stanzas in one message to the router.
  static constexpr size_t most = 2048;

  /// Appends an empty stanza, and counts it. @returns the stanza, to be filled; valid until the
  /// next call.
  stanza& add(stanza_kind kind, accounting& account) {
    if (!batch_) {
      batch_ = std::make_shared<stanza_batch>(account);
      batch_->stanzas.reserve(last_size_);
    }
    count(kind);
    return batch_->stanzas.emplace_back();
  }
  /// Removes the last stanza, since it was answered. It stays counted.
  void drop_last() {
    batch_->stanzas.pop_back();
    if (batch_->stanzas.empty())
      batch_.reset();
  }
  /// Counts a stanza that is accepted and answered instead of gathered.
  void count(stanza_kind kind) { accepted_[static_cast<size_t>(kind)] += 1; }

  bool full() const { return batch_ && batch_->stanzas.size() >= most; }

  /// Calls `each` with each kind and its count since the last call, if there were any.
  /// @returns the sum.
  template <class Function>
  uint32_t take_accepted(Function each) {
    uint32_t sum = 0;
    for (size_t kind = 0; kind < accepted_.size(); ++kind)
      if (const auto count = std::exchange(accepted_[kind], 0); count != 0) {
        sum += count;
        each(static_cast<stanza_kind>(kind), count);
      }
    return sum;
  }
  /// Returns the batch; null if it holds nothing.
  stanza_batch_ptr take() {
    if (batch_)
      // Halved at most: the last batch of a turn is often small, the next one is not.
      last_size_ = std::max(static_cast<uint32_t>(batch_->stanzas.size()), last_size_ / 2);
    return std::exchange(batch_, nullptr);
  }

private:
  stanza_batch_ptr batch_;             ///< null: empty.
  std::array<uint16_t, 4> accepted_{}; ///< by kind.
  uint32_t last_size_ = 0;             ///< of the last batches; sets the capacity of the next one.
};

} // namespace fedhub
