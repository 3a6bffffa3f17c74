#include "protocol/stream/outgoing_stream.hpp"

#include "protocol/events/dialback_outcome.hpp"
#include "protocol/events/dialback_step.hpp"
#include "protocol/text/namespaces.hpp"
#include "protocol/xml/error_report.hpp"

namespace fedhub {

namespace {

/// Returns the phase after the header that `phase` awaits; nothing if it awaits none.
std::optional<outgoing_stream::phase> features_after(outgoing_stream::phase phase) {
  using enum outgoing_stream::phase;
  switch (phase) {
  case await_header:
    return await_features;
  case await_secure_header:
    return await_secure_features;
  case await_authenticated_header:
    return await_authenticated_features;
  default:
    return std::nullopt;
  }
}

} // namespace

outgoing_stream::outgoing_stream(options opts, const dialback_keys& keys)
  : opts_(std::move(opts)), keys_(&keys), secured_(opts_.direct_tls), dialback_(keys) {}

stream_actions outgoing_stream::start() {
  if (phase_ != phase::idle)
    return unexpected("second start");
  phase_ = secured_ ? phase::await_secure_header : phase::await_header;
  return send_header();
}

stream_actions outgoing_stream::send_header() {
  header_to_send header;
  header.from = opts_.sender.wire();
  header.to = opts_.target.wire();
  return actions_of(send_xml{make_stream_header(header)});
}

// ---- header and features -----------------------------------------------------------------------

stream_actions outgoing_stream::on_header(const stream_header& header) {
  const auto next = features_after(phase_);
  if (!next)
    return unexpected("stream header");
  if (!header.stream_namespace || header.content_namespace != ns::server)
    return fail(stream_error::invalid_namespace, failure::stream_invalid,
                "the namespaces of the peer's header are not those of an S2S stream");
  // RFC 6120 §4.7.5: the answer's version is not higher than the version sent.
  if (header.bad_version || header.version_major > 1)
    return fail(stream_error::unsupported_version, failure::stream_invalid,
                "the peer answered with an unsupported version");
  if (header.id.empty())
    return fail(stream_error::bad_format, failure::stream_invalid, "the peer's header has no id");
  stream_id_ = header.id;
  header_declares_dialback_ = header.declares_dialback;
  features_offer_dialback_ = false;
  if (header.xmpp_1()) {
    phase_ = *next;
    return {};
  }
  if (opts_.security == stream_security::tls_required && !secured_)
    return fail(stream_error::policy_violation, failure::tls_not_offered,
                "the peer uses XMPP before 1.0, which has no STARTTLS");
  return begin_dialback();
}

stream_actions outgoing_stream::on_any_features(const stream_features& features) {
  switch (phase_) {
  case phase::await_features:
    return on_features(features);
  case phase::await_secure_features:
    return on_secure_features(features);
  case phase::await_authenticated_features:
    return on_authenticated_features(features);
  case phase::ready: // a peer may send features again: RFC 6120 §4.3.2
    return report_limits(features.limits);
  default:
    return unexpected("features");
  }
}

stream_actions outgoing_stream::on_features(const stream_features& features) {
  using enum stream_features::starttls_offer;
  if (features.starttls != none && opts_.security != stream_security::no_tls) {
    phase_ = phase::await_proceed;
    return actions_of(send_xml{"<starttls xmlns='" + std::string{ns::tls} + "'/>"});
  }
  if (opts_.security == stream_security::tls_required)
    return fail(stream_error::policy_violation, failure::tls_not_offered,
                "the peer's features do not offer STARTTLS");
  if (features.starttls == required)
    return fail(stream_error::policy_violation, failure::tls_refused,
                "the peer requires STARTTLS, but the security mode here is no-tls");
  return on_secure_features(features);
}

stream_actions outgoing_stream::on_secure_features(const stream_features& features) {
  if (secured_ && features.starttls != stream_features::starttls_offer::none)
    return fail(stream_error::policy_violation, failure::stream_invalid,
                "the peer offers STARTTLS on a stream that uses TLS already"); // RFC 6120 §5.4.3.3
  auto out = take_note(features);
  if (opts_.bidi && features.bidi)
    append(out, ask_for_bidi());
  append(out,
         opts_.external && secured_ && features.external ? begin_external() : begin_dialback());
  return out;
}

stream_actions outgoing_stream::on_authenticated_features(const stream_features& features) {
  auto out = take_note(features);
  management_offered_ = features.management;
  dialback_.prove({opts_.sender, opts_.target});
  append(out, become_ready());
  return out;
}

stream_actions outgoing_stream::take_note(const stream_features& features) {
  features_offer_dialback_ = features.dialback;
  dialback_errors_ = features.dialback_errors;
  return report_limits(features.limits);
}

stream_actions outgoing_stream::report_limits(const stream_limits& limits) {
  if (limits == stream_limits{} || limits == limits_)
    return {};
  limits_ = limits;
  return actions_of(peer_limits{limits});
}

stream_actions outgoing_stream::begin_dialback() {
  if (dialback_offered())
    return become_ready();
  if (!external_refusal_.empty())
    return fail(stream_error::none, failure::external_refused, external_refusal_);
  return fail(stream_error::none, failure::dialback_not_offered,
              "neither the peer's features nor its header offer dialback");
}

stream_actions outgoing_stream::become_ready() {
  phase_ = phase::ready;
  auto out = actions_of(stream_ready{});
  append(out, dialback_.begin(stream_id_, dialback_offered()));
  return out;
}

stream_actions outgoing_stream::ask_for_bidi() {
  bidi_ = true;
  const auto limits = stream_limits_xml(opts_.limits);
  const auto start = "<bidi xmlns='" + std::string{ns::bidi};
  return actions_of(send_xml{limits.empty() ? start + "'/>" : start + "'>" + limits + "</bidi>"});
}

// ---- elements ----------------------------------------------------------------------------------

stream_actions outgoing_stream::on_element(const element_received& received) {
  if (phase_ == phase::closed)
    return {};
  const auto element = stream_element::parse(received.xml, received.outer);
  if (!element)
    return fail(stream_error::policy_violation, failure::stream_invalid, "element nested too deep");
  const auto root = element->root();
  if (root.is(ns::streams, "error"))
    return on_peer_error(root);
  if (root.is(ns::streams, "features"))
    return on_any_features(read_stream_features(root));
  if (unknown_.ignore(root.namespace_uri()))
    return {};
  switch (phase_) {
  case phase::await_proceed:
    return on_starttls_answer(root, received.followed);
  case phase::await_sasl:
    return on_sasl(root, received.followed);
  case phase::ready:
    if (root.namespace_uri() == ns::dialback)
      return on_dialback(root);
    return fail(stream_error::unsupported_stanza_type, failure::stream_invalid,
                "unknown element " + std::string{root.short_name()});
  default:
    return unexpected(root.short_name());
  }
}

stream_actions outgoing_stream::on_excess(const excess_received& element) {
  if (phase_ == phase::closed || unknown_.ignore(element.namespace_uri))
    return {};
  return fail(stream_error::policy_violation, failure::stream_invalid, describe(element));
}

stream_actions outgoing_stream::on_dialback(const stream_element::node& element) {
  const auto reading = read_dialback(element);
  if (reading.fault != stream_error::none)
    return fail(reading.fault, failure::stream_invalid, reading.reason);
  switch (reading.element.step) {
  case dialback_step::result: {
    auto out = dialback_.on_result(reading.element);
    if (!out.empty())
      external_refusal_.clear(); // the peer accepts dialback instead
    return out;
  }
  case dialback_step::verify_response:
    return dialback_.on_verify_response(reading.element);
  case dialback_step::key:
    return bidi_ ? on_reverse_key(reading.element) : unexpected("dialback key");
  case dialback_step::verify_request:
    return bidi_ ? on_reverse_verify_request(reading.element) : unexpected("dialback question");
  }
  return {};
}

stream_actions outgoing_stream::on_reverse_key(const dialback_element& element) {
  auto out = actions_of(element.seen(false));
  if (takes(element.pair()))
    answer(element, dialback_outcome::valid, {}, out);
  else
    answer(element, dialback_outcome::error,
           {"policy-violation", "this direction needs a stream of its own"}, out);
  return out;
}

stream_actions outgoing_stream::on_reverse_verify_request(const dialback_element& element) {
  auto out = actions_of(element.seen(false));
  const bool valid = keys_->check(element.pair(), element.id, element.key);
  answer(element, valid ? dialback_outcome::valid : dialback_outcome::invalid, {}, out);
  return out;
}

stream_actions outgoing_stream::on_peer_error(const stream_element::node& error) {
  auto out = end_by_peer(failure::stream_refused, read_error(error, ns::stream_errors).str());
  if (const auto other = error.child(ns::stream_errors, to_string(stream_error::see_other_host)))
    std::get<close_stream>(out.back()).redirect = other->text();
  if (error.child(ns::stream_errors, to_string(stream_error::host_unknown)))
    std::get<close_stream>(out.back()).unknown_host = true;
  return out;
}

// ---- requests of the owner ---------------------------------------------------------------------

stream_actions outgoing_stream::authenticate(const domain_pair& pair) {
  return phase_ == phase::closed ? stream_actions{} : dialback_.authenticate(pair);
}

stream_actions outgoing_stream::verify(const verify_key& request) {
  return phase_ == phase::closed ? stream_actions{} : dialback_.verify(request);
}

stream_actions outgoing_stream::forget(const verify_key& request) {
  return phase_ == phase::closed ? stream_actions{} : dialback_.forget(request);
}

bool outgoing_stream::forget(const domain_pair& pair) {
  return phase_ != phase::closed && dialback_.forget(pair);
}

bool outgoing_stream::authorised(const domain_pair& pair) const {
  return phase_ == phase::ready && dialback_.authorised(pair);
}

bool outgoing_stream::takes(const domain_pair& pair) const {
  return bidi_ && authorised({pair.to, pair.from});
}

revocation outgoing_stream::on_rules(stream_security security) {
  opts_.security = security;
  // Before `ready`, `opts_.security` is applied to the peer's features.
  if (phase_ == phase::ready && !secured_ && security == stream_security::tls_required)
    return {failure::tls_not_offered, "TLS is required now"};
  return {};
}

// ---- the end -----------------------------------------------------------------------------------

stream_actions outgoing_stream::on_stanza() {
  if (phase_ == phase::closed)
    return {};
  if (bidi_ && !dialback_.none_authorised())
    return fail(stream_error::invalid_from, failure::stream_invalid,
                "stanza for a domain pair whose reverse is not authorised");
  return fail(stream_error::not_authorized, failure::stream_invalid,
              "stanza on a stream on which only the hub may send");
}

stream_actions outgoing_stream::on_stream_end() {
  return end_by_peer(failure::stream_closed, "the peer ended the stream");
}

stream_actions outgoing_stream::end_by_peer(failure why, std::string_view detail) {
  const auto end = meaning_of_end(why, detail);
  auto out = fail(end.error, end.why, end.detail);
  if (end.external_unanswered)
    std::get<close_stream>(out.back()).external_unanswered = true;
  return out;
}

close_stream outgoing_stream::meaning_of_end(failure why, std::string_view detail) const {
  if (phase_ == phase::await_sasl)
    return {.why = why,
            .detail = "no answer to EXTERNAL; " + std::string{detail},
            .external_unanswered = true};
  if (external_refusal_.empty() || !dialback_.none_authorised())
    return {stream_error::none, why, std::string{detail}};
  return {stream_error::none, failure::external_refused,
          external_refusal_ + "; then " + std::string{detail}};
}

stream_actions outgoing_stream::unexpected(std::string_view what) {
  if (phase_ == phase::closed)
    return {};
  std::string detail{what};
  detail.append(" is not expected in phase ").append(to_string(phase_));
  return fail(stream_error::policy_violation, failure::stream_invalid, detail);
}

stream_actions outgoing_stream::fail(stream_error error, failure why, std::string_view detail,
                                     std::string_view application) {
  if (phase_ == phase::closed)
    return {};
  // Between `<proceed/>` and the end of the handshake no XML stream exists on which to send.
  const bool can_say = phase_ != phase::idle && phase_ != phase::await_tls;
  phase_ = phase::closed;
  stream_actions out;
  if (can_say) {
    std::string last_words;
    if (error != stream_error::none)
      last_words = stream_error_xml(error, detail, application);
    out.emplace_back(send_xml{last_words.append(stream_footer)});
  }
  out.emplace_back(close_stream{error, why, std::string{detail}});
  return out;
}

stream_actions outgoing_stream::close(failure why) { return fail(stream_error::none, why, {}); }

std::string_view to_string(outgoing_stream::phase phase) {
  using enum outgoing_stream::phase;
  switch (phase) {
  case idle:
    return "idle";
  case await_header:
    return "await-header";
  case await_features:
    return "await-features";
  case await_proceed:
    return "await-proceed";
  case await_tls:
    return "await-tls";
  case await_secure_header:
    return "await-secure-header";
  case await_secure_features:
    return "await-secure-features";
  case await_sasl:
    return "await-sasl";
  case await_authenticated_header:
    return "await-authenticated-header";
  case await_authenticated_features:
    return "await-authenticated-features";
  case ready:
    return "ready";
  case closed:
    return "closed";
  }
  return "invalid-phase";
}

} // namespace fedhub
