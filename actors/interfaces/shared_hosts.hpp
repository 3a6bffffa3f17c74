// Servers that more than one domain has, and whose stream to them others may ask over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "metrics/sockets/socket.hpp"
#include "protocol/events/stream_events.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// Names a server together with the conditions of a stream to it: what two domains must have in
/// common for one to ask over the other's stream.
std::string host_key(const socket_address& address, bool direct_tls, stream_security security);

/// What a domain is to do that needs a server to verify keys only.
enum class host_use : uint8_t {
  own,     ///< open a stream, which others will ask over.
  alone,   ///< open a stream; the last one to this server took no questions of others.
  lasting, ///< the same; other domains have this server too: keep the stream for them for a while.
  lent,    ///< nothing: another domain asks over the stream that it has.
};

/// Whose stream to which server there is, or is being opened. XEP-0220 §2.6.2 lets one stream to a
/// server carry what concerns other domains of the same address and port, if the server answers
/// dialback errors.
///
/// Of servers without a stream it knows, until they are too many, that several domains have them or
/// that they take no such questions.
class shared_hosts {
public:
  /// Servers without a stream that are remembered.
  static constexpr size_t max_remembered = 4096;

  /// The domain other than `who` whose stream may be asked over; null: there is none. Valid until
  /// the next change.
  const domain_name* speaker(const std::string& host, const domain_name& who) const;

  /// `who` opens a stream to `host`, which from now on is asked over: in place of another's that
  /// the caller found to be gone. Not if the server refuses. @returns `own`, `lasting` or `alone`.
  host_use take(const std::string& host, const domain_name& who);

  /// `who` has a stream on which the server takes such questions.
  void offer(const std::string& host, const domain_name& who);

  /// `who` has no stream to the server any more.
  /// @param refuses the server takes questions about the domain of the stream only.
  void leave(const std::string& host, const domain_name& who, bool refuses);

  /// Servers that it knows of.
  size_t size() const { return hosts_.size(); }

private:
  struct entry {
    domain_name speaker; ///< empty: no stream.
    domain_name last;    ///< who opened one last.
    bool refuses = false;
  };

  std::unordered_map<std::string, entry> hosts_;
  size_t remembered_ = 0; ///< those without a speaker.
};

} // namespace fedhub
