#include "actors/connection/incoming_role.hpp"

#include <utility>

#include "actors/hub/settings.hpp"

namespace fedhub {

namespace {

/// Returns the hub's own name for a peer whose header has no `to`: the first local domain.
domain_name first_domain(const conf::config& config) {
  for (auto& node : config.nodes)
    for (auto& domain : node.domains)
      if (!domain.wildcard())
        return domain.base();
  return {};
}

} // namespace

incoming_role::incoming_role(hub& hub, incoming_stream::options options,
                             std::unique_ptr<stream_policy> policy)
  : hub_(hub), policy_(std::move(policy)), keys_(hub.current()->keys),
    stream_(std::move(options), *policy_, *keys_) {}

stream_actions incoming_role::on_header(const stream_header& header) {
  if (auto from = domain_name::parse(header.from))
    stream_.security(policy_->security(*from));
  return stream_.on_header(header);
}

stream_actions incoming_role::on_verified(const verification& answer) {
  return stream_.on_verified(answer.question.pair, answer.question.stream_id, answer.outcome,
                             answer.why, answer.detail);
}

review incoming_role::on_rules(const former_rules& before) {
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

bool incoming_role::still_sends(const stanza& stanza) const {
  return stream_.bidi() && stream_.stands({stanza.to->name, stanza.from->name});
}

stream_error incoming_role::take(const domain_name& from, const domain_name& to) {
  if (last_.from == from && last_.to == to)
    return stream_error::none;
  domain_pair pair{from, to};
  if (!stream_.authorised(pair))
    return stream_.refusal(pair);
  last_ = std::move(pair);
  return stream_error::none;
}

std::optional<domain_pair> incoming_role::same_pair(const domain_pair& pair) const {
  const auto* proved = stream_.same_pair(pair);
  return proved == nullptr ? std::nullopt : std::optional{*proved};
}

std::optional<domain_name> incoming_role::counterpart_of(const domain_name& from) const {
  const auto* proved = stream_.pair_of(from);
  return proved == nullptr ? std::nullopt : std::optional{proved->to};
}

std::unique_ptr<incoming_role> make_incoming_role(hub& hub, const peer_identity& who,
                                                  bool direct_tls) {
  auto settings = hub.current();
  auto& config = settings->config;
  incoming_stream::options options;
  options.security = config.federation.security_mode;
  options.fallback_from = first_domain(config);
  options.direct_tls = direct_tls;
  options.bidi = config.federation.bidi;
  options.management = config.federation.stream_management;
  options.limits = announced_limits(config);
  return std::make_unique<incoming_role>(hub, std::move(options),
                                         std::make_unique<world_policy>(hub, who));
}

std::unique_ptr<incoming_role> make_node_incoming_role(hub& hub, const socket_address& peer) {
  auto policy = std::make_unique<node_policy>(hub, peer);
  incoming_stream::options options{policy->security({}), true, {}};
  return std::make_unique<incoming_role>(hub, std::move(options), std::move(policy));
}

} // namespace fedhub
