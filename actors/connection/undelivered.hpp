// The stanzas that a connection could not deliver, on their way back to its owner.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "actors/stanzas/stanza.hpp"
#include "protocol/negotiation/stream_management.hpp"

namespace fedhub {

/// What is given back at a link's end, oldest first. Those in front may be kept for a stream that
/// resumes this one (XEP-0198 §5).
class undelivered {
public:
  /// Appends one that came after the stream's end had begun, or that a reload has taken back.
  void add(stanza newer) { stanzas_.push_back(std::move(newer)); }
  /// Puts those in front that the outbox still held.
  void add_older(std::vector<stanza> older);
  /// Keeps the first `count` for the stream that resumes `session`.
  void keep(size_t count, management_session session) {
    kept_ = std::make_unique<resumable>(std::move(session), count);
  }
  /// Nothing is resumed any more: the stanzas that were kept are undelivered as all others.
  void resume_nothing() { kept_.reset(); }

  /// Stanzas that are kept, and the session in which they were written.
  struct kept {
    management_session session;
    std::vector<stanza> stanzas;
  };
  /// Takes the stanzas that are kept, if there are any. Comes before `take_rest`.
  std::optional<kept> take_kept();
  /// Takes all that are left.
  std::vector<stanza> take_rest() { return std::exchange(stanzas_, {}); }
  /// Those that are still here, to be answered one by one.
  std::vector<stanza>& all() { return stanzas_; }

private:
  struct resumable {
    management_session session;
    size_t count; ///< so many in front wait for the session to be resumed.
  };

  std::vector<stanza> stanzas_;
  std::unique_ptr<resumable> kept_; ///< null: nothing is kept.
};

} // namespace fedhub
