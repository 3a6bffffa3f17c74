// The outgoing machine: STARTTLS and SASL EXTERNAL.
#include "protocol/stream/outgoing_stream.hpp"

#include "protocol/events/sasl_step.hpp"
#include "protocol/text/namespaces.hpp"

namespace fedhub {

// ---- TLS ---------------------------------------------------------------------------------------

stream_actions outgoing_stream::on_starttls_answer(const stream_element::node& element,
                                                   bool followed) {
  if (element.is(ns::tls, "proceed")) {
    if (followed)
      return fail(stream_error::policy_violation, failure::stream_invalid,
                  "octets after <proceed/>");
    phase_ = phase::await_tls;
    return actions_of(start_tls{});
  }
  if (element.is(ns::tls, "failure")) // the peer ends the stream with it: RFC 6120 §5.4.2.2
    return fail(stream_error::none, failure::tls_failed,
                "the peer answered STARTTLS with a failure");
  return unexpected(element.short_name());
}

stream_actions outgoing_stream::on_tls_established() {
  if (phase_ != phase::await_tls)
    return unexpected("TLS");
  phase_ = phase::await_secure_header;
  secured_ = true;
  return restart({});
}

stream_actions outgoing_stream::restart(restart_stream how) {
  stream_id_.clear(); // information from the previous stream is forgotten: RFC 6120 §5.4.3.3
  auto out = actions_of(how);
  append(out, send_header());
  return out;
}

// ---- SASL --------------------------------------------------------------------------------------

stream_actions outgoing_stream::begin_external() {
  phase_ = phase::await_sasl;
  sasl_.emplace(opts_.sender);
  return actions_of(send_xml{sasl_->begin()}, sasl_seen{.sent = true, .step = sasl_step::auth});
}

stream_actions outgoing_stream::on_sasl(const stream_element::node& element, bool followed) {
  using outcome = external_initiator::outcome;
  auto heard = sasl_->on(element);
  if (heard.is == outcome::invalid)
    return unexpected(element.short_name());
  auto out = actions_of(
    sasl_seen{false, *sasl_step_of(element), heard.answer.why, heard.answer.report.str()});
  switch (heard.is) {
  case outcome::pending:
    out.emplace_back(send_xml{std::move(heard.xml)});
    out.emplace_back(sasl_seen{.sent = true, .step = heard.step});
    break;
  case outcome::success:
    if (followed) {
      append(out, fail(stream_error::policy_violation, failure::stream_invalid,
                       "octets after the SASL success"));
      break;
    }
    phase_ = phase::await_authenticated_header;
    append(out, restart({.after_sasl = true}));
    break;
  default:
    external_refusal_ = heard.answer.report.str();
    if (external_refusal_.empty())
      external_refusal_ = to_string(heard.answer.why);
    append(out, begin_dialback());
  }
  return out;
}

} // namespace fedhub
