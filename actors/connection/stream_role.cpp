#include "actors/connection/stream_role.hpp"

#include <algorithm>

#include "actors/connection/stream_policies.hpp"

namespace fedhub {

namespace {

class incoming_role : public stream_role {
public:
  incoming_role(hub& x, incoming_stream::options options, std::unique_ptr<stream_policy> policy)
    : hub_(x), policy_(std::move(policy)), keys_(x.current()->keys),
      stream_(std::move(options), *policy_, *keys_) {}

  stream_actions on_header(const stream_header& x) override { return stream_.on_header(x); }
  stream_actions on_element(const element_received& x) override { return stream_.on_element(x); }
  stream_actions on_excess(const excess_received& x) override { return stream_.on_excess(x); }
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

  review on_rules(const former_rules& before) override {
    keys_ = hub_.current()->keys;
    stream_.use(*keys_);
    last_ = {};
    policy_->compare(before);
    auto out = stream_.on_rules(policy_->security(stream_.from()));
    if (!out.taken && !stream_.authenticated()) {
      out.taken = policy_->lost(named());
      out.whole = true;
    }
    policy_->compared();
    return out;
  }
  bool still_sends(const stanza& x) const override {
    return stream_.bidi() && stream_.stands({x.to->name, x.from->name});
  }

  stream_error take(const domain_name& from, const domain_name& to) override {
    if (last_.from == from && last_.to == to)
      return stream_error::none;
    domain_pair pair{from, to};
    if (!stream_.authorised(pair))
      return stream_.refusal(pair);
    last_ = std::move(pair);
    return stream_error::none;
  }
  std::optional<domain_pair> same_pair(const domain_pair& x) const override {
    const auto* pair = stream_.same_pair(x);
    return pair == nullptr ? std::nullopt : std::optional{*pair};
  }
  std::optional<domain_name> counterpart_of(const domain_name& from) const override {
    const auto* pair = stream_.pair_of(from);
    return pair == nullptr ? std::nullopt : std::optional{pair->to};
  }
  bool authenticated() const override { return stream_.authenticated(); }
  size_t questions_pending() const override { return stream_.questions_pending(); }
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
  const stream_policy& policy() const { return *policy_; }

private:
  std::unique_ptr<stream_policy> policy_;
  std::shared_ptr<const dialback_keys> keys_; ///< those that the machine uses.
  incoming_stream stream_;
  domain_pair last_; ///< of the last stanza taken.
};

/// A remote domain's stream, as the trust rules for that domain want it.
class world_role final : public incoming_role {
public:
  using incoming_role::incoming_role;

  stream_actions on_header(const stream_header& x) override {
    if (auto from = domain_name::parse(x.from))
      stream().security(policy().security(*from));
    return incoming_role::on_header(x);
  }
};

class outgoing_role final : public stream_role {
public:
  outgoing_role(hub& x, outgoing_stream::options options, bool to_node)
    : hub_(x), to_node_(to_node), keys_(x.current()->keys), stream_(std::move(options), *keys_) {}

  stream_actions start() override { return stream_.start(); }
  stream_actions on_header(const stream_header& x) override { return stream_.on_header(x); }
  stream_actions on_element(const element_received& x) override { return stream_.on_element(x); }
  stream_actions on_excess(const excess_received& x) override { return stream_.on_excess(x); }
  stream_actions on_tls_established() override { return stream_.on_tls_established(); }
  stream_actions on_stream_end() override { return stream_.on_stream_end(); }
  stream_actions fail(stream_error error, failure why, std::string_view detail,
                      std::string_view application) override {
    return stream_.fail(error, why, detail, application);
  }
  stream_actions close(failure why) override { return stream_.close(why); }
  link_end cut(std::string_view detail) const override {
    auto x = stream_.meaning_of_end(failure::stream_closed, detail);
    return {.error = x.error,
            .why = x.why,
            .detail = std::move(x.detail),
            .external_unanswered = x.external_unanswered};
  }
  stream_actions authenticate(const domain_pair& x) override { return stream_.authenticate(x); }
  stream_actions verify(const verify_key& x) override { return stream_.verify(x); }
  stream_actions forget(const verify_key& x) override { return stream_.forget(x); }
  bool forget(const domain_pair& x) override { return stream_.forget(x); }

  review on_rules(const former_rules& before) override {
    keys_ = hub_.current()->keys;
    stream_.use(*keys_);
    auto table = hub_.table();
    review out{.whole = true};
    out.taken = stream_.on_rules(to_node_ ? stream_security::tls_optional
                                          : hub_.current()->trust->security(target()));
    if (!out.taken)
      out.taken = judge_target(*table, *before.table);
    if (out.taken)
      return out;
    stream_.for_each_pair([&](const domain_pair& x) {
      const auto why = table->admits_pair(x.from, x.to);
      if (why == failure::none)
        out.whole = false;
      else if (!out.taken)
        out.taken = {why, x.from.str() + " -> " + x.to.str()};
    });
    return out;
  }
  bool still_sends(const stanza& x) const override {
    return stream_.authorised({x.from->name, x.to->name})
           && hub_.table()->admits_pair(x.from->name, x.to->name) == failure::none;
  }

  // One-way by RFC 6120 §4.5, unless XEP-0288 was negotiated.
  stream_error take(const domain_name& from, const domain_name& to) override {
    return stream_.takes({from, to}) ? stream_error::none : stream_error::not_authorized;
  }
  std::optional<domain_pair> same_pair(const domain_pair& x) const override {
    const auto* reverse = stream_.same_reverse_pair(x);
    return reverse == nullptr ? std::nullopt
                              : std::optional{domain_pair{reverse->to, reverse->from}};
  }
  std::optional<domain_name> counterpart_of(const domain_name& from) const override {
    const auto* reverse = stream_.pair_to(from);
    return reverse == nullptr ? std::nullopt : std::optional{reverse->from};
  }
  bool may_answer(const domain_name& from, const domain_name& to) const override {
    return stream_.authorised({to, from});
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
  const domain_name& target() const { return stream_.settings().target; }
  revocation judge_target(const routing_table& now, const routing_table& before) const {
    if (now.local(target()) != to_node_)
      return {failure::domain_denied, to_node_ ? target().str() + " is no node's domain any more"
                                               : target().str() + " is a node's domain now"};
    if (const auto denied = now.admits(target()); denied != failure::none && !to_node_)
      return {denied, target().str()};
    if (!now.leads_alike(before, target()))
      return {failure::stream_closed, target().str() + " is to be reached elsewhere"};
    return {};
  }

  hub& hub_;
  const bool to_node_;
  std::shared_ptr<const dialback_keys> keys_; ///< those that the machine uses.
  outgoing_stream stream_;
};

/// Whether all domains of `part` are among those of `whole`.
bool covers(const domain_pattern& whole, const domain_pattern& part) {
  return whole == part || (whole.wildcard() && whole.matches(part.base()));
}

class component_role final : public stream_role {
public:
  explicit component_role(hub& x)
    : hub_(x), stream_([this](std::string_view to) { return candidates(to); }) {}

  stream_actions on_header(const stream_header& x) override { return stream_.on_header(x); }
  stream_actions on_element(const element_received& x) override { return stream_.on_element(x); }
  stream_actions on_excess(const excess_received& x) override { return stream_.on_excess(x); }
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
    // The node may have been given more domains since it connected.
    if (auto settings = hub_.current(); serves(settings->config, from)) {
      last_from_ = from;
      return stream_error::none;
    }
    return stream_error::invalid_from;
  }
  std::optional<domain_pair> same_pair(const domain_pair& x) const override {
    const auto form = x.from.transitional();
    return authenticated() && serves(hub_.current()->config, form)
             ? std::optional{domain_pair{form, x.to}}
             : std::nullopt;
  }
  std::optional<domain_name> counterpart_of(const domain_name& from) const override {
    return authenticated() && serves(hub_.current()->config, from) ? std::optional{domain_name{}}
                                                                   : std::nullopt;
  }
  std::optional<implied_sender> implied() override {
    if (authenticated() && !implied_)
      implied_ = find_implied(hub_.current()->config);
    return implied_;
  }
  review on_rules(const former_rules&) override {
    last_from_ = {};
    implied_.reset();
    stream_.on_rules();
    if (!authenticated())
      return {};
    const auto before = std::exchange(judged_by_, hub_.current());
    auto* was = find(before->config);
    auto* node = find(judged_by_->config);
    if (node == nullptr)
      return {{}, {failure::node_rejected, "the node is configured no more"}, true};
    auto* access = std::get_if<conf::component_access>(&node->access);
    auto* proved = std::get_if<conf::component_access>(&was->access);
    if (access == nullptr || proved == nullptr
        || access->handshake_secret != proved->handshake_secret)
      return {{}, {failure::node_rejected, "the node has another secret now"}, true};
    review out{.whole = true};
    for (auto& domain : was->domains)
      if (std::ranges::any_of(node->domains, [&](auto& x) { return covers(x, domain); }))
        out.whole = false;
      else if (!out.taken)
        out.taken = {failure::node_rejected, domain.str() + " is not the node's any more"};
    return out;
  }
  bool still_sends(const stanza& x) const override {
    return serves(hub_.current()->config, x.to->name);
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
  /// The row of the component's node; null if there is none any more.
  const conf::node_config* find(const conf::config& x) const {
    auto found = std::ranges::find(x.nodes, node_, &conf::node_config::name);
    return found == x.nodes.end() ? nullptr : &*found;
  }
  bool serves(const conf::config& x, const domain_name& domain) const {
    auto* node = find(x);
    return node != nullptr && node->serves(domain);
  }

  /// The domain by which the component logged in, or else the first of its node.
  std::optional<implied_sender> find_implied(const conf::config& x) const {
    auto* node = find(x);
    if (node == nullptr)
      return std::nullopt;
    const bool certain = node->domains.size() == 1;
    if (auto named = domain_name::parse(stream_.peer_name()); named && serves(x, *named))
      return implied_sender{*named, certain && !node->domains[0].wildcard()};
    auto first = std::ranges::find(node->domains, false, &domain_pattern::wildcard);
    if (first == node->domains.end())
      return std::nullopt;
    return implied_sender{first->base(), certain};
  }

  /// The nodes that the component may be: those with a link come last, so that of two nodes alike a
  /// new connection becomes the one that is missing.
  std::vector<component_stream::candidate> candidates(std::string_view to) {
    auto settings = hub_.current();
    auto table = hub_.table();
    auto domain = domain_name::parse(to);
    std::vector<component_stream::candidate> result;
    names_.clear();
    judged_by_ = settings;
    for (bool live : {false, true})
      for (size_t i = 0; i < settings->config.nodes.size() && i < table->nodes().size(); ++i) {
        auto& node = settings->config.nodes[i];
        auto* access = std::get_if<conf::component_access>(&node.access);
        if (access == nullptr || table->nodes()[i].live != live)
          continue;
        const bool serves = domain && node.serves(*domain);
        if (!serves && node.name != to)
          continue;
        result.push_back({node.name, std::string(access->handshake_secret.reveal())});
        names_.push_back(node.name);
      }
    return result;
  }

  hub& hub_;
  component_stream stream_;
  settings_ptr judged_by_; ///< those by which the component is, or may be, its node.
  std::vector<std::string> names_;
  std::string node_;
  domain_name last_from_;
  std::optional<implied_sender> implied_;
  domain_name none_;
};

/// The hub's own name towards a peer that does not say whom it wants: the first local domain.
domain_name first_domain(const conf::config& x) {
  for (auto& node : x.nodes)
    for (auto& domain : node.domains)
      if (!domain.wildcard())
        return domain.base();
  return {};
}

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

stream_role_ptr make_node_incoming_role(hub& x, const socket_address& peer) {
  auto policy = std::make_unique<node_policy>(x, peer);
  incoming_stream::options options{policy->security({}), true, {}};
  return std::make_unique<incoming_role>(x, std::move(options), std::move(policy));
}

stream_role_ptr make_component_role(hub& x) { return std::make_unique<component_role>(x); }

stream_role_ptr make_outgoing_role(hub& x, outgoing_stream::options options, bool to_node) {
  // They may have been made before the rules in force now.
  if (!to_node)
    options.security = x.current()->trust->security(options.target);
  return std::make_unique<outgoing_role>(x, std::move(options), to_node);
}

} // namespace fedhub
