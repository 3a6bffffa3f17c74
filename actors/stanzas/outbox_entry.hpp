// One entry of an outbox.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "actors/stanzas/stanza.hpp"

namespace fedhub {

/// A stanza in an `outbox`, or octets of the stream itself. A written stanza moves on to
/// `unconfirmed` in the same form.
struct outbox_entry {
  outbox_entry(stanza&& x, std::unique_ptr<const std::string> start, bool is_admitted, bool is_held)
    : value(std::move(x)), own(std::move(start)), admitted(is_admitted), hold(is_held) {}

  stanza value; ///< settled (no buffer) for octets of the stream itself.
  /// Octets of the stream itself, or the start tag to write instead of the stanza's. Null for most
  /// stanzas.
  std::unique_ptr<const std::string> own;
  /// Once written: the number of the socket's octets up to the end of the stanza, modulo 2^32.
  uint32_t end = 0;
  bool admitted = false; ///< it counts against limits, no longer against its source's credit.
  /// To be held once written; see `outbox::hold_written`.
  bool hold = false;
  /// It is not known yet whether the start tag can be written as it is. A replacement is made only
  /// just before the stanza is written: the header's language or bindings can be a thousand times
  /// as long as a stanza, and would wait in memory with each one.
  bool tag_unseen = false;

  std::string_view head() const { return own ? std::string_view{*own} : std::string_view{}; }
  std::string_view tail() const {
    return value.settled() ? std::string_view{} : value.text().substr(own ? value.tag.end : 0);
  }
  size_t size() const { return head().size() + tail().size(); }
};
// What `waiting_octets` counts for the place of a stanza.
static_assert(sizeof(outbox_entry) == waiting_place);

} // namespace fedhub
