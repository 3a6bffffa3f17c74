// Servers that several domains have in common, and the domain on whose stream questions may be
// asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "metrics/sockets/socket.hpp"
#include "protocol/events/stream_security.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// Returns a name for a server and the conditions of a stream to it. One domain may ask on
/// another's stream only if both have the same key.
std::string host_key(const socket_address& address, bool direct_tls, stream_security security);

/// The instruction to a domain that needs a server only to verify keys.
enum class host_use : uint8_t {
  own,     ///< open a stream, on which other domains will ask.
  alone,   ///< open a stream; the last one to this server took no other domains' questions.
  lasting, ///< as `own`, but keep the stream for a while: other domains have this server too.
  lent,    ///< open none: another domain asks on its stream.
};

/// Knows which domain has a stream to a server, or is opening one. XEP-0220 §2.6.2 lets a stream to
/// a server carry questions about other domains with the same address and port, if the server
/// supports dialback errors.
///
/// Also remembers servers without a stream, up to a limit: which domain used one last, and whether
/// it refuses such questions.
class shared_hosts {
public:
  /// The most servers without a stream that are remembered.
  static constexpr size_t max_remembered = 4096;

  /// Returns the domain other than `who` on whose stream questions may be asked; null if there is
  /// none. Valid until the next change.
  const domain_name* speaker(const std::string& host, const domain_name& who) const;

  /// Registers that `who` opens a stream to `host` on which other domains may ask. It replaces a
  /// stream of another domain that the caller found to be gone. Does nothing if the server refuses
  /// such questions. @returns `own`, `lasting` or `alone`.
  host_use take(const std::string& host, const domain_name& who);

  /// Registers that `who` has a stream on which the server takes such questions.
  void offer(const std::string& host, const domain_name& who);

  /// Notes that `who` has no stream to the server any more.
  /// @param refuses the server takes questions about the domain of the stream only.
  void leave(const std::string& host, const domain_name& who, bool refuses);

  /// Returns the number of known servers.
  size_t size() const { return hosts_.size(); }

private:
  struct entry {
    domain_name speaker; ///< empty: no stream.
    domain_name last;    ///< the domain that opened one last.
    bool refuses = false;
  };

  std::unordered_map<std::string, entry> hosts_;
  size_t remembered_ = 0; ///< entries without a speaker.
};

} // namespace fedhub
