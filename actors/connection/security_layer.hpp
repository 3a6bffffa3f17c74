// The security layers of one connection: clear text, TLS, and the new stream after SASL.
#pragma once

#include <cstdint>

#include "actors/tls/tls_context.hpp"

namespace fedhub {

/// The first octet of a TLS handshake's record (RFC 8446 §5.1). No XML begins with it.
inline constexpr char tls_handshake_record = 22;

/// Tracks the change from one security layer to the next, and the judgement of the peer that may
/// follow. During both, nothing is read as XML, so no octet of one layer is scanned in another (RFC
/// 6120 §5.4.3.3). A value: does no I/O.
///
///     steady -> tls_agreed -> handshaking -> steady     STARTTLS
///     steady -> tls_due -> handshaking -> steady        direct TLS (XEP-0368)
///     steady -> restart_agreed -> steady                after SASL
class security_layer {
public:
  enum class phase : uint8_t {
    steady,
    tls_agreed,     ///< the handshake begins once the outbox is empty; until then the peer must be
                    ///< silent.
    tls_due,        ///< direct TLS: the handshake begins at once.
    handshaking,    ///< OpenSSL reads and writes.
    restart_agreed, ///< after SASL: the new stream begins once the outbox is empty; until then the
                    ///< peer must be silent.
  };

  /// @name Events.
  /// @{
  void agree_tls() { phase_ = phase::tls_agreed; }
  void agree_restart() { phase_ = phase::restart_agreed; }
  /// Begins direct TLS: TLS starts with the first octet.
  void begin_direct_tls() {
    start_ = tls_start::direct;
    phase_ = phase::tls_due;
  }
  /// Reports that the last octets of the layer are written. @pre `changing`, and not `handshaking`.
  /// @returns whether a TLS handshake is next.
  bool written_out() {
    const bool tls = phase_ != phase::restart_agreed;
    phase_ = tls ? phase::handshaking : phase::steady;
    return tls;
  }
  /// Reports that the handshake has succeeded or failed.
  void handshake_over() { phase_ = phase::steady; }
  /// Reports that the stream ends. A change that has not begun is cancelled.
  void stream_ends() {
    if (phase_ != phase::handshaking)
      phase_ = phase::steady;
  }
  /// Stops reading until `judged`. Used while DNS is asked about the peer's certificate, and while
  /// the refusal of a component that claims a node is held.
  void judge() { judging_ = true; }
  /// Ends the judgement. @returns whether one was pending.
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
  /// Returns whether the peer must be silent until the layer changes.
  bool agreed() const { return phase_ == phase::tls_agreed || phase_ == phase::restart_agreed; }
  bool judging() const { return judging_; }
  /// Returns whether the layer changes or the peer is being judged.
  bool undecided() const { return changing() || judging_; }

private:
  phase phase_ = phase::steady;
  tls_start start_ = tls_start::starttls;
  bool judging_ = false;
};

} // namespace fedhub
