// The rules for incoming S2S streams. Each answer follows the configuration in force at that
// moment.
#pragma once

#include <vector>

#include "actors/connection/peer_identity.hpp"
#include "actors/hub/hub.hpp"
#include "actors/interfaces/reload_round.hpp"
#include "actors/rules/routing_table.hpp"
#include "protocol/events/stream_security.hpp"
#include "protocol/stream/incoming_stream.hpp"
#include "protocol/text/domain_pair.hpp"
#include "protocol/text/domain_pattern.hpp"
#include "protocol/text/ip_address.hpp"

namespace fedhub {

/// Returns, for the log, the list and the pattern that deny a remote domain; empty if no list
/// denies it. Example: `config.bad.example matches "*.bad.example" in federation.deny`.
std::string describe_denial(const conf::federation_config& config, const domain_name& remote);

/// The rules for one stream, and the changes that a reload makes to them.
class stream_policy : public incoming_policy {
public:
  /// Returns how the stream has to be secured. @param from of the header; may be empty.
  virtual stream_security security(const domain_name& from) const = 0;

  /// Begins to compare the rules in force with `before`. Ends with `compared`.
  virtual void compare(const former_rules& before) = 0;
  virtual void compared() = 0;
  /// Returns why a stream with this header, which has proved nothing so far, would be refused now
  /// though the former rules admitted it. May be called between `compare` and `compared` only.
  virtual revocation lost(const domain_pair& header) const = 0;
};

/// Judges streams from remote domains by the routing table and the trust rules in force.
class world_policy final : public stream_policy {
public:
  /// @param identity the peer's identity. Both parameters outlive the policy.
  world_policy(hub& its_hub, const peer_identity& identity) : hub_(its_hub), identity_(identity) {}

  bool serves(const domain_name& to) const override { return hub_.table()->local(to); }
  failure admits(const domain_pair& pair) const override;
  bool trusted(const domain_name&) const override { return false; }
  bool authoritative(const domain_name& sender) const override { return serves(sender); }
  identity_proof proof(const domain_name& sender) const override;
  bool dialback_enough(const domain_name& sender) const override {
    return identity_.dialback_enough(sender);
  }
  bool dialback_stands(const domain_name& sender) const override {
    return identity_.dialback_stands(sender);
  }
  bool same_authority(const domain_name& sender) const override;

  stream_security security(const domain_name& from) const override;
  void compare(const former_rules& before) override { before_ = &before; }
  void compared() override { before_ = nullptr; }
  revocation lost(const domain_pair& header) const override;

private:
  hub& hub_;
  const peer_identity& identity_;
  const former_rules* before_ = nullptr;
};

/// Judges an s2s node's streams. The hub speaks for every domain but the node's own.
class node_policy final : public stream_policy {
public:
  /// @param peer the stream's address: it can speak for the nodes whose `trusted_from` holds the
  /// address.
  node_policy(hub& hub, const socket_address& peer);

  bool serves(const domain_name& to) const override { return !own_.empty() && !trusted(to); }
  failure admits(const domain_pair& pair) const override {
    return trusted(pair.from) ? failure::none : failure::domain_denied;
  }
  bool trusted(const domain_name& sender) const override;
  bool authoritative(const domain_name& sender) const override { return serves(sender); }
  identity_proof proof(const domain_name&) const override { return {}; }
  bool dialback_enough(const domain_name&) const override { return true; }

  /// Returns `tls_optional`: the node decides about TLS. The configured mode is for remote domains.
  stream_security security(const domain_name&) const override {
    return stream_security::tls_optional;
  }
  void compare(const former_rules& before) override;
  void compared() override { before_.clear(); }
  revocation lost(const domain_pair& header) const override;

private:
  hub& hub_;
  std::optional<ip_address> ip_;
  std::vector<domain_pattern> own_; ///< the node's domains.
  /// The node's former domains, between `compare` and `compared`.
  std::vector<domain_pattern> before_;
};

/// Returns whether any s2s node trusts this address.
bool trusted_node_address(const settings& rules, const socket_address& peer);
/// Returns an error text if the peer is an s2s node that dialed a federation listener instead of
/// `listen.nodes`: its address is trusted, and it names a domain of its own. Empty otherwise.
std::string misled_node(const settings& rules, const socket_address& peer, std::string_view from);

} // namespace fedhub
