// The receiving server's side of an S2S stream, and the authoritative server's answers on it.
#pragma once

#include <functional>

#include "protocol/dialback.hpp"
#include "protocol/stream_events.hpp"

namespace fedhub {

/// What an incoming stream may do, as its owner decides it.
struct incoming_policy {
  /// Whether the hub serves this domain on this listener (a local domain for peers from the world; for a trusted node
  /// any domain, since the node reaches the world through the hub).
  std::function<bool(const domain_name&)> serves;
  /// `failure::none`, or why no stanza of this pair is taken (`domain_denied`, `federation_disabled`); asked when
  /// the peer sends a key.
  std::function<failure(const domain_pair&)> admits;
  /// The sender domain needs no verification: a trusted node that speaks for its own domain.
  std::function<bool(const domain_name&)> trusted;
  /// Whether the hub answers for `sender` as authoritative server on this stream.
  std::function<bool(const domain_name& sender)> authoritative;
};

/// Negotiates one incoming stream: header, features, STARTTLS, dialback in the receiving and in the authoritative
/// role, several domain pairs. Does no I/O, owns no timer.
class incoming_stream {
public:
  enum class phase : uint8_t {
    await_header,
    negotiating,       ///< header answered; STARTTLS or dialback may come.
    await_tls,
    await_secure_header,
    secured,           ///< as `negotiating`, on TLS.
    closed,
  };

  struct options {
    stream_security security = stream_security::tls_required;
    bool tls_available = true;      ///< offer STARTTLS at all.
    domain_name fallback_from;      ///< `from` of the answer where the peer names no `to`; may be empty.
  };

  /// @param keys outlives the machine.  @param stream_id for the first header; later ones are made here.
  incoming_stream(options opts, incoming_policy policy, const dialback_keys& keys);

  stream_actions on_header(const stream_header& x);
  stream_actions on_element(const element_received& x);
  stream_actions on_tls_established();
  /// The answer to `verify_key`; `failure` says why there is none (then `outcome` is `error`).
  stream_actions on_verified(const domain_pair& pair, const std::string& stream_id, dialback_outcome outcome,
                             failure why, std::string_view detail);
  stream_actions on_stream_end();
  /// Says the error to the peer (after a header of the hub's own if none was sent yet, RFC 6120 §4.9.1.2) and closes.
  stream_actions fail(stream_error error, failure why, std::string_view detail);
  stream_actions close(failure why = failure::none);

  /// Whether stanzas of this pair are taken. If not, `refusal` tells how to end the stream.
  bool authorised(const domain_pair& pair) const;
  /// @pre not authorised: `not_authorized` if the stream has proved nothing yet, `host_unknown` if the target isn't served,
  ///      else `invalid_from`.
  stream_error refusal(const domain_pair& pair) const;

  phase state() const;
  bool secured() const;
  bool authenticated() const; ///< at least one pair is authorised.
  const std::string& stream_id() const;
  /// The peer's domain: first authorised sender, else `from` of the header; may be empty.
  std::string peer_name() const;

private:
};

std::string_view to_string(incoming_stream::phase x);

} // namespace fedhub
