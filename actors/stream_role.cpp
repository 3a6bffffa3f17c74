#include "actors/stream_role.hpp"

#include <algorithm>

#include "conf/network.hpp"
#include "protocol/flat_set.hpp"

namespace fedhub {

namespace {

class incoming_role : public stream_role {
public:
  incoming_role(hub& x, incoming_stream::options options,
                std::unique_ptr<const incoming_policy> policy)
    : hub_(x), policy_(std::move(policy)), keys_(x.current()->keys),
      stream_(std::move(options), *policy_, *keys_) {}

  stream_actions on_header(const stream_header& x) override { return stream_.on_header(x); }
  stream_actions on_element(const element_received& x) override { return stream_.on_element(x); }
  stream_actions on_tls_established() override { return stream_.on_tls_established(); }
  stream_actions on_stream_end() override { return stream_.on_stream_end(); }
  stream_actions fail(stream_error error, failure why, std::string_view detail,
                      std::string_view application) override {
    return stream_.fail(error, why, detail, application);
  }
  stream_actions close(failure why) override { return stream_.close(why); }
  stream_actions on_verified(const verification& x) override {
    return stream_.on_verified(x.question.pair, x.question.stream_id, x.outcome, x.why, x.detail);
  }

  stream_actions on_reload() override {
    keys_ = hub_.current()->keys;
    stream_.use(*keys_);
    for (auto& pair : used_) {
      auto why = policy_->admits(pair);
      if (why == failure::none && !policy_->proof(pair.from).proven
          && !policy_->dialback_enough(pair.from))
        why = failure::certificate_refused;
      if (why != failure::none)
        return stream_.fail(stream_error::policy_violation, why, describe(why));
    }
    return {};
  }

  stream_error take(const domain_name& from, const domain_name& to) override {
    if (last_ != nullptr && last_->from == from && last_->to == to)
      return stream_error::none;
    domain_pair pair{from, to};
    if (!stream_.authorised(pair))
      return stream_.refusal(pair);
    last_ = &used_.insert(std::move(pair));
    return stream_error::none;
  }
  bool authenticated() const override { return stream_.authenticated(); }
  bool closed() const override { return stream_.state() == incoming_stream::phase::closed; }
  std::string_view content_namespace() const override { return ns::server; }
  std::string_view phase() const override { return to_string(stream_.state()); }
  const std::string& stream_id() const override { return stream_.stream_id(); }
  std::string peer_name() const override { return stream_.peer_name(); }
  const domain_name& tls_name() const override { return stream_.to(); }
  domain_pair named() const override { return {stream_.from(), stream_.to()}; }

protected:
  hub& hub_;

  incoming_stream& stream() { return stream_; }

private:
  std::unique_ptr<const incoming_policy> policy_;
  std::shared_ptr<const dialback_keys> keys_; ///< those that the machine uses.
  incoming_stream stream_;
  flat_set<domain_pair> used_;        ///< pairs that brought stanzas.
  const domain_pair* last_ = nullptr; ///< the one of the last stanza taken.
};

/// A remote domain's stream, as the trust rules for that domain want it.
class world_role final : public incoming_role {
public:
  using incoming_role::incoming_role;

  stream_actions on_header(const stream_header& x) override {
    if (auto from = domain_name::parse(x.from))
      stream().security(hub_.current()->trust->security(*from));
    return incoming_role::on_header(x);
  }
};

class outgoing_role final : public stream_role {
public:
  outgoing_role(hub& x, outgoing_stream::options options)
    : hub_(x), keys_(x.current()->keys), stream_(std::move(options), *keys_) {}

  stream_actions start() override { return stream_.start(); }
  stream_actions on_header(const stream_header& x) override { return stream_.on_header(x); }
  stream_actions on_element(const element_received& x) override { return stream_.on_element(x); }
  stream_actions on_tls_established() override { return stream_.on_tls_established(); }
  stream_actions on_stream_end() override { return stream_.on_stream_end(); }
  stream_actions fail(stream_error error, failure why, std::string_view detail,
                      std::string_view application) override {
    return stream_.fail(error, why, detail, application);
  }
  stream_actions close(failure why) override { return stream_.close(why); }
  stream_actions authenticate(const domain_pair& x) override { return stream_.authenticate(x); }
  stream_actions verify(const verify_key& x) override { return stream_.verify(x); }

  stream_actions on_reload() override {
    keys_ = hub_.current()->keys;
    stream_.use(*keys_);
    return {};
  }

  // One-way by RFC 6120 §4.5, unless XEP-0288 was negotiated.
  stream_error take(const domain_name& from, const domain_name& to) override {
    return stream_.takes({from, to}) ? stream_error::none : stream_error::not_authorized;
  }

  bool authenticated() const override { return stream_.state() == outgoing_stream::phase::ready; }
  bool closed() const override { return stream_.state() == outgoing_stream::phase::closed; }
  std::string_view content_namespace() const override { return ns::server; }
  std::string_view phase() const override { return to_string(stream_.state()); }
  const std::string& stream_id() const override { return stream_.stream_id(); }
  std::string peer_name() const override { return stream_.settings().target.str(); }
  const domain_name& tls_name() const override { return stream_.settings().target; }
  const domain_name& sender_name() const override { return stream_.settings().sender; }
  bool management_offered() const override { return stream_.management_offered(); }
  bool bidi() const override { return stream_.bidi(); }
  questions_taken questions() const override {
    return stream_.dialback_errors() ? questions_taken::of_any : questions_taken::of_target;
  }

private:
  hub& hub_;
  std::shared_ptr<const dialback_keys> keys_; ///< those that the machine uses.
  outgoing_stream stream_;
};

class component_role final : public stream_role {
public:
  explicit component_role(hub& x)
    : hub_(x), stream_([this](std::string_view to) { return candidates(to); }) {}

  stream_actions on_header(const stream_header& x) override { return stream_.on_header(x); }
  stream_actions on_element(const element_received& x) override { return stream_.on_element(x); }
  stream_actions on_stream_end() override { return stream_.on_stream_end(); }
  stream_actions fail(stream_error error, failure why, std::string_view detail,
                      std::string_view) override {
    return stream_.fail(error, why, detail);
  }
  stream_actions close(failure why) override { return stream_.close(why); }

  stream_error take(const domain_name& from, const domain_name&) override {
    if (!authenticated())
      return stream_error::not_authorized;
    if (from == last_from_)
      return stream_error::none;
    // The node may have been given its domains anew since it connected.
    auto settings = hub_.current();
    for (auto& node : settings->config.nodes)
      if (node.name == node_)
        for (auto& domain : node.domains)
          if (domain.matches(from)) {
            last_from_ = from;
            return stream_error::none;
          }
    return stream_error::invalid_from;
  }
  bool forgives_bad_addresses() const override { return authenticated(); }
  stream_actions on_reload() override {
    last_from_ = {};
    return {};
  }

  bool authenticated() const override { return stream_.authenticated(); }
  bool closed() const override { return stream_.state() == component_stream::phase::closed; }
  std::string_view content_namespace() const override { return ns::component_accept; }
  std::string_view phase() const override { return to_string(stream_.state()); }
  const std::string& stream_id() const override { return stream_.stream_id(); }
  std::string peer_name() const override { return node_.empty() ? stream_.peer_name() : node_; }
  const domain_name& tls_name() const override { return none_; }

  std::string node(size_t candidate) override {
    node_ = names_[candidate];
    return node_;
  }

private:
  /// The nodes that the component may be: those with a link come last, so that of two nodes alike a
  /// new connection becomes the one that is missing.
  std::vector<component_stream::candidate> candidates(std::string_view to) {
    auto settings = hub_.current();
    auto table = hub_.table();
    auto domain = domain_name::parse(to);
    std::vector<component_stream::candidate> result;
    names_.clear();
    for (bool live : {false, true})
      for (size_t i = 0; i < settings->config.nodes.size() && i < table->nodes().size(); ++i) {
        auto& node = settings->config.nodes[i];
        auto* access = std::get_if<conf::component_access>(&node.access);
        if (access == nullptr || table->nodes()[i].live != live)
          continue;
        bool serves = domain && std::any_of(node.domains.begin(), node.domains.end(), [&](auto& x) {
                        return x.matches(*domain);
                      });
        if (!serves && node.name != to)
          continue;
        result.push_back({node.name, std::string(access->handshake_secret.reveal())});
        names_.push_back(node.name);
      }
    return result;
  }

  hub& hub_;
  component_stream stream_;
  std::vector<std::string> names_;
  std::string node_;
  domain_name last_from_;
  domain_name none_;
};

/// The node domains that a server at `peer` may speak for.
std::vector<domain_pattern> trusted_domains(const conf::config& x, const conf::ip_address& peer) {
  std::vector<domain_pattern> result;
  for (auto& node : x.nodes)
    if (auto* access = std::get_if<conf::s2s_access>(&node.access))
      if (std::any_of(access->trusted_from.begin(), access->trusted_from.end(),
                      [&](auto& net) { return net.contains(peer); }))
        result.insert(result.end(), node.domains.begin(), node.domains.end());
  return result;
}

/// The hub's own name towards a peer that does not say whom it wants: the first local domain.
domain_name first_domain(const conf::config& x) {
  for (auto& node : x.nodes)
    for (auto& domain : node.domains)
      if (!domain.wildcard())
        return domain.base();
  return {};
}

bool any_matches(const std::vector<domain_pattern>& patterns, const domain_name& x) {
  return std::any_of(patterns.begin(), patterns.end(), [&](auto& p) { return p.matches(x); });
}

/// For streams from the world: what the routing table and the trust rules in force say.
class world_policy final : public incoming_policy {
public:
  /// @param who is the peer; both outlive the policy.
  world_policy(hub& x, const peer_identity& who) : hub_(x), who_(who) {}

  bool serves(const domain_name& to) const override { return hub_.table()->local(to); }
  failure admits(const domain_pair& pair) const override {
    auto table = hub_.table();
    // A local domain has no business to come from outside.
    if (table->local(pair.from))
      return failure::domain_denied;
    if (auto denied = table->admits(pair.from); denied != failure::none)
      return denied;
    // The header may have named another domain, of which less is asked.
    return who_.secured()
               || hub_.current()->trust->security(pair.from) != stream_security::tls_required
             ? failure::none
             : failure::tls_not_offered;
  }
  bool trusted(const domain_name&) const override { return false; }
  bool authoritative(const domain_name& sender) const override { return serves(sender); }
  identity_proof proof(const domain_name& sender) const override {
    auto proof = who_.proof(sender);
    return identity_proof{static_cast<bool>(proof), proof.why, proof.detail};
  }
  bool dialback_enough(const domain_name& sender) const override {
    return who_.dialback_enough(sender);
  }

private:
  hub& hub_;
  const peer_identity& who_;
};

/// For an s2s node's streams. The hub is the node's way out: it stands for every domain but the
/// node's own.
class node_policy final : public incoming_policy {
public:
  /// @param own the node's domains.
  explicit node_policy(std::vector<domain_pattern> own) : own_(std::move(own)) {}

  bool serves(const domain_name& to) const override { return !own_.empty() && !trusted(to); }
  failure admits(const domain_pair& pair) const override {
    return trusted(pair.from) ? failure::none : failure::domain_denied;
  }
  bool trusted(const domain_name& sender) const override { return any_matches(own_, sender); }
  bool authoritative(const domain_name& sender) const override { return serves(sender); }
  identity_proof proof(const domain_name&) const override { return {}; }
  bool dialback_enough(const domain_name&) const override { return true; }

private:
  std::vector<domain_pattern> own_;
};

} // namespace

stream_role_ptr make_incoming_role(hub& x, const peer_identity& who, bool direct_tls) {
  auto settings = x.current();
  auto& config = settings->config;
  incoming_stream::options options;
  options.security = config.federation.security_mode;
  options.fallback_from = first_domain(config);
  options.direct_tls = direct_tls;
  options.bidi = config.federation.bidi;
  options.management = config.federation.stream_management;
  options.limits = limits_told(config);
  return std::make_unique<world_role>(x, std::move(options),
                                      std::make_unique<world_policy>(x, who));
}

bool trusted_node_address(const settings& x, const socket_address& peer) {
  auto ip = conf::ip_address::parse(peer.ip());
  return ip && !trusted_domains(x.config, *ip).empty();
}

stream_role_ptr make_node_incoming_role(hub& x, const socket_address& peer) {
  auto settings = x.current();
  std::vector<domain_pattern> own;
  if (auto ip = conf::ip_address::parse(peer.ip()))
    own = trusted_domains(settings->config, *ip);
  // Between the hub and a node TLS is used if the node wants it; the security mode is for the world
  // outside.
  return std::make_unique<incoming_role>(
    x, incoming_stream::options{stream_security::tls_optional, true, {}},
    std::make_unique<node_policy>(std::move(own)));
}

stream_role_ptr make_component_role(hub& x) { return std::make_unique<component_role>(x); }

stream_role_ptr make_outgoing_role(hub& x, outgoing_stream::options options) {
  return std::make_unique<outgoing_role>(x, std::move(options));
}

} // namespace fedhub
