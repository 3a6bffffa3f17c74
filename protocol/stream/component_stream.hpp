// The server's side of a component stream: XEP-0114.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "protocol/events/stream_action.hpp"
#include "protocol/events/stream_event.hpp"
#include "protocol/events/stream_header.hpp"
#include "protocol/negotiation/unknown_elements.hpp"

namespace fedhub {

/// Accepts one component: header, handshake. Does no I/O and owns no timer.
///
///     await_header -> await_handshake -> established
///
/// The protocol predates XMPP 1.0: there is no version and there are no features, and the answer to
/// the header carries the name that the component asked for. The owner handles stanzas: before
/// `authenticated`, they end the stream with `not_authorized`.
class component_stream {
public:
  enum class phase : uint8_t { await_header, await_handshake, established, closed };

  /// A node that the connecting component may be.
  struct candidate {
    std::string name;
    std::string secret;
  };
  /// Finds the nodes that serve the domain (or have the name) in the header's `to`, preferred ones
  /// first.
  using lookup = std::function<std::vector<candidate>(std::string_view to)>;

  explicit component_stream(lookup find);

  /// @name Events. An event that is illegal in this phase closes the stream; in `closed` all return
  /// nothing.
  /// @{
  stream_actions on_header(const stream_header& received);
  /// Processes `<handshake>`: the component is the first candidate whose digest (SHA-1 in hex over
  /// stream id and secret) matches; if none does, `not_authorized`. The comparison takes constant
  /// time. Upper-case digits are accepted as well.
  stream_actions on_element(const element_received& received);
  /// Processes an element that exceeds a limit. If the machine would have to read it, the stream is
  /// closed with `policy_violation`. Any other is ignored like an unknown element.
  stream_actions on_excess(const excess_received& element);
  stream_actions on_stream_end();
  /// Sends the error to the peer (after a header of the hub's own if none was sent yet) and closes.
  /// @param detail UTF-8 without control characters: the peer reads it too.
  stream_actions fail(stream_error error, failure why, std::string_view detail);
  stream_actions close(failure why = failure::none);
  /// @}

  /// Looks for the candidates again, since the nodes have changed. Does nothing after the
  /// handshake.
  void on_rules();

  phase state() const { return phase_; }
  bool authenticated() const { return phase_ == phase::established; }
  const std::string& stream_id() const { return stream_id_; }
  std::string peer_name() const { return peer_name_; } ///< the header's `to`, cut to 255 octets.

private:
  std::string header() const;
  stream_actions on_handshake(std::string digest);

  lookup find_;
  phase phase_ = phase::await_header;
  unknown_elements unknown_;
  std::string stream_id_;
  std::string peer_name_;
  std::string to_;                    ///< of the header; kept until the handshake.
  std::vector<candidate> candidates_; ///< kept until the handshake.
};

std::string_view to_string(component_stream::phase phase);

} // namespace fedhub
