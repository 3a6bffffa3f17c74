// The initiating server's side of an S2S stream.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "protocol/dialback.hpp"
#include "protocol/stream_events.hpp"

namespace fedhub {

/// Negotiates one outgoing stream to `target`: header, STARTTLS, dialback for any number of sender domains,
/// and verification requests on behalf of incoming streams. Does no I/O, owns no timer.
class outgoing_stream {
public:
  enum class phase : uint8_t {
    idle,           ///< before `start`.
    await_header,
    await_features,
    await_proceed,
    await_tls,
    await_secure_header,
    await_secure_features,
    ready,          ///< dialback can run, authorised pairs can send.
    closed,
  };

  struct options {
    domain_name sender; ///< `from` of the stream header: the first sender domain.
    domain_name target;
    stream_security security = stream_security::tls_required;
  };

  /// @param keys outlives the machine.
  outgoing_stream(options opts, const dialback_keys& keys);

  /// Sends the header. Call once.
  stream_actions start();

  /// @name Events. One that is illegal in this phase closes the stream with the RFC's condition;
  ///       in `closed` all return nothing.
  stream_actions on_header(const stream_header& x);
  stream_actions on_element(const element_received& x);
  stream_actions on_tls_established();
  /// A stanza came in: RFC 6120 S2S streams are one-way, so none is legal here.
  stream_actions on_stanza();
  stream_actions on_stream_end();
  /// The scanner failed, a limit or a time was passed: says so to the peer and closes.
  stream_actions fail(stream_error error, failure why, std::string_view detail);
  /// Ends the stream in order: footer, close.
  stream_actions close(failure why = failure::none);

  /// Wants `sender` authorised for stanzas to `target` (default: the stream's own). Sends the key now, or as soon as the
  /// stream is ready. Answered once by `pair_authorised` or `pair_refused`. Asking again for a pair that
  /// is pending or authorised does nothing; a refused one is tried again.
  stream_actions authenticate(const domain_pair& pair);

  /// Asks the authoritative server (this stream's target) about a key. Answered once by `key_answered`; never answered
  /// if the stream closes before.
  stream_actions verify(const verify_key& x);

  phase state() const;
  bool authorised(const domain_pair& pair) const;
  bool secured() const;
  /// A key or a verification is waiting for its answer.
  bool busy() const;
  const options& settings() const;
  /// The id that the receiving server gave the (restarted) stream; empty before.
  const std::string& stream_id() const;

private:
  // implementation's own
};

std::string_view to_string(outgoing_stream::phase x);

} // namespace fedhub
