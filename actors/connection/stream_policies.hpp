// By what rules incoming S2S streams are judged: the configuration's, as it is at each question.
#pragma once

#include <vector>

#include "actors/connection/peer_identity.hpp"
#include "actors/hub/hub.hpp"
#include "actors/interfaces/reload_round.hpp"
#include "protocol/stream/incoming_stream.hpp"
#include "protocol/text/ip_address.hpp"

namespace fedhub {

/// Returns which list decides about a remote domain, and by which pattern of it, for the log: "it
/// matches "*.bad.example" in federation.deny". Empty if none does.
std::string describe_denial(const conf::federation_config& x, const domain_name& remote);

/// The rules for one stream, and what a reload changes in them.
class stream_policy : public incoming_policy {
public:
  /// How the stream is to be secured. @param from the header's; may be empty.
  virtual stream_security security(const domain_name& from) const = 0;

  /// A new configuration is in force; it is compared with this one until `compared`.
  virtual void compare(const former_rules& before) = 0;
  virtual void compared() = 0;
  /// Why a stream of this header, which has proved nothing so far, would be turned away now and was
  /// not before. Between `compare` and `compared` only.
  virtual revocation lost(const domain_pair& header) const = 0;
};

/// For streams from the world: what the routing table and the trust rules in force say.
class world_policy final : public stream_policy {
public:
  /// @param who is the peer; both outlive the policy.
  world_policy(hub& x, const peer_identity& who) : hub_(x), who_(who) {}

  bool serves(const domain_name& to) const override { return hub_.table()->local(to); }
  failure admits(const domain_pair& pair) const override;
  bool trusted(const domain_name&) const override { return false; }
  bool authoritative(const domain_name& sender) const override { return serves(sender); }
  identity_proof proof(const domain_name& sender) const override;
  bool dialback_enough(const domain_name& sender) const override {
    return who_.dialback_enough(sender);
  }
  bool dialback_stands(const domain_name& sender) const override {
    return who_.dialback_stands(sender);
  }
  bool same_authority(const domain_name& sender) const override;

  stream_security security(const domain_name& from) const override;
  void compare(const former_rules& before) override { before_ = &before; }
  void compared() override { before_ = nullptr; }
  revocation lost(const domain_pair& header) const override;

private:
  hub& hub_;
  const peer_identity& who_;
  const former_rules* before_ = nullptr;
};

/// For an s2s node's streams. The hub is the node's way out: it stands for every domain but the
/// node's own.
class node_policy final : public stream_policy {
public:
  /// @param peer where the stream comes from: the nodes that trust it are those it can speak for.
  node_policy(hub& x, const socket_address& peer);

  bool serves(const domain_name& to) const override { return !own_.empty() && !trusted(to); }
  failure admits(const domain_pair& pair) const override {
    return trusted(pair.from) ? failure::none : failure::domain_denied;
  }
  bool trusted(const domain_name& sender) const override;
  bool authoritative(const domain_name& sender) const override { return serves(sender); }
  identity_proof proof(const domain_name&) const override { return {}; }
  bool dialback_enough(const domain_name&) const override { return true; }

  /// Between the hub and a node TLS is used if the node wants it; the security mode is for the
  /// world outside.
  stream_security security(const domain_name&) const override {
    return stream_security::tls_optional;
  }
  void compare(const former_rules& before) override;
  void compared() override { before_.clear(); }
  revocation lost(const domain_pair& header) const override;

private:
  hub& hub_;
  std::optional<ip_address> ip_;
  std::vector<domain_pattern> own_;    ///< the node's domains.
  std::vector<domain_pattern> before_; ///< those it had, while that matters.
};

/// Returns whether any s2s node is configured to come from this address.
bool trusted_node_address(const settings& rules, const socket_address& peer);
/// Returns the text for a node that dials the world's listener instead of the nodes' one: from the
/// address of an s2s node, in the name of a domain of its own. Empty if the peer is no such node.
std::string misled_node(const settings& rules, const socket_address& peer, std::string_view from);

} // namespace fedhub
