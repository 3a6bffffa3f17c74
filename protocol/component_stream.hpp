// The server's side of a component stream: XEP-0114.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "protocol/stream_events.hpp"

namespace fedhub {

/// Accepts one component: header, handshake. Does no I/O, owns no timer.
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

  stream_actions on_header(const stream_header& x);
  /// `<handshake>`: the first candidate whose digest (SHA-1 in hex over stream id and secret) agrees is it; none:
  /// `not_authorized`. Compared in constant time.
  stream_actions on_element(const element_received& x);
  stream_actions on_stream_end();
  stream_actions fail(stream_error error, failure why, std::string_view detail);
  stream_actions close(failure why = failure::none);

  phase state() const;
  bool authenticated() const;
  const std::string& stream_id() const;
  std::string peer_name() const; ///< the header's `to`.

private:
};

std::string_view to_string(component_stream::phase x);

} // namespace fedhub
