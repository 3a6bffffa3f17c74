#include "actors/connection/outgoing_role.hpp"

#include <utility>

#include "actors/hub/settings.hpp"
#include "actors/rules/routing_table.hpp"
#include "protocol/events/stream_security.hpp"

namespace fedhub {

outgoing_role::outgoing_role(hub& hub, outgoing_stream::options options, bool to_node,
                             std::unique_ptr<management_session> former)
  : hub_(hub), to_node_(to_node), keys_(hub.current()->keys), stream_(std::move(options), *keys_),
    former_(std::move(former)) {}

std::optional<management_session> outgoing_role::take_former() {
  if (const auto former = std::exchange(former_, nullptr))
    return std::move(*former);
  return std::nullopt;
}

link_end outgoing_role::cut(std::string_view detail) const {
  auto end = stream_.meaning_of_end(failure::stream_closed, detail);
  return {.error = end.error,
          .why = end.why,
          .detail = std::move(end.detail),
          .external_unanswered = end.external_unanswered};
}

review outgoing_role::on_rules(const former_rules& before) {
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
  stream_.for_each_pair([&](const domain_pair& pair) {
    const auto why = table->admits_pair(pair.from, pair.to);
    if (why == failure::none)
      out.whole = false;
    else if (!out.taken)
      out.taken = {why, pair.from.str() + " -> " + pair.to.str()};
  });
  return out;
}

bool outgoing_role::still_sends(const stanza& stanza) const {
  return stream_.authorised({stanza.from->name, stanza.to->name})
         && hub_.table()->admits_pair(stanza.from->name, stanza.to->name) == failure::none;
}

std::optional<domain_pair> outgoing_role::same_pair(const domain_pair& pair) const {
  const auto* reverse = stream_.same_reverse_pair(pair);
  return reverse == nullptr ? std::nullopt : std::optional{domain_pair{reverse->to, reverse->from}};
}

std::optional<domain_name> outgoing_role::counterpart_of(const domain_name& from) const {
  const auto* reverse = stream_.pair_to(from);
  return reverse == nullptr ? std::nullopt : std::optional{reverse->from};
}

/// Returns why the stream may no longer lead to its target; empty if it may.
revocation outgoing_role::judge_target(const routing_table& now,
                                       const routing_table& before) const {
  if (now.local(target()) != to_node_)
    return {failure::domain_denied, to_node_ ? target().str() + " is no longer a node's domain"
                                             : target().str() + " is a node's domain now"};
  if (const auto denied = now.admits(target()); denied != failure::none && !to_node_)
    return {denied, target().str()};
  if (!now.leads_alike(before, target()))
    return {failure::stream_closed, target().str() + " is now reached elsewhere"};
  return {};
}

std::unique_ptr<outgoing_role> make_outgoing_role(hub& hub, outgoing_stream::options options,
                                                  bool to_node,
                                                  std::unique_ptr<management_session> former) {
  // The options may be older than the rules in force now.
  if (!to_node)
    options.security = hub.current()->trust->security(options.target);
  return std::make_unique<outgoing_role>(hub, std::move(options), to_node, std::move(former));
}

} // namespace fedhub
