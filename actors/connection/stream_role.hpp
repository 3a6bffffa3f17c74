// What differs between the kinds of stream that a connection can carry.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "actors/connection/peer_identity.hpp"
#include "actors/hub/hub.hpp"
#include "actors/interfaces/connection.hpp"
#include "actors/interfaces/reload_round.hpp"
#include "protocol/stream/component_stream.hpp"
#include "protocol/stream/incoming_stream.hpp"
#include "protocol/stream/outgoing_stream.hpp"

namespace fedhub {

/// A protocol state machine behind the face that the connection drives. Belongs to its connection.
class stream_role {
public:
  virtual ~stream_role() = default;

  virtual stream_actions start() { return {}; }
  virtual stream_actions on_header(const stream_header& x) = 0;
  virtual stream_actions on_element(const element_received& x) = 0;
  virtual stream_actions on_excess(const excess_received& x) = 0;
  virtual stream_actions on_tls_established() { return {}; }
  virtual stream_actions on_stream_end() = 0;
  /// @param application child of the stream error; may be empty.
  virtual stream_actions fail(stream_error error, failure why, std::string_view detail,
                              std::string_view application) = 0;
  virtual stream_actions close(failure why) = 0;
  /// What it means that the peer has cut the stream.
  virtual link_end cut(std::string_view detail) const {
    return {stream_error::none, failure::stream_closed, std::string{detail}};
  }

  // Only outgoing streams are asked these.
  virtual stream_actions authenticate(const domain_pair&) { return {}; }
  virtual stream_actions verify(const verify_key&) { return {}; }
  /// Incoming: keys of the peer's that other servers are being asked about.
  virtual size_t questions_pending() const { return 0; }
  virtual stream_actions forget(const verify_key&) { return {}; }
  virtual bool forget(const domain_pair&) { return false; }
  // Only incoming streams ask, and so get this.
  virtual stream_actions on_verified(const verification&) { return {}; }
  /// Outgoing: the peer offers stream management (XEP-0198).
  virtual bool management_offered() const { return false; }
  /// Outgoing: whose keys the peer can be asked about.
  virtual questions_taken questions() const { return questions_taken::of_target; }
  /// Outgoing: the peer answers on this stream (XEP-0288).
  virtual bool bidi() const { return false; }
  /// A new configuration is in force: judges the stream, and all that it was granted, again.
  virtual review on_rules(const former_rules& before) = 0;
  /// Of a stream of which `on_rules` has taken something back, but not the whole: whether this
  /// stanza would still be sent on it. @pre `from` and `to` of the stanza are known.
  virtual bool still_sends(const stanza& x) const = 0;

  /// Whether a stanza of these domains is taken from this stream: `none`, or the error that ends
  /// the stream.
  virtual stream_error take(const domain_name& from, const domain_name& to) = 0;
  /// The pair that the stream speaks for and that these domains are by IDNA2003
  /// (`same_under_either`); nothing if there is none. @pre `take` refuses them.
  virtual std::optional<domain_pair> same_pair(const domain_pair&) const { return std::nullopt; }
  /// Outgoing: whether an error between these domains may be the answer to a stanza that this
  /// one-way stream brought. ejabberd answers so what it can't decode.
  virtual bool may_answer(const domain_name& /*from*/, const domain_name& /*to*/) const {
    return false;
  }
  /// The local domain as which the hub answers a stanza from `from` whose `to` holds no domain.
  /// Empty: as the `to` stands. Nothing: the stream does not speak for `from`.
  virtual std::optional<domain_name> counterpart_of(const domain_name& from) const = 0;
  /// Whose stanza it is that a component sends without `from`.
  struct implied_sender {
    domain_name domain;
    bool certain = false; ///< the component speaks for no other domain.
  };
  /// Nothing if `from` and `to` are required of each stanza (RFC 6120 §8.1.1.2, §8.1.2.2).
  virtual std::optional<implied_sender> implied() { return std::nullopt; }

  virtual bool authenticated() const = 0;
  virtual bool closed() const = 0;
  /// The content namespace of the hub's own header on this stream.
  virtual std::string_view content_namespace() const = 0;
  virtual std::string_view phase() const = 0;
  virtual const std::string& stream_id() const = 0;
  virtual std::string peer_name() const = 0;
  /// Of the TLS session to make, `to` on an incoming stream and the target on an outgoing one.
  virtual const domain_name& tls_name() const = 0;
  /// Of an incoming S2S stream: what its header named; either may be empty.
  virtual domain_pair named() const { return {}; }
  /// Outgoing: the domain whose certificate is shown.
  virtual const domain_name& sender_name() const { return tls_name(); }
  /// After `component_authenticated`: the node's name.
  virtual std::string node(size_t /*candidate*/) { return {}; }
};

using stream_role_ptr = std::unique_ptr<stream_role>;

/// A remote domain's stream to the hub.
/// @param who judges what the peer's certificate proves; outlives the role.
/// @param direct_tls TLS is there from the first octet (XEP-0368).
stream_role_ptr make_incoming_role(hub& x, const peer_identity& who, bool direct_tls);
/// An s2s node's own stream to the hub, on the node listener. @param peer where it comes from: the
/// nodes that trust it are those it can speak for.
stream_role_ptr make_node_incoming_role(hub& x, const socket_address& peer);
/// Whether any s2s node is configured to come from this address.
bool trusted_node_address(const settings& x, const socket_address& peer);
/// The text for a node that dials the world's listener instead of the nodes' one: from the address
/// of an s2s node, in the name of a domain of its own. Empty if it is none.
std::string misled_node(const settings& x, const socket_address& peer, std::string_view from);
/// A component's stream.
stream_role_ptr make_component_role(hub& x);
/// The hub's own stream to a remote domain or an s2s node (`to_node`).
stream_role_ptr make_outgoing_role(hub& x, outgoing_stream::options options, bool to_node);

} // namespace fedhub
