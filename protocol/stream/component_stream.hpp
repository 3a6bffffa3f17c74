// The server's side of a component stream: XEP-0114.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "protocol/events/stream_events.hpp"
#include "protocol/negotiation/unknown_elements.hpp"

namespace fedhub {

/// Accepts one component: header, handshake. Does no I/O, owns no timer.
///
///     await_header -> await_handshake -> established
///
/// The protocol is from before XMPP 1.0: no version, no features, and the header's answer carries
/// the name that the component asked for. Stanzas are the owner's: before `authenticated` they end
/// the stream by `not_authorized`.
class component_stream {
public:
  enum class phase : uint8_t { await_header, await_handshake, established, closed };

  /// A node that the connecting component may turn out to be.
  struct candidate {
    std::string name;
    std::string secret;
  };
  /// The nodes that serve the domain (or bear the name) in the header's `to`; preferred ones first.
  using lookup = std::function<std::vector<candidate>(std::string_view to)>;

  explicit component_stream(lookup find);

  /// @name Events. One that is illegal in this phase closes the stream; in `closed` all return
  /// nothing.
  /// @{
  stream_actions on_header(const stream_header& x);
  /// `<handshake>`: the first candidate whose digest (SHA-1 in hex over stream id and secret)
  /// agrees is it; none: `not_authorized`. Compared in constant time. Digits in upper case are
  /// taken too.
  stream_actions on_element(const element_received& x);
  /// One that the machine would read closes the stream with `policy_violation`; any other is
  /// ignored as an unknown one is.
  stream_actions on_excess(const excess_received& x);
  stream_actions on_stream_end();
  /// Says the error to the peer (after a header of the hub's own if none was sent yet) and closes.
  /// @param detail UTF-8 without control characters: the peer reads it too.
  stream_actions fail(stream_error error, failure why, std::string_view detail);
  stream_actions close(failure why = failure::none);
  /// @}

  /// The nodes have changed: looks for the candidates anew, if the handshake is still to come.
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
  std::string to_;                    ///< the header's, until the handshake.
  std::vector<candidate> candidates_; ///< until the handshake.
};

std::string_view to_string(component_stream::phase x);

} // namespace fedhub
