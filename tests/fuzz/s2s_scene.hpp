// One end of an S2S stream and its peer, for the targets of both directions.
#pragma once

#include "protocol/events/stream_security.hpp"
#include "protocol/negotiation/dialback.hpp"
#include "protocol/text/domain_name.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/xmpp_input.hpp"
#include "tests/unit/protocol/stream/stream_driver.hpp"

namespace fedhub::fuzz {

inline const dialback_keys keys{"secret"};
inline const domain_name names[] = {*domain_name::parse("a.example"),
                                    *domain_name::parse("b.example"),
                                    *domain_name::parse("c.example")};

/// Reads the options of a stream from one octet of input.
struct s2s_mode {
  uint8_t octet;

  stream_security security() const { return static_cast<stream_security>(octet % 3); }
  bool direct_tls() const { return octet / 3 % 8 == 0; }
  bool bidi() const { return octet % 2 == 0; }
};

/// @tparam Stream `incoming_stream` or `outgoing_stream`.
template <class Stream>
struct s2s_scene {
  Stream& stream;
  input& in;
  testing::stream_driver<Stream> peer{stream};

  /// Gives the scanner limits that input reaches soon.
  void limit() { peer.limit({.depth = 2, .attributes = 3, .frames_excess = true}); }

  /// Applies an event that means the same in both directions.
  /// @returns false if it is one of those of one direction: 0 to 4, and 13, modulo 16.
  bool apply(uint8_t event) {
    switch (event % 16) {
    case 5:
      if (event > 0xE0)
        peer.run(stream.fail(stream_error::reset, failure::stream_closed, "<detail>"));
      return true;
    case 6:
      if (event > 0xE0)
        peer.run(stream.close());
      return true;
    case 7:
      peer.receive(tokens[event >> 4]);
      return true;
    case 8:
    case 9:
    case 10:
      peer.receive(dialback(in));
      return true;
    case 11:
      peer.receive(sasl(in));
      return true;
    case 12:
      peer.receive(bidi(in));
      return true;
    case 14:
    case 15:
      peer.receive(in.text());
      return true;
    default:
      return false;
    }
  }

  /// Checks what holds after each event.
  void check() const {
    if (!peer.violation().empty())
      broken(peer.violation());
  }
};

} // namespace fedhub::fuzz
