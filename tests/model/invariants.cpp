// The invariants, which are checked after every step.
#include <chrono>

#include "tests/model/configuration.hpp"
#include "tests/model/model.hpp"

namespace fedhub::model {

namespace {

std::string number(double x) { return std::to_string(static_cast<int64_t>(x)); }

double unconfirmed_of(hub_metrics& metrics) {
  double result = 0;
  for (size_t i = 0; i < label_count<stanza_direction>; ++i) {
    const auto direction = static_cast<stanza_direction>(i);
    result += metrics.stanzas_bounced.at(direction, failure::unconfirmed).Value();
  }
  return result;
}

} // namespace

void model::check_invariants(bool at_rest) {
  if (at_rest)
    check_deadlines();
  check_delivered_was_read();
  check_memory();
  const auto streams_end = check_connections();
  if (at_rest)
    check_account(streams_end);
}

/// Checks that each accepted stanza is in one place. While a stream ends, its unwritten stanzas are
/// in no queue, and routers may wait for its node.
void model::check_account(bool streams_end) {
  const auto balance = balance_of(hub_->metrics());
  const auto in_motion =
    balance.accepted - balance.delivered - balance.bounced - balance.dropped - balance.queued;
  if (in_motion < 0 || (in_motion > 0 && !streams_end) || balance.queued < 0)
    world_.wrong("the account closes", balance.str());
}

/// Checks that the hub's counts agree with what its peers have written and read.
void model::check_delivered_was_read() {
  const auto balance = balance_of(hub_->metrics());
  const auto& book = world_.book;
  const auto received = static_cast<double>(book.received());
  if (balance.accepted > static_cast<double>(book.written()))
    world_.wrong("only what was written whole is accepted",
                 balance.str() + " written=" + std::to_string(book.written()));
  if (balance.delivered > received)
    world_.wrong("only what a peer has read is delivered",
                 balance.str() + " read=" + number(received));
  // With stream management, stanzas that were read but not acknowledged may be answered.
  if (!world_.manages
      && received
           > balance.delivered + balance.queued + unconfirmed_of(hub_->metrics()) + balance.dropped)
    world_.wrong("what peers have read was delivered, or is unconfirmed",
                 balance.str() + " read=" + number(received));
  if (static_cast<double>(book.taken_over()) > balance.accepted)
    world_.wrong("only what is accepted is acknowledged",
                 balance.str() + " acknowledged=" + std::to_string(book.taken_over()));
  if (static_cast<double>(book.answered()) > balance.bounced)
    world_.wrong("each answer is counted",
                 balance.str() + " read=" + std::to_string(book.answered()));
  // When the hub stops, it need not wait until its own answers are acknowledged.
  if (!(world_.manages && stopping_)
      && hub_->metrics().replies.at(reply_result::sent).Value()
           > static_cast<double>(book.answered()))
    world_.wrong("only an answer that a peer has read is sent",
                 number(hub_->metrics().replies.at(reply_result::sent).Value())
                   + " read=" + std::to_string(book.answered()));
}

void model::check_memory() {
  auto& metrics = hub_->metrics();
  const auto limit = metrics.queue_limit_octets.Value();
  if (metrics.queued_octets.Value() < 0)
    world_.wrong("queued octets are never negative", number(metrics.queued_octets.Value()));
  // Attached stanzas count against their source, not against the limit.
  if (metrics.queued_octets.Value() > 2 * limit)
    world_.wrong("queued octets are bounded", number(metrics.queued_octets.Value()));
  // One turn of each connection may exceed the limit before the largest ones are closed.
  if (metrics.unauthenticated_octets.Value()
      > limit / hub_services::unauthenticated_part + 2 * 65536)
    world_.wrong("unauthenticated memory is bounded",
                 number(metrics.unauthenticated_octets.Value()));
}

/// Checks each connection's memory. @returns whether a stream is about to end.
bool model::check_connections() {
  // A limit may be exceeded by the octets of one turn.
  static constexpr int64_t turn = 65536;
  bool ends = false;
  for (auto& connection : hub_->connections()) {
    ends = ends || connection.ending;
    if (connection.in_flight < 0 || connection.in_flight > inflight_limit + turn)
      world_.wrong("a source is held back by its window", std::to_string(connection.in_flight));
    if (connection.unauthenticated > 2 * connection_limit + turn)
      world_.wrong("a connection's memory is bounded before it has authenticated",
                   std::to_string(connection.unauthenticated));
  }
  return ends;
}

/// Checks that the next deadline lies in the future after each tick. Another message may request a
/// tick that is due at once, and that tick may make another actor request one.
void model::check_deadlines() {
  for (int tick = 0; tick < 3 && hub_->next_due() <= hub_->now(); ++tick) {
    hub_->turn_clock(duration::zero());
    run_until_idle();
  }
  if (hub_->next_due() <= hub_->now())
    world_.wrong("the next deadline lies in the future", hub_->due_now());
}

/// Checks that an idle hub handles few messages.
void model::check_idle() {
  using namespace std::chrono_literals;
  const auto before = hub_->handled();
  elapse(60s);
  const auto messages = hub_->handled() - before;
  if (messages > 400 + 40 * peers_.size())
    world_.wrong("an idle hub is idle", std::to_string(messages) + " messages in a minute, "
                                          + std::to_string(peers_.size()) + " connections");
}

/// Checks after the drain that all accepted stanzas have come to an end that the peers know of, or
/// have been dropped.
void model::check_end() {
  auto& metrics = hub_->metrics();
  const auto balance = balance_of(metrics);
  if (!balance.settled())
    world_.wrong("at the end nothing is queued",
                 balance.str() + " answers=" + number(balance.answers));
  const auto unknown = balance.accepted - static_cast<double>(world_.book.ended());
  const auto without_end = balance.dropped + metrics.replies.at(reply_result::dropped).Value();
  if (unknown > without_end)
    world_.wrong("at the end each stanza has one", balance.str() + ": " + number(unknown)
                                                     + " neither arrived nor came back, dropped "
                                                     + number(without_end) + " with answers");
}

void model::add_events(std::map<std::string, double>& to) {
  auto& metrics = hub_->metrics();
  const auto balance = balance_of(metrics);
  to["accepted"] += balance.accepted;
  to["delivered"] += balance.delivered;
  for (size_t i = 0; i < label_count<stanza_direction>; ++i) {
    const auto direction = static_cast<stanza_direction>(i);
    to["sent again"] += metrics.stanzas_resent.at(direction).Value();
    for (size_t why = 0; why < failure_count; ++why) {
      const auto cause = static_cast<failure>(why);
      const std::string name{to_string(cause)};
      to["bounced: " + name] += metrics.stanzas_bounced.at(direction, cause).Value();
      to["dropped: " + name] += metrics.stanzas_dropped.at(direction, cause).Value();
    }
  }
  for (size_t i = 0; i < label_count<stream_leg>; ++i) {
    const auto leg = static_cast<stream_leg>(i);
    to["paused"] += metrics.pauses.at(leg).Value();
    to["stalled"] += metrics.stalls.at(leg).Value();
  }
  for (const auto role : {resumption_role::initiating, resumption_role::receiving})
    to["resumed"] += metrics.resumptions.at(role, resumption_result::resumed).Value();
  to["rules"] += metrics.config_reloads.at(reload_result::applied).Value();
  to["taken over"] += metrics.takeovers.at(takeover_result::granted).Value();
  to["conflict"] += metrics.takeovers.at(takeover_result::refused).Value();
  to["refused"] +=
    metrics.connections_refused.at(listener_kind::s2s, connection_limit::address).Value();
}

} // namespace fedhub::model
