// The incoming machine: SASL EXTERNAL.
#include "protocol/stream/incoming_stream.hpp"

namespace fedhub {

external_context incoming_stream::sasl_context() const {
  external_context context{.secured = secured_, .from = from_};
  if (!secured_ || from_.empty())
    return context;
  const auto why = to_.empty() ? failure::none : policy_.admits({from_, to_});
  if (why != failure::none)
    context.proof.detail = describe(why);
  else
    context.proof = policy_.proof(from_);
  return context;
}

stream_actions incoming_stream::on_sasl(const stream_element::node& element, bool followed) {
  if (phase_ == phase::authenticated)
    return unexpected("SASL");
  const auto decision = sasl_.decide(element, sasl_context());
  if (!decision)
    return unexpected("SASL answer");
  auto out = actions_of(sasl_seen{.step = *sasl_step_of(element)});
  if (sasl_.exhausted()) {
    append(out,
           fail(stream_error::policy_violation, failure::stream_invalid, "too many SASL attempts"));
    return out;
  }
  const bool success = decision->is == external_decision::outcome::success;
  if (success && followed) {
    append(out, fail(stream_error::policy_violation, failure::stream_invalid,
                     "octets after the last element of SASL"));
    return out;
  }
  out.emplace_back(send_xml{external_decision_xml(*decision)});
  out.emplace_back(
    sasl_seen{true, step_of(*decision), decision->why, std::string{decision->detail}});
  if (success) {
    phase_ = phase::await_authenticated_header;
    stream_id_ = make_stream_id();
    pending_.clear();
    out.emplace_back(restart_stream{.after_sasl = true});
  }
  return out;
}

} // namespace fedhub
