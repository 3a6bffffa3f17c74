// One thing that a stream writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "actors/stanzas/stanza.hpp"

namespace fedhub {

/// A stanza in an `outbox`, or octets of the stream's own; once it is written, in `unconfirmed`.
struct outbox_entry {
  outbox_entry(stanza&& x, std::unique_ptr<const std::string> start, bool is_admitted, bool is_held)
    : value(std::move(x)), own(std::move(start)), admitted(is_admitted), hold(is_held) {}

  stanza value; ///< settled (no buffer) for octets of the stream's own.
  /// Octets of the stream's own, or the start tag to write instead of the stanza's; none for most.
  std::unique_ptr<const std::string> own;
  /// Once it is written: the place in the octets of the socket behind its last, modulo 2^32.
  uint32_t end = 0;
  bool admitted = false; ///< it counts against limits, and no more against its source's credit.
  bool hold = false;     ///< once written.
  /// Whether its start tag can go as it is has not been looked at. A tag of the hub's is made when
  /// the stanza is about to be written: a header's language or bindings, a thousand times as long
  /// as a stanza, would else wait in memory with each of them.
  bool tag_unseen = false;

  std::string_view head() const { return own ? std::string_view{*own} : std::string_view{}; }
  std::string_view tail() const {
    return value.settled() ? std::string_view{} : value.text().substr(own ? value.tag.end : 0);
  }
  size_t size() const { return head().size() + tail().size(); }
};
// What `waiting_octets` takes for the place of a stanza.
static_assert(sizeof(outbox_entry) == waiting_place);

} // namespace fedhub
