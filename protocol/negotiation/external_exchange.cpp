#include "protocol/negotiation/external_exchange.hpp"

#include "protocol/xml/stream_element.hpp"

namespace fedhub {

std::optional<external_decision> external_receiver::decide(const stream_element::node& element,
                                                           const external_context& context) {
  const bool challenged = std::exchange(challenged_, false);
  external_decision decision;
  switch (sasl_step_of(element).value_or(sasl_step::failure)) {
  case sasl_step::auth:
    if (challenged)
      ++failures_;
    decision = decide_on_auth(element, context);
    break;
  case sasl_step::response:
    decision = challenged ? decide_on_response(element, context)
                          : external_decision{.why = sasl_failure::malformed_request,
                                              .detail = "a response without a challenge"};
    break;
  case sasl_step::abort:
    decision = decide_on_abort();
    break;
  default:
    return std::nullopt;
  }
  challenged_ = decision.is == external_decision::outcome::challenge;
  if (decision.is == external_decision::outcome::failure)
    ++failures_;
  return decision;
}

external_initiator::reaction external_initiator::on(const stream_element::node& element) {
  using kind = external_answer::kind;
  auto answer = read_external_answer(element);
  switch (answer.is) {
  case kind::success:
    if (step_ == step::giving_up)
      return {};
    return {.is = outcome::success, .answer = std::move(answer)};
  case kind::failure:
    return {.is = outcome::failure, .answer = std::move(answer)};
  case kind::challenge:
    if (step_ != step::asked)
      break;
    step_ = step::responded;
    return {outcome::pending, sasl_step::response, external_response_xml(authzid_),
            std::move(answer)};
  case kind::other:
    break;
  }
  if (sasl_step_of(element) != sasl_step::challenge || step_ == step::giving_up)
    return {};
  step_ = step::giving_up;
  return {outcome::pending, sasl_step::abort, sasl_abort_xml(), std::move(answer)};
}

} // namespace fedhub
