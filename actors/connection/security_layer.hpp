// The security layers of one connection: clear text, TLS, after SASL.
#pragma once

#include <cstdint>

#include "actors/tls/tls_context.hpp"

namespace fedhub {

/// The change from one security layer to the next, and the judgement of the peer that may follow.
/// While one of them is under way nothing is read as XML: so no octet of one layer is ever scanned
/// in another (RFC 6120 §5.4.3.3). A value: does no I/O.
///
///     steady -> tls_agreed -> handshaking -> steady     STARTTLS
///     steady -> tls_due -> handshaking -> steady        direct TLS (XEP-0368)
///     steady -> restart_agreed -> steady                after SASL
class security_layer {
public:
  enum class phase : uint8_t {
    steady,
    tls_agreed,     ///< the handshake begins once the outbox is empty; the peer has to be silent.
    tls_due,        ///< direct TLS: the handshake begins at once.
    handshaking,    ///< OpenSSL reads and writes.
    restart_agreed, ///< after SASL: the outbox is emptied; the peer has to be silent.
  };

  /// @name Events.
  /// @{
  void agree_tls() { phase_ = phase::tls_agreed; }
  void agree_restart() { phase_ = phase::restart_agreed; }
  /// TLS begins with the first octet.
  void begin_direct_tls() {
    start_ = tls_start::direct;
    phase_ = phase::tls_due;
  }
  /// The last octets of the layer are written. @pre `changing`, and not `handshaking`.
  /// @returns whether a TLS handshake is next.
  bool written_out() {
    const bool tls = phase_ != phase::restart_agreed;
    phase_ = tls ? phase::handshaking : phase::steady;
    return tls;
  }
  /// The handshake is over, well or not.
  void handshake_over() { phase_ = phase::steady; }
  /// The stream ends: a change that has not begun does not take place.
  void stream_ends() {
    if (phase_ != phase::handshaking)
      phase_ = phase::steady;
  }
  /// Nothing is read until it is known what the peer is worth: DNS was asked about its certificate,
  /// or it claims a node and is to be told that it is refused.
  void judge() { judging_ = true; }
  /// @returns whether the peer was being judged.
  bool judged() {
    const bool was = judging_;
    judging_ = false;
    return was;
  }
  /// @}

  phase state() const { return phase_; }
  tls_start start() const { return start_; }
  bool direct() const { return start_ == tls_start::direct; }
  bool changing() const { return phase_ != phase::steady; }
  bool handshaking() const { return phase_ == phase::handshaking; }
  /// Returns whether the peer has to be silent until the layer changes.
  bool agreed() const { return phase_ == phase::tls_agreed || phase_ == phase::restart_agreed; }
  bool judging() const { return judging_; }
  /// Returns whether the layer changes, or it is not yet known who the peer is.
  bool undecided() const { return changing() || judging_; }

private:
  phase phase_ = phase::steady;
  tls_start start_ = tls_start::starttls;
  bool judging_ = false;
};

} // namespace fedhub
