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

/// Holds the stanzas that go back to the owner at a link's end, oldest first. The first ones may be
/// kept for a stream that resumes this one (XEP-0198 §5).
class undelivered {
public:
  /// Appends a stanza that came after the stream's end had begun, or that a reload has taken back.
  void add(stanza newer) { stanzas_.push_back(std::move(newer)); }
  /// Puts the stanzas that the outbox still held in front.
  void add_older(std::vector<stanza> older);
  /// Keeps the first `count` for the stream that resumes `session`.
  void keep(size_t count, management_session session) {
    kept_ = std::make_unique<resumable>(std::move(session), count);
  }
  /// Cancels resumption. The kept stanzas become undelivered like all other stanzas.
  void resume_nothing() { kept_.reset(); }

  /// The kept stanzas, and the session in which they were written.
  struct kept {
    management_session session;
    std::vector<stanza> stanzas;
  };
  /// Takes the kept stanzas out, if there are any. Must be called before `take_rest`.
  std::optional<kept> take_kept();
  /// Takes all remaining stanzas out.
  std::vector<stanza> take_rest() { return std::exchange(stanzas_, {}); }
  /// Returns all stanzas, to be answered one by one.
  std::vector<stanza>& all() { return stanzas_; }

private:
  struct resumable {
    management_session session;
    size_t count; ///< the number of stanzas at the front that wait for resumption.
  };

  std::vector<stanza> stanzas_;
  std::unique_ptr<resumable> kept_; ///< null: nothing is kept.
};

} // namespace fedhub
