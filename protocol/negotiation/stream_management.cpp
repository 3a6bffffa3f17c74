#include "protocol/negotiation/stream_management.hpp"

#include <algorithm>
#include <array>

namespace fedhub {

namespace {

using kind = management_element::kind;
using time_point = stream_management::time_point;

constexpr uint32_t half = uint32_t{1} << 31;

template <class... Ts>
management_actions management_actions_of(Ts&&... xs) {
  management_actions all;
  all.reserve(sizeof...(xs));
  (all.emplace_back(std::forward<Ts>(xs)), ...);
  return all;
}

send_xml send(const management_element& element) { return {management_xml(element)}; }

send_xml failed(std::string_view condition, std::optional<uint32_t> h = {}) {
  return send({.is = kind::failed, .h = h, .condition = std::string{condition}});
}

uint32_t low(uint64_t count) { return static_cast<uint32_t>(count); }

} // namespace

// ---- negotiation -------------------------------------------------------------------------------

management_actions stream_management::start(time_point now,
                                            std::optional<management_session> former) {
  management_actions out;
  if (phase_ != phase::off || opts_.side != role::initiating)
    return out;
  waiting_since_ = now;
  if (!former) {
    enable(now, out);
    return out;
  }
  former_ = std::move(*former);
  phase_ = phase::resuming;
  out.emplace_back(send({.is = kind::resume, .id = former_.id, .h = former_.handled}));
  return out;
}

void stream_management::enable(time_point now, management_actions& out) {
  phase_ = phase::asked;
  waiting_since_ = now;
  out.emplace_back(send({.is = kind::enable, .resume = opts_.wants_resumption}));
  out.emplace_back(hold_written{});
}

void stream_management::enter_on(time_point now, management_actions& out) {
  phase_ = phase::on;
  waiting_since_.reset();
  asked_at_ = heard_at_ = now;
  out.emplace_back(management_enabled{resumable_});
}

management_actions stream_management::on_enable(const management_element& element, time_point now) {
  if (opts_.side != role::receiving)
    return out_of_place(element.is);
  if (phase_ != phase::off)
    return break_off({.fault = management_fault::misuse,
                      .error = stream_error::policy_violation,
                      .detail = "stream management is enabled already"});
  if (!permitted_)
    return refuse("unexpected-request");
  management_element answer{.is = kind::enabled};
  resumable_ = element.resume && !opts_.resume_id.empty();
  if (resumable_) {
    former_ = {.id = opts_.resume_id, .max = opts_.resume_max};
    answer.id = opts_.resume_id;
    answer.resume = true;
    answer.max = opts_.resume_max;
  }
  auto out = management_actions_of(send(answer), hold_written{});
  enter_on(now, out);
  return out;
}

management_actions stream_management::on_enabled(const management_element& element,
                                                 time_point now) {
  if (phase_ != phase::asked)
    return out_of_place(element.is);
  // Prosody 0.12 says that the stream can be resumed, but gives no id.
  resumable_ = opts_.wants_resumption && element.resume && !element.id.empty();
  former_ = {};
  if (resumable_)
    former_ = {.id = element.id,
               .location = element.location,
               .max = element.max.value_or(std::chrono::seconds{0})};
  management_actions out;
  enter_on(now, out);
  if (unacknowledged() > 0) {
    ask(sent_, now);
    out.emplace_back(send_ahead{request_xml()});
  }
  return out;
}

management_actions stream_management::on_failed(const management_element& element, time_point now) {
  management_actions out;
  if (phase_ == phase::asked) {
    phase_ = phase::off;
    waiting_since_.reset();
    sent_ = acknowledged_ = 0;
    out.emplace_back(stop_holding{element.condition});
  } else if (phase_ == phase::resuming) {
    // With an invalid `h` the stanzas are not lost: none of them counts as acknowledged.
    const auto more = element.h ? *element.h - former_.acknowledged : 0;
    out.emplace_back(session_settled{more <= former_.unacknowledged ? more : 0, false});
    former_ = {};
    enable(now, out);
  } else {
    return out_of_place(element.is);
  }
  return out;
}

// ---- resumption --------------------------------------------------------------------------------

void stream_management::take_up(const management_session& former, uint32_t h) {
  handled_ = former.handled;
  sent_ = acknowledged_ = asked_for_ = h;
  resumable_ = true;
}

management_actions stream_management::on_resumed(const management_element& element,
                                                 time_point now) {
  if (phase_ != phase::resuming)
    return out_of_place(element.is);
  if (!element.h || element.id != former_.id)
    return break_off({.fault = management_fault::misuse,
                      .error = stream_error::invalid_xml,
                      .detail = "<resumed/> without a count, or for another session"});
  const auto more = *element.h - former_.acknowledged;
  if (more > former_.unacknowledged)
    return too_high(*element.h, former_.acknowledged + former_.unacknowledged);
  take_up(former_, *element.h);
  auto out = management_actions_of(session_settled{more, true}, hold_written{});
  enter_on(now, out);
  return out;
}

management_actions stream_management::on_resume(const management_element& element) {
  if (opts_.side != role::receiving)
    return out_of_place(element.is);
  if (phase_ != phase::off)
    return break_off({.fault = management_fault::misuse,
                      .error = stream_error::policy_violation,
                      .detail = "too late for a resumption"});
  if (!permitted_)
    return refuse("unexpected-request");
  if (opts_.resume_id.empty())
    return refuse("feature-not-implemented");
  if (element.id.empty() || !element.h)
    return refuse("bad-request");
  phase_ = phase::deciding;
  former_.id = element.id;
  asked_h_ = element.h;
  return management_actions_of(resume_asked{element.id});
}

management_actions stream_management::resume(const management_session& former, time_point now) {
  if (phase_ != phase::deciding)
    return {};
  const auto more = *asked_h_ - former.acknowledged;
  if (more > former.unacknowledged)
    return too_high(*asked_h_, former.acknowledged + former.unacknowledged);
  take_up(former, *asked_h_);
  former_ = former;
  auto out =
    management_actions_of(send({.is = kind::resumed, .id = former.id, .h = former.handled}),
                          session_settled{more, true}, hold_written{});
  enter_on(now, out);
  return out;
}

management_actions stream_management::refuse_resume(std::optional<uint32_t> handled) {
  if (phase_ != phase::deciding)
    return {};
  phase_ = phase::off;
  former_ = {};
  return refuse("item-not-found", handled);
}

std::optional<management_session> stream_management::session() const {
  if (phase_ == phase::broken)
    return left_;
  if (phase_ == phase::resuming)
    return former_;
  if (phase_ != phase::on || !resumable_)
    return std::nullopt;
  auto kept = former_;
  kept.handled = handled_;
  kept.acknowledged = low(acknowledged_);
  kept.unacknowledged = low(unacknowledged());
  return kept;
}

// ---- acknowledgement ---------------------------------------------------------------------------

management_actions stream_management::on_element(const stream_element::node& node, time_point now) {
  if (phase_ == phase::broken)
    return {};
  const auto element = read_management(node);
  switch (element.is) {
  case kind::enable:
    return on_enable(element, now);
  case kind::enabled:
    return on_enabled(element, now);
  case kind::failed:
    return on_failed(element, now);
  case kind::resume:
    return on_resume(element);
  case kind::resumed:
    return on_resumed(element, now);
  case kind::request:
    if (phase_ != phase::on)
      return out_of_place(element.is);
    heard(now);
    answer_due_ = true;
    return {};
  case kind::answer:
    return on_answer(element, now);
  case kind::none:
    break;
  }
  return break_off(
    {.fault = management_fault::misuse,
     .error = stream_error::unsupported_stanza_type,
     .detail = "unknown element of stream management: " + std::string{node.short_name()}});
}

void stream_management::handled(uint32_t stanzas, time_point now) {
  if (phase_ != phase::on)
    return;
  handled_ += stanzas;
  heard(now);
}

void stream_management::heard(time_point now) { heard_at_ = std::max(heard_at_, now); }

management_actions stream_management::on_answer(const management_element& element, time_point now) {
  if (phase_ != phase::on)
    return out_of_place(element.is);
  if (!element.h)
    return break_off({.fault = management_fault::misuse,
                      .error = stream_error::invalid_xml,
                      .detail = "an acknowledgement without a count"});
  heard(now);
  requests_ -= requests_ > 0 ? 1 : 0;
  const auto more = *element.h - low(acknowledged_);
  if (more > unacknowledged()) {
    const auto back = low(acknowledged_) - *element.h;
    if (back < half && back <= acknowledged_)
      return {};
    return too_high(*element.h, low(sent_));
  }
  acknowledged_ += more;
  if (unacknowledged() == 0)
    waiting_since_.reset();
  else if (more > 0)
    waiting_since_ = now;
  if (more == 0)
    return {};
  return management_actions_of(stanzas_acknowledged{more});
}

management_actions stream_management::written(uint32_t stanzas, uint64_t octets, time_point now) {
  management_actions out;
  if (stanzas == 0 || (phase_ != phase::on && phase_ != phase::asked))
    return out;
  sent_ += stanzas;
  unasked_octets_ += octets;
  if (phase_ != phase::on)
    return out;
  if (requests_ > 0 && !waiting_since_)
    waiting_since_ = now; // the pending request did not cover a written stanza before
  const auto unasked = sent_ > asked_for_ ? sent_ - asked_for_ : 0;
  if (unasked >= ask_after_stanzas || (unasked > 0 && unasked_octets_ >= ask_after_octets)) {
    ask(sent_, now);
    out.emplace_back(send_ahead{request_xml()});
  }
  return out;
}

bool stream_management::before_flush(size_t stanzas, time_point now) {
  if (phase_ != phase::on)
    return false;
  asked_for_ = std::min(asked_for_, sent_ + stanzas); // stanzas may have been taken back since
  if (requests_ > 0 || stanzas > few_stanzas
      || sent_ + stanzas <= std::max(asked_for_, acknowledged_))
    return false;
  ask(sent_ + stanzas, now);
  return true;
}

void stream_management::ask(uint64_t covered, time_point now) {
  asked_for_ = covered;
  unasked_octets_ = 0;
  ++requests_;
  asked_at_ = now;
  if (!waiting_since_)
    waiting_since_ = now;
}

std::string stream_management::take_answer() {
  if (!std::exchange(answer_due_, false) || phase_ != phase::on)
    return {};
  return management_xml({.is = kind::answer, .h = handled_});
}

std::string stream_management::request_xml() { return management_xml({.is = kind::request}); }

std::string stream_management::final_count_xml() const {
  return phase_ == phase::on ? management_xml({.is = kind::answer, .h = handled_}) : std::string{};
}

// ---- time --------------------------------------------------------------------------------------

time_point stream_management::next_deadline() const {
  auto result = waiting_since_ ? *waiting_since_ + opts_.acknowledge : time_point::max();
  if (phase_ != phase::on)
    return result;
  if (unacknowledged() > 0)
    result = std::min(result, asked_at_ + opts_.acknowledge / 4);
  return std::min(result, std::max(asked_at_, heard_at_) + opts_.keepalive);
}

management_actions stream_management::on_time(time_point now) {
  if (now < next_deadline())
    return {};
  if (waiting_since_ && now >= *waiting_since_ + opts_.acknowledge) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(opts_.acknowledge);
    return break_off({.fault = management_fault::timed_out,
                      .error = stream_error::connection_timeout,
                      .detail = "nothing acknowledged for " + std::to_string(seconds.count())
                                + " s, " + std::to_string(unacknowledged()) + " stanzas wait"});
  }
  ask(std::max(sent_, asked_for_), now);
  return management_actions_of(send_ahead{request_xml()});
}

// ---- faults ------------------------------------------------------------------------------------

management_actions stream_management::refuse(std::string_view condition,
                                             std::optional<uint32_t> h) {
  if (++refusals_ > most_refusals)
    return break_off({.fault = management_fault::misuse,
                      .error = stream_error::policy_violation,
                      .detail = "stream management was refused too often"});
  return management_actions_of(failed(condition, h));
}

management_actions stream_management::out_of_place(kind received) {
  const bool acknowledging = received == kind::request || received == kind::answer;
  if (acknowledging && opts_.side == role::receiving)
    return refuse("unexpected-request");
  return break_off({.fault = management_fault::misuse,
                    .error = stream_error::unsupported_stanza_type,
                    .detail = "stream management: <" + std::string{to_string(received)}
                              + "/> is not expected in phase " + std::string{to_string(phase_)}});
}

management_actions stream_management::too_high(uint32_t h, uint32_t sent) {
  return break_off(
    {.fault = management_fault::handled_count_too_high,
     .error = stream_error::undefined_condition,
     .detail = "acknowledged up to " + std::to_string(h) + ", sent up to " + std::to_string(sent),
     .application = handled_count_too_high_xml(h, sent)});
}

management_actions stream_management::break_off(management_broken why) {
  if (why.fault == management_fault::timed_out)
    left_ = session();
  phase_ = phase::broken;
  waiting_since_.reset();
  return management_actions_of(std::move(why));
}

std::string_view to_string(stream_management::phase phase) {
  constexpr std::array<std::string_view, 6> names{"off",      "asked", "resuming",
                                                  "deciding", "on",    "broken"};
  return names[static_cast<size_t>(phase)];
}

std::string_view to_string(management_fault fault) {
  constexpr std::array<std::string_view, 3> names{"misuse", "handled-count-too-high", "timed-out"};
  return names[static_cast<size_t>(fault)];
}

} // namespace fedhub
