#include "actors/admin/explained_rules.hpp"

#include <algorithm>
#include <utility>

#include "actors/admin/domain_rule.hpp"
#include "actors/admin/published_service.hpp"
#include "protocol/admin/remedy.hpp"
#include "protocol/admin/time_text.hpp"
#include "protocol/text/clip.hpp"

namespace fedhub {

namespace {

using admin::explained_step;
using admin::explanation_row;
using admin::step_result;

/// The most octets of a text that is made of DNS answers or of a peer's words.
constexpr size_t most_detail = 8192;

/// Returns whether the node is there, and why not.
struct node_state {
  bool there = true;
  std::string text;
};

node_state state_of(const node_route& node, const node_presence& presence) {
  if (node.protocol == conf::node_protocol::component) {
    if (node.live)
      return {true, "the component is connected"};
    return {false, node.awaited ? "the component is not connected now; stanzas wait for it"
                                : "the component is not connected"};
  }
  const auto up = presence(node.name);
  if (!up)
    return {true, "nothing was sent to it or received from it since the hub started"};
  return *up > 0 ? node_state{true, "the hub reaches it"}
                 : node_state{false, "the hub's last attempt to reach it failed"};
}

std::string joined(const std::vector<std::string_view>& words, std::string_view separator) {
  std::string text;
  for (const auto word : words)
    text.append(text.empty() ? "" : separator).append(word);
  return text;
}

std::string text_of(const given_target& target) {
  const bool v6 = target.host.find(':') != std::string::npos;
  return (v6 ? '[' + target.host + ']' : target.host) + ':' + std::to_string(target.port)
         + (target.direct_tls ? " (direct TLS)" : "");
}

/// Returns the pattern of the rows that are a domain's static route.
std::string pattern_of_route(const conf::config& config, const domain_name& remote) {
  std::vector<domain_pattern> patterns;
  for (const auto& row : config.static_routes)
    patterns.push_back(row.domain);
  const auto* pattern = most_specific(patterns, remote);
  return pattern != nullptr ? pattern->str() : remote.str();
}

std::string targets_of(const resolution& outcome) {
  std::string text;
  for (const auto& target : outcome.targets)
    for (const auto& address : target.addresses)
      text.append(text.empty() ? "" : ", ")
        .append(address.str())
        .append(target.direct_tls ? " (direct TLS)" : "");
  return text;
}

const admin::certificate_row* last_certificate(const admin::domain_details& known) {
  for (auto stream = known.streams.rbegin(); stream != known.streams.rend(); ++stream)
    if (stream->more && stream->more->certificate)
      return &*stream->more->certificate;
  return nullptr;
}

explanation_row explain_failed_attempt(const admin::domain_row& known,
                                       const std::optional<admin::clock_time>& held_until) {
  explanation_row row{.step = explained_step::stream, .why = known.why};
  row.detail = known.detail.empty() ? std::string{describe(known.why)} : known.detail;
  row.detail = clip(row.detail, most_detail);
  row.source = "the last attempt";
  if (held_until || known.state == admin::domain_state::connected) {
    row.result = step_result::fail;
    if (held_until)
      row.detail += "; no attempt begins before " + admin::rfc3339(*held_until);
    return row;
  }
  // Nothing is held against the domain: the next stanza begins an attempt.
  row.result = step_result::warn;
  row.detail += "; the next stanza begins another attempt";
  return row;
}

/// Returns whether a stream that the remote server has opened takes the hub's stanzas as well.
bool carries_both_directions(const admin::domain_details& known) {
  return std::ranges::any_of(known.streams, [](const admin::stream_row& stream) {
    return stream.leg == to_string(stream_leg::s2s_in) && stream.more
           && std::ranges::find(stream.more->features, "bidi") != stream.more->features.end();
  });
}

std::string secured(const admin::security_row& by) {
  std::string text;
  if (!by.proof.empty())
    text += ", proof " + std::string{by.proof};
  return text + (by.tls.empty() ? ", without TLS" : ", TLS " + by.tls);
}

} // namespace

explained_way way_of(const routing_table& table, const explain_question& question) {
  const bool from = table.local(question.from.domain);
  const bool to = table.local(question.to.domain);
  if (from == to)
    return from ? explained_way::inside : explained_way::foreign;
  return from ? explained_way::outgoing : explained_way::incoming;
}

explanation_row explain_end(explained_step step, const explained_address& end,
                            const routing_table& table, const node_presence& presence) {
  explanation_row row{.step = step, .detail = end.domain.str()};
  const auto* candidates = table.serving(end.domain);
  if (candidates == nullptr) {
    row.result = step_result::fail;
    row.why = failure::node_unavailable;
    row.detail += " is no domain of a node";
    row.remedy = "Check the spelling of the domain, or add it to domains of its [[node]].";
    return row;
  }
  const auto& node = table.choose(*candidates, end.bare);
  const auto [there, text] = state_of(node, presence);
  row.source = "[[node]] " + node.name;
  row.detail +=
    " is served by " + node.name + " (" + std::string{to_string(node.protocol)} + "): " + text;
  if (!there) {
    row.result = step_result::fail;
    row.why = failure::node_unavailable;
  }
  return row;
}

explanation_row explain_federation(const conf::config& config) {
  explanation_row row{.step = explained_step::federation,
                      .detail = "federation is switched on",
                      .source = "federation.enabled"};
  if (config.federation.enabled)
    return row;
  row.result = step_result::fail;
  row.why = failure::federation_disabled;
  row.detail = describe(row.why);
  return row;
}

explanation_row explain_privacy(const settings& in_force, const routing_table& table,
                                const domain_name& remote) {
  const auto& federation = in_force.config.federation;
  const auto rule = rule_of(in_force, remote);
  explanation_row row{.step = explained_step::privacy,
                      .detail = "privacy mode is " + std::string{rule.privacy_mode}};
  row.source = "federation.privacy_mode";
  if (federation.privacy_mode == conf::privacy_mode::off)
    return row;
  const bool allows = federation.privacy_mode == conf::privacy_mode::allow_list;
  row.source = allows ? "federation.allow" : "federation.deny";
  row.detail += rule.pattern.empty() ? ", and no pattern matches " + remote.str()
                                     : ", and " + rule.pattern + " matches " + remote.str();
  if (table.admits(remote) == failure::domain_denied) {
    row.result = step_result::fail;
    row.why = failure::domain_denied;
    row.remedy = allows ? "Add " + remote.str() + " to federation.allow."
                        : "Remove " + rule.pattern + " from federation.deny.";
  } else if (allows && rule.pattern.empty()) {
    row.detail += ", but its static route allows it";
  }
  return row;
}

explanation_row explain_route(const conf::config& config, const routing_table& table,
                              const domain_name& remote) {
  explanation_row row{.step = explained_step::route, .detail = "DNS leads to " + remote.str()};
  row.source = "DNS";
  const auto targets = table.static_route(remote);
  if (targets == nullptr) {
    if (!config.federation.use_static_routes && !config.static_routes.empty())
      row.detail += "; static routes are switched off (federation.use_static_routes)";
    return row;
  }
  const auto pattern = pattern_of_route(config, remote);
  row.source = "[[static_route]] " + pattern;
  row.detail = "a static route for " + pattern + " leads to ";
  for (size_t i = 0; i < targets->size(); ++i)
    row.detail.append(i == 0 ? "" : ", ").append(text_of((*targets)[i]));
  row.detail = clip(row.detail, most_detail);
  return row;
}

explanation_row explain_trust(const settings& in_force, const domain_name& remote,
                              const std::optional<admin::domain_details>& known) {
  const auto rule = rule_of(in_force, remote);
  explanation_row row{.step = explained_step::trust};
  row.source = rule.trust == "default" ? "federation.security_mode" : "[[trust]] " + rule.trust;
  row.detail = std::string{rule.security_mode} + "; " + remote.str() + " proves itself by "
               + joined(rule.methods, " or ");
  if (in_force.trust->rule(remote).report_only)
    row.detail += "; a peer that would be refused is only reported";
  const auto* certificate = known ? last_certificate(*known) : nullptr;
  if (certificate != nullptr)
    row.detail +=
      "; its last certificate: "
      + std::string{clip(certificate->verdict + " " + certificate->subject, most_detail)};
  return row;
}

explanation_row explain_resolution(const resolution_trace& trace, bool allow_private,
                                   std::string_view servers) {
  const auto& outcome = *trace.outcome;
  explanation_row row{.step = explained_step::resolver};
  row.duration_s = std::chrono::duration<double>(outcome.total_time).count();
  const bool asked =
    std::ranges::any_of(trace.answers, [](const auto& answer) { return !answer.cached; });
  if (!trace.answers.empty())
    row.source = asked ? std::string{servers} : "cache";
  row.detail = text_of(trace.answers, allow_private);
  if (outcome.why == failure::none) {
    row.detail += (row.detail.empty() ? "" : "; ") + ("in this order: " + targets_of(outcome));
  } else {
    row.result = step_result::fail;
    row.why = outcome.why;
    row.detail = outcome.detail + (row.detail.empty() ? "" : " (" + row.detail + ')');
    if (!asked && !trace.answers.empty())
      row.remedy = std::string{admin::remedy_of(outcome.why)}
                   + " If it was mended a moment ago, run `fedhubctl dns flush`.";
  }
  row.detail = clip(row.detail, most_detail);
  return row;
}

explanation_row explain_stream(explained_way way, const domain_name& remote,
                               const known_domain& domain) {
  const auto& known = domain.details;
  explanation_row row{.step = explained_step::stream};
  const bool outgoing = way == explained_way::outgoing;
  const auto streams = !known ? 0 : outgoing ? known->row.streams_out : known->row.streams_in;
  if (known && outgoing && known->row.why != failure::none
      && known->row.state != admin::domain_state::refused)
    return explain_failed_attempt(known->row, domain.held_until);
  if (streams > 0) {
    row.detail = std::to_string(streams) + (streams == 1 ? " stream " : " streams ")
                 + (outgoing ? "to " : "from ") + remote.str()
                 + secured(outgoing ? known->row.out : known->row.in);
    return row;
  }
  if (known && outgoing && carries_both_directions(*known)) {
    row.detail = "a stream from " + remote.str() + " carries both directions (XEP-0288)";
    return row;
  }
  row.detail = "there is no stream " + std::string{outgoing ? "to " : "from "} + remote.str();
  if (known && known->row.last_success)
    row.detail +=
      "; a stream was last authenticated at " + admin::rfc3339(*known->row.last_success);
  if (outgoing) {
    row.detail += known && known->row.state == admin::domain_state::connecting
                    ? "; an attempt is under way"
                    : "; the next stanza begins an attempt";
    return row;
  }
  row.result = step_result::warn;
  row.remedy = "Ask the operator of " + remote.str()
               + " for the error in its server's log, and compare it with the steps below.";
  return row;
}

explanation_row skipped_step(explained_step step, std::string why) {
  return {.step = step, .result = step_result::skipped, .detail = std::move(why)};
}

} // namespace fedhub
