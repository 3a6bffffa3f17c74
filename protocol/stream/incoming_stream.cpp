#include "protocol/stream/incoming_stream.hpp"

#include <algorithm>
#include <iterator>

#include "protocol/events/dialback_step.hpp"
#include "protocol/negotiation/stream_features.hpp"
#include "protocol/text/domain_name.hpp"
#include "protocol/text/namespaces.hpp"
#include "protocol/xml/error_report.hpp"

namespace fedhub {

namespace {

constexpr std::string_view tls_proceed = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
constexpr std::string_view tls_failure = "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

bool awaits_header(incoming_stream::phase phase) {
  using enum incoming_stream::phase;
  return phase == await_header || phase == await_secure_header
         || phase == await_authenticated_header;
}

void answer_error(const dialback_element& question, std::string_view condition,
                  std::string_view text, stream_actions& out) {
  answer(question, dialback_outcome::error, {std::string{condition}, std::string{text}}, out);
}

} // namespace

incoming_stream::incoming_stream(options opts, const incoming_policy& policy,
                                 const dialback_keys& keys)
  : opts_(std::move(opts)), policy_(policy), keys_(&keys),
    phase_(opts_.direct_tls ? phase::await_secure_header : phase::await_header),
    secured_(opts_.direct_tls), stream_id_(make_stream_id()) {}

// ---- header and features -----------------------------------------------------------------------

std::string incoming_stream::header(std::string_view from, std::string_view to,
                                    bool version) const {
  header_to_send header;
  header.from = from;
  header.to = to;
  header.id = stream_id_;
  header.version = version;
  // RFC 6120 §4.7.4 requires a language. Stanzas that state none inherit it (§8.1.5), and the hub
  // does not know the language of stanzas that it may send here (XEP-0288): "und" is undetermined
  // (RFC 5646 §4.1).
  if (version)
    header.lang = bidi_ || bidi_possible() ? "und" : "en";
  return make_stream_header(header);
}

bool incoming_stream::offers_starttls() const {
  return phase_ == phase::negotiating && xmpp_1_ && opts_.tls_available
         && opts_.security != stream_security::no_tls;
}

bool incoming_stream::bidi_possible() const {
  return opts_.bidi && dialback_possible() && grants_.empty() && phase_ != phase::authenticated;
}

bool incoming_stream::dialback_possible() const {
  return secured_ || opts_.security != stream_security::tls_required;
}

std::string incoming_stream::features() const {
  using enum stream_features::starttls_offer;
  stream_features offer;
  if (offers_starttls())
    offer.starttls = opts_.security == stream_security::tls_required ? required : optional;
  offer.dialback = offer.dialback_errors = dialback_possible();
  offer.external = phase_ == phase::secured && may_offer_external(sasl_context());
  offer.bidi = bidi_possible();
  offer.management = opts_.management && phase_ == phase::authenticated;
  if (dialback_possible()) // otherwise the peer can only use STARTTLS
    offer.limits = opts_.limits;
  return stream_features_xml(offer);
}

stream_actions incoming_stream::on_header(const stream_header& received) {
  if (!awaits_header(phase_))
    return unexpected("stream header");
  if (!received.stream_namespace || received.content_namespace != ns::server)
    return fail(stream_error::invalid_namespace, failure::stream_invalid,
                "the header's namespaces are not those of an S2S stream");
  if (received.bad_version)
    return fail(stream_error::unsupported_version, failure::stream_invalid,
                "the header's version is malformed");
  const auto to = domain_name::parse_as_written(received.to);
  const auto from = domain_name::parse_as_written(received.from);
  if ((!to && !received.to.empty()) || (!from && !received.from.empty()))
    return fail(stream_error::improper_addressing, failure::stream_invalid,
                "the header's 'from' or 'to' is not a domain");
  if (from && peer_.empty())
    peer_ = *from;
  if (to && !policy_.serves(*to))
    return fail(stream_error::host_unknown, failure::stream_invalid,
                "the header's 'to' is not served here");

  const bool proven = phase_ == phase::await_authenticated_header;
  if (proven && from != from_)
    return fail(stream_error::not_authorized, failure::stream_invalid,
                "the header's 'from' is not the domain that was authenticated");

  phase_ = proven ? phase::authenticated : secured_ ? phase::secured : phase::negotiating;
  from_ = from.value_or(domain_name{});
  to_ = to.value_or(domain_name{});
  xmpp_1_ = received.xmpp_1();
  auto xml = header((to ? *to : opts_.fallback_from).wire(), from_.wire(), xmpp_1_);
  if (xmpp_1_ || dialback_possible()) {
    auto out =
      actions_of(send_xml{std::move(xmpp_1_ ? xml.append(features()) : xml)}, stream_ready{});
    if (proven && to && policy_.admits({from_, to_}) == failure::none)
      authorise({from_, to_}, proof_method::external, out);
    return out;
  }
  std::string_view reason = "TLS is required, and XMPP before 1.0 has no STARTTLS";
  return end(xml.append(stream_error_xml(stream_error::policy_violation, reason)),
             {stream_error::policy_violation, failure::tls_not_offered, std::string{reason}});
}

// ---- elements ----------------------------------------------------------------------------------

stream_actions incoming_stream::on_element(const element_received& received) {
  if (phase_ == phase::closed)
    return {};
  if (awaits_header(phase_) || phase_ == phase::await_tls)
    return unexpected("element");
  const auto element = stream_element::parse(received.xml, received.outer);
  if (!element)
    return fail(stream_error::policy_violation, failure::stream_invalid, "element nested too deep");
  const auto root = element->root();
  if (root.is(ns::tls, "starttls"))
    return on_starttls(received.followed);
  if (root.namespace_uri() == ns::dialback)
    return on_dialback(root);
  if (root.namespace_uri() == ns::sasl)
    return on_sasl(root, received.followed);
  if (asks_for_bidi(root.namespace_uri(), root.local_name()))
    return on_bidi(root);
  if (root.is(ns::streams, "error"))
    return end(
      {}, {stream_error::none, failure::stream_refused, read_error(root, ns::stream_errors).str()});
  // Some initiating servers send features as well.
  if (root.is(ns::streams, "features") ? unknown_.ignore() : unknown_.ignore(root.namespace_uri()))
    return {};
  return fail(stream_error::unsupported_stanza_type, failure::stream_invalid,
              "unknown element " + std::string{root.short_name()});
}

stream_actions incoming_stream::on_excess(const excess_received& element) {
  if (phase_ == phase::closed)
    return {};
  const bool expected = !awaits_header(phase_) && phase_ != phase::await_tls;
  const bool features = element.namespace_uri == ns::streams && element.local_name == "features";
  if (expected && !asks_for_bidi(element.namespace_uri, element.local_name)
      && (features ? unknown_.ignore() : unknown_.ignore(element.namespace_uri)))
    return {};
  return fail(stream_error::policy_violation, failure::stream_invalid, describe(element));
}

/// ejabberd 24.10 to 26.04 request it in the namespace of the feature (processone/ejabberd #4300).
bool incoming_stream::asks_for_bidi(std::string_view namespace_uri,
                                    std::string_view local_name) const {
  return opts_.bidi && local_name == "bidi"
         && (namespace_uri == ns::bidi || namespace_uri == ns::bidi_feature);
}

stream_actions incoming_stream::on_starttls(bool followed) {
  const bool dialback_begun = !grants_.empty() || !pending_.empty();
  if (!offers_starttls() || dialback_begun) // RFC 6120 §5.4.2.2
    return end(std::string{tls_failure},
               {stream_error::none, failure::stream_invalid,
                opts_.security == stream_security::no_tls
                  ? "the peer asks for STARTTLS, but the security mode here is no-tls"
                  : "STARTTLS is not offered here"});
  if (followed)
    return fail(stream_error::policy_violation, failure::stream_invalid,
                "octets after <starttls/>");
  phase_ = phase::await_tls;
  return actions_of(send_xml{std::string{tls_proceed}}, start_tls{});
}

stream_actions incoming_stream::on_tls_established() {
  if (phase_ != phase::await_tls)
    return unexpected("TLS");
  phase_ = phase::await_secure_header;
  secured_ = true;
  stream_id_ = make_stream_id();
  // RFC 6120 §5.4.3.3: information from the clear-text stream must be forgotten.
  bidi_ = false;
  peer_ = {};
  from_ = {};
  to_ = {};
  return actions_of(restart_stream{});
}

stream_actions incoming_stream::on_bidi(const stream_element::node& element) {
  if (!bidi_possible())
    return {};
  bidi_ = true;
  const auto limits = read_stream_limits(element);
  return limits == stream_limits{} ? stream_actions{} : actions_of(peer_limits{limits});
}

// ---- dialback ----------------------------------------------------------------------------------

stream_actions incoming_stream::on_dialback(const stream_element::node& element) {
  const auto reading = read_dialback(element);
  if (reading.fault != stream_error::none)
    return fail(reading.fault, failure::stream_invalid, reading.reason);
  if (!dialback_possible())
    return fail(stream_error::policy_violation, failure::stream_invalid,
                "TLS is required before dialback");
  switch (reading.element.step) {
  case dialback_step::key:
    return on_key(reading.element);
  case dialback_step::verify_request:
    return on_verify_request(reading.element);
  default:
    return unexpected("dialback answer");
  }
}

std::optional<proof_method>
incoming_stream::proof_without_question(const domain_name& sender) const {
  if (policy_.trusted(sender))
    return proof_method::configuration;
  if (secured_ && policy_.proof(sender).proven)
    return proof_method::certificate;
  return std::nullopt;
}

stream_actions incoming_stream::on_key(const dialback_element& element) {
  const auto pair = element.pair();
  auto out = actions_of(element.seen(false));
  if (!policy_.serves(pair.to)) {
    answer_error(element, "item-not-found", "", out);
  } else if (const auto why = policy_.admits(pair); why != failure::none) {
    denied_ = why;
    answer_error(element, "policy-violation", describe(why), out);
    out.emplace_back(pair_denied{pair, why});
  } else if (authorised(pair)) {
    answer(element, dialback_outcome::valid, {}, out);
  } else if (element.key.size() > max_dialback_key) {
    answer_error(element, "policy-violation", "dialback key too long", out);
  } else if (pending_.contains(pair)) {
    return out;
  } else if (grants_.size() + pending_.size() >= max_authorised_pairs) {
    answer_error(element, "resource-constraint", "too many domain pairs on this stream", out);
  } else if (const auto how = proof_without_question(pair.from)) {
    answer(element, dialback_outcome::valid, {}, out);
    authorise(pair, *how, out);
  } else if (!policy_.dialback_enough(pair.from)) {
    answer_error(element, "policy-violation", "dialback alone does not prove this domain here",
                 out);
  } else if (pending_.size() >= max_pending_pairs) {
    answer_error(element, "resource-constraint", "too many keys under verification", out);
  } else {
    pending_.emplace(pair, element);
    out.emplace_back(verify_key{pair, stream_id_, element.key});
  }
  return out;
}

stream_actions incoming_stream::on_verified(const domain_pair& pair, const std::string& stream_id,
                                            dialback_outcome outcome, failure why,
                                            std::string_view detail) {
  if (phase_ == phase::closed || stream_id != stream_id_)
    return {};
  const auto found = pending_.extract(pair);
  if (!found)
    return {};
  const auto& question = found.mapped();
  stream_actions out;
  if (outcome == dialback_outcome::valid) {
    answer(question, outcome, {}, out);
    authorise(pair, proof_method::dialback, out);
    return out;
  }
  const bool invalid = outcome == dialback_outcome::invalid;
  if (invalid && grants_.empty() && pending_.empty()) {
    const auto refusal = question.answer(outcome);
    out.emplace_back(refusal.seen(true));
    append(out, end(dialback_xml(refusal),
                    {stream_error::none, failure::dialback_refused, std::string{detail}}));
    return out;
  }
  answer(question, dialback_outcome::error,
         verification_error(invalid ? failure::dialback_refused : why), out);
  return out;
}

stream_actions incoming_stream::on_verify_request(const dialback_element& element) {
  const auto pair = element.pair();
  auto out = actions_of(element.seen(false));
  if (!policy_.authoritative(pair.from)) {
    answer_error(element, "item-not-found", "", out);
  } else if (const auto why = policy_.admits({pair.to, pair.from}); why != failure::none) {
    answer_error(element, "policy-violation", describe(why), out);
  } else {
    asked_ = true;
    const bool valid = keys_->check(pair, element.id, element.key);
    answer(element, valid ? dialback_outcome::valid : dialback_outcome::invalid, {}, out);
  }
  return out;
}

// ---- the end -----------------------------------------------------------------------------------

stream_actions incoming_stream::on_stream_end() {
  return close(grants_.empty() ? denied_ : failure::none);
}

stream_actions incoming_stream::unexpected(std::string_view what) {
  if (phase_ == phase::closed)
    return {};
  std::string detail{what};
  detail.append(" is not expected in phase ").append(to_string(phase_));
  return fail(stream_error::policy_violation, failure::stream_invalid, detail);
}

stream_actions incoming_stream::fail(stream_error error, failure why, std::string_view detail,
                                     std::string_view application) {
  std::string last_words;
  if (error != stream_error::none)
    last_words = stream_error_xml(error, detail, application);
  return end(std::move(last_words), {error, why, std::string{detail}});
}

stream_actions incoming_stream::close(failure why) {
  return end({}, {stream_error::none, why, {}});
}

stream_actions incoming_stream::end(std::string last_words, close_stream how) {
  if (phase_ == phase::closed)
    return {};
  const auto before = std::exchange(phase_, phase::closed);
  stream_actions out;
  const bool header_due = awaits_header(before);
  if (header_due && !last_words.empty())
    last_words.insert(0, header(opts_.fallback_from.wire(), {}, true));
  // If nothing was sent, there is no stream to end. During the TLS handshake no stream exists.
  if (before != phase::await_tls && !(header_due && last_words.empty()))
    out.emplace_back(send_xml{last_words.append(stream_footer)});
  out.emplace_back(std::move(how));
  return out;
}

std::string_view to_string(incoming_stream::phase phase) {
  using enum incoming_stream::phase;
  switch (phase) {
  case await_header:
    return "await-header";
  case negotiating:
    return "negotiating";
  case await_tls:
    return "await-tls";
  case await_secure_header:
    return "await-secure-header";
  case secured:
    return "secured";
  case await_authenticated_header:
    return "await-authenticated-header";
  case authenticated:
    return "authenticated";
  case closed:
    return "closed";
  }
  return "invalid-phase";
}

} // namespace fedhub
