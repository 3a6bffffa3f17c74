// The protocol machine of an incoming S2S stream, with its rules.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "actors/connection/peer_identity.hpp"
#include "actors/connection/stream_policies.hpp"
#include "actors/hub/hub.hpp"
#include "protocol/events/revocation.hpp"
#include "protocol/events/stream_action.hpp"
#include "protocol/events/stream_event.hpp"
#include "protocol/events/stream_header.hpp"
#include "protocol/stream/incoming_stream.hpp"
#include "protocol/text/domain_name.hpp"
#include "protocol/text/domain_pair.hpp"
#include "protocol/text/namespaces.hpp"

namespace fedhub {

/// Drives one `incoming_stream`: a remote domain's, or an s2s node's own. Belongs to its
/// connection. Functions that `stream_role` has as well are documented there.
class incoming_role {
public:
  incoming_role(hub& hub, incoming_stream::options options, std::unique_ptr<stream_policy> policy);

  stream_actions on_header(const stream_header& header);
  stream_actions on_element(const element_received& element) { return stream_.on_element(element); }
  stream_actions on_excess(const excess_received& element) { return stream_.on_excess(element); }
  stream_actions on_tls_established() { return stream_.on_tls_established(); }
  stream_actions on_stream_end() { return stream_.on_stream_end(); }
  stream_actions fail(stream_error error, failure why, std::string_view detail,
                      std::string_view application) {
    return stream_.fail(error, why, detail, application);
  }
  stream_actions close(failure why) { return stream_.close(why); }
  /// Applies the answer to a key that the peer sent.
  stream_actions on_verified(const verification& answer);

  review on_rules(const former_rules& before);
  bool still_sends(const stanza& stanza) const;

  stream_error take(const domain_name& from, const domain_name& to);
  std::optional<domain_pair> same_pair(const domain_pair& pair) const;
  std::optional<domain_name> counterpart_of(const domain_name& from) const;

  bool authenticated() const { return stream_.authenticated(); }
  std::string_view content_namespace() const { return ns::server; }
  std::string_view phase() const { return to_string(stream_.state()); }
  const std::string& stream_id() const { return stream_.stream_id(); }
  std::string peer_name() const { return stream_.peer_name(); }
  const domain_name& tls_name() const { return stream_.to(); }
  /// Calls `f` for every authorised pair.
  template <class F>
  void for_each_pair(F f) const {
    stream_.for_each_authorised(f);
  }
  bool bidi() const { return stream_.bidi(); }
  /// Returns how many of the peer's keys still await an answer from another server.
  size_t questions_pending() const { return stream_.questions_pending(); }
  /// Returns the `from` and `to` of the peer's header; either may be empty.
  domain_pair named() const { return {stream_.from(), stream_.to()}; }

private:
  hub& hub_;
  std::unique_ptr<stream_policy> policy_;
  std::shared_ptr<const dialback_keys> keys_; ///< keeps the keys that `stream_` refers to.
  incoming_stream stream_;
  domain_pair last_; ///< of the last accepted stanza: most stanzas have the same.
};

/// Creates the role of a remote domain's stream to the hub.
/// @param who the peer's identity; outlives the role.
/// @param direct_tls TLS begins with the first octet (XEP-0368).
std::unique_ptr<incoming_role> make_incoming_role(hub& hub, const peer_identity& who,
                                                  bool direct_tls);
/// Creates the role of an s2s node's own stream to the hub, on the node listener.
/// @param peer the node's address: the stream can speak for the nodes whose `trusted_from` holds
/// it.
std::unique_ptr<incoming_role> make_node_incoming_role(hub& hub, const socket_address& peer);

} // namespace fedhub
