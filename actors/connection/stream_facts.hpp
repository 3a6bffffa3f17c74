// Facts about a connection's stream.
#pragma once

#include <cstdint>

#include "metrics/labels.hpp"

namespace fedhub {

/// What is known of the stream of one connection.
struct stream_facts {
  uint32_t pairs = 0;               ///< domain pairs authorised.
  uint32_t questions = 0;           ///< dialback verifications that the stream carried.
  uint32_t header_octets = 0;       ///< of the peer's last header: names, bindings, language.
  uint32_t peer_limit = UINT32_MAX; ///< octets of a stanza that the peer takes (XEP-0478).
  stream_leg leg = stream_leg::s2s_in;
  bool provoked = false; ///< outgoing: opened only to verify a stranger's key.
  bool header_seen = false;
  bool peer_xmpp_1 = false;   ///< by its last header.
  bool negotiated = false;    ///< outgoing: dialback can run. The owner limits its time.
  bool authenticated = false; ///< a pair, or the component's name, is proved.
};

} // namespace fedhub
