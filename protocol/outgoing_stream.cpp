#include "protocol/outgoing_stream.hpp"

namespace fedhub {

outgoing_stream::outgoing_stream(options opts, const dialback_keys& keys)
  : opts_(std::move(opts)), keys_(&keys) {}

stream_actions outgoing_stream::start() {
  if (phase_ != phase::idle)
    return unexpected("second start");
  phase_ = phase::await_header;
  return send_header();
}

stream_actions outgoing_stream::send_header() {
  header_to_send x;
  x.from = opts_.sender.str();
  x.to = opts_.target.str();
  return actions_of(send_xml{make_stream_header(x)});
}

// ---- header and features -----------------------------------------------------------------------

stream_actions outgoing_stream::on_header(const stream_header& x) {
  if (phase_ != phase::await_header && phase_ != phase::await_secure_header)
    return unexpected("stream header");
  if (!x.stream_namespace || x.content_namespace != ns::server)
    return fail(stream_error::invalid_namespace, failure::stream_invalid,
                "the peer's header is not of an S2S stream");
  // RFC 6120 §4.7.5: the answer's version is not higher than the question's.
  if (x.bad_version || x.version_major > 1)
    return fail(stream_error::unsupported_version, failure::stream_invalid,
                "the peer answered with another version");
  if (x.id.empty())
    return fail(stream_error::bad_format, failure::stream_invalid, "the peer's header has no id");
  stream_id_ = x.id;
  header_declares_dialback_ = x.declares_dialback;
  if (x.xmpp_1()) {
    phase_ = phase_ == phase::await_header ? phase::await_features : phase::await_secure_features;
    return {};
  }
  if (opts_.security == stream_security::tls_required && !secured_)
    return fail(stream_error::policy_violation, failure::tls_not_offered,
                "the peer speaks XMPP from before STARTTLS");
  return begin_dialback(false);
}

stream_actions outgoing_stream::on_features(const stream_element::node& x) {
  const auto starttls = x.child(ns::tls, "starttls");
  if (starttls && opts_.security != stream_security::no_tls) {
    phase_ = phase::await_proceed;
    return actions_of(send_xml{"<starttls xmlns='" + std::string{ns::tls} + "'/>"});
  }
  if (opts_.security == stream_security::tls_required)
    return fail(stream_error::policy_violation, failure::tls_not_offered,
                "the peer's features are without STARTTLS");
  if (starttls && starttls->child(ns::tls, "required"))
    return fail(stream_error::policy_violation, failure::tls_refused,
                "the peer requires STARTTLS, the security mode here is no-tls");
  return on_secure_features(x);
}

stream_actions outgoing_stream::on_secure_features(const stream_element::node& x) {
  if (secured_ && x.child(ns::tls, "starttls"))
    return fail(stream_error::policy_violation, failure::stream_invalid,
                "the peer offers STARTTLS on TLS"); // RFC 6120 §5.4.3.3
  const auto dialback = x.child(ns::dialback_feature, "dialback");
  dialback_errors_ = dialback && dialback->child(ns::dialback_feature, "errors");
  return begin_dialback(dialback.has_value());
}

stream_actions outgoing_stream::begin_dialback(bool offered) {
  if (!offered && !header_declares_dialback_)
    return fail(stream_error::none, failure::dialback_not_offered,
                "neither the peer's features nor its header offer dialback");
  phase_ = phase::ready;
  auto out = actions_of(stream_ready{});
  for (const auto& x : std::exchange(queue_, {})) {
    if (const auto* pair = std::get_if<domain_pair>(&x))
      send_key(*pair, out);
    else
      send_verify(std::get<verify_key>(x), out);
  }
  return out;
}

// ---- TLS ---------------------------------------------------------------------------------------

stream_actions outgoing_stream::on_starttls_answer(const stream_element::node& x) {
  if (x.is(ns::tls, "proceed")) {
    phase_ = phase::await_tls;
    return actions_of(start_tls{});
  }
  if (x.is(ns::tls, "failure")) // the peer ends the stream with it: RFC 6120 §5.4.2.2
    return fail(stream_error::none, failure::tls_failed,
                "the peer answered STARTTLS with a failure");
  return unexpected(x.short_name());
}

stream_actions outgoing_stream::on_tls_established() {
  if (phase_ != phase::await_tls)
    return unexpected("TLS");
  phase_ = phase::await_secure_header;
  secured_ = true;
  // What was learnt in clear text does not count any more: RFC 6120 §5.4.3.3.
  stream_id_.clear();
  auto out = actions_of(restart_stream{});
  for (auto& x : send_header())
    out.push_back(std::move(x));
  return out;
}

// ---- elements ----------------------------------------------------------------------------------

stream_actions outgoing_stream::on_element(const element_received& x) {
  if (phase_ == phase::closed)
    return {};
  const auto element = stream_element::parse(x.xml, x.header);
  if (!element)
    return fail(stream_error::policy_violation, failure::stream_invalid, "element nested too deep");
  const auto root = element->root();
  const bool features = root.is(ns::streams, "features");
  if (root.is(ns::streams, "error"))
    return on_peer_error(root);
  switch (phase_) {
  case phase::await_features:
    return features ? on_features(root) : unexpected(root.short_name());
  case phase::await_secure_features:
    return features ? on_secure_features(root) : unexpected(root.short_name());
  case phase::await_proceed:
    return on_starttls_answer(root);
  case phase::ready:
    if (root.namespace_uri() == ns::dialback)
      return on_dialback(root);
    if (features) // a peer may tell them anew after each step: RFC 6120 §4.3.2
      return {};
    return fail(stream_error::unsupported_stanza_type, failure::stream_invalid,
                "unknown element " + std::string{root.short_name()});
  default:
    return unexpected(root.short_name());
  }
}

stream_actions outgoing_stream::on_dialback(const stream_element::node& x) {
  const auto reading = read_dialback(x);
  if (reading.fault != stream_error::none)
    return fail(reading.fault, failure::stream_invalid, reading.reason);
  switch (reading.element.step) {
  case dialback_step::result:
    return on_result(reading.element);
  case dialback_step::verify_response:
    return on_verify_response(reading.element);
  default:
    return unexpected("dialback request");
  }
}

stream_actions outgoing_stream::on_result(const dialback_element& x) {
  const auto pair = x.pair();
  if (keys_pending_.erase(pair) == 0)
    return {};
  auto out = actions_of(x.seen(false));
  if (x.outcome == dialback_outcome::valid) {
    authorised_.insert(pair);
    out.emplace_back(pair_authorised{pair});
  } else {
    const bool refused = x.outcome == dialback_outcome::invalid;
    out.emplace_back(pair_refused{
      pair, refused ? failure::dialback_refused : failure::dialback_error, x.error.str()});
  }
  return out;
}

stream_actions outgoing_stream::on_verify_response(const dialback_element& x) {
  if (questions_.erase({x.pair(), x.id}) == 0)
    return {};
  return actions_of(x.seen(false), key_answered{x.pair(), x.id, x.outcome, x.error.condition});
}

stream_actions outgoing_stream::on_peer_error(const stream_element::node& x) {
  return fail(stream_error::none, failure::stream_refused, read_error(x, ns::stream_errors).str());
}

// ---- what the owner wants ----------------------------------------------------------------------

stream_actions outgoing_stream::authenticate(const domain_pair& pair) {
  if (phase_ == phase::closed || authorised_.contains(pair) || !keys_pending_.insert(pair).second)
    return {};
  stream_actions out;
  if (phase_ == phase::ready)
    send_key(pair, out);
  else
    queue_.emplace_back(pair);
  return out;
}

stream_actions outgoing_stream::verify(const verify_key& x) {
  if (phase_ == phase::closed || !questions_.insert({x.pair, x.stream_id}).second)
    return {};
  stream_actions out;
  if (phase_ == phase::ready)
    send_verify(x, out);
  else
    queue_.emplace_back(x);
  return out;
}

void outgoing_stream::send_question(const dialback_element& x, stream_actions& out) const {
  out.emplace_back(send_xml{dialback_xml(x)});
  out.emplace_back(x.seen(true));
}

void outgoing_stream::send_key(const domain_pair& pair, stream_actions& out) const {
  dialback_element x;
  x.step = dialback_step::key;
  x.from = pair.from;
  x.to = pair.to;
  x.key = keys_->make(pair, stream_id_);
  send_question(x, out);
}

void outgoing_stream::send_verify(const verify_key& asked, stream_actions& out) const {
  dialback_element x;
  x.step = dialback_step::verify_request;
  x.from = asked.pair.to;
  x.to = asked.pair.from;
  x.id = asked.stream_id;
  x.key = asked.key;
  send_question(x, out);
}

bool outgoing_stream::authorised(const domain_pair& pair) const {
  return phase_ == phase::ready && authorised_.contains(pair);
}

// ---- the end -----------------------------------------------------------------------------------

stream_actions outgoing_stream::on_stanza() {
  if (phase_ == phase::closed)
    return {};
  return fail(stream_error::not_authorized, failure::stream_invalid,
              "stanza on a stream of the other direction");
}

stream_actions outgoing_stream::on_stream_end() {
  return fail(stream_error::none, failure::stream_closed, "the peer ended the stream");
}

stream_actions outgoing_stream::unexpected(std::string_view what) {
  if (phase_ == phase::closed)
    return {};
  std::string detail{what};
  detail.append(" is not expected in phase ").append(to_string(phase_));
  return fail(stream_error::policy_violation, failure::stream_invalid, detail);
}

stream_actions outgoing_stream::fail(stream_error error, failure why, std::string_view detail) {
  if (phase_ == phase::closed)
    return {};
  // Between `<proceed/>` and the end of the handshake there is no XML stream to say anything on.
  const bool can_say = phase_ != phase::idle && phase_ != phase::await_tls;
  phase_ = phase::closed;
  stream_actions out;
  if (can_say) {
    std::string last_words;
    if (error != stream_error::none)
      last_words = stream_error_xml(error, detail);
    out.emplace_back(send_xml{last_words.append(stream_footer)});
  }
  out.emplace_back(close_stream{error, why, std::string{detail}});
  return out;
}

stream_actions outgoing_stream::close(failure why) { return fail(stream_error::none, why, {}); }

std::string_view to_string(outgoing_stream::phase x) {
  using enum outgoing_stream::phase;
  switch (x) {
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
  case ready:
    return "ready";
  case closed:
    return "closed";
  }
  return "invalid-phase";
}

} // namespace fedhub
