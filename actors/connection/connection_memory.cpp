// The connection actor: the memory that its peer makes the hub hold.
#include "actors/connection/connection_state.hpp"

#include <cstdlib>

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/rules/connection_registry.hpp"
#include "actors/rules/unauthenticated_memory.hpp"

namespace fedhub {

namespace {

/// Octets of one connection without its buffers: actor, scanner, outbox, watch, credit. Measured:
/// 4,706 to 4,987 before the header. `tests/system/test_memory_account.py` compares.
constexpr int64_t connection_octets = 4700;
/// Octets for a key that another server is asked about: verifier, domain actor, its part of the
/// resolver.
constexpr int64_t question_octets = 4096;
/// A smaller change is not reported, since a report takes a lock.
constexpr int64_t report_step = 1024;

} // namespace

bool connection_state::over_memory() const {
  return ending_.open()
         && outbox_->own_octets() > settings_->config.limits.memory_bytes_per_connection;
}

int64_t connection_state::held_octets() const {
  const auto* asked = role_.incoming();
  return connection_octets + static_cast<int64_t>(input_->capacity())
         + static_cast<int64_t>(outbox_->own_octets() + outbox_->unused_octets())
         + transport_->tls_octets() + static_cast<int64_t>(facts_.header_octets)
         + (asked == nullptr ? 0 : static_cast<int64_t>(asked->questions_pending()))
             * question_octets;
}

connection_state::holdings connection_state::holds_now() const {
  return {.in_flight = reading_.credit->in_flight(),
          .unauthenticated =
            facts_.authenticated || outgoing() || ending_.ended() ? 0 : held_octets(),
          .ending = !ending_.open()};
}

void connection_state::account_memory() {
  if (facts_.authenticated || outgoing() || ending_.ended())
    return;
  const auto limit = static_cast<int64_t>(settings_->config.limits.memory_bytes_per_connection);
  const auto held = held_octets();
  if (held > 2 * limit)
    return end_for_memory(
      "the hub holds too much memory for this connection: " + std::to_string(held) + " octets");
  if (std::abs(held - reading_.memory_reported) < report_step)
    return;
  reading_.memory_reported = static_cast<int32_t>(held);
  static const auto why = std::make_shared<const link_end>(link_end{
    stream_error::none, failure::memory_full,
    "unauthenticated connections hold too much memory, and this connection holds the most"});
  for (auto id : hub_->unauthenticated.report(id_, held))
    if (auto largest = hub_->connections.find(id))
      self_->send(largest, close_atom_v, why);
}

void connection_state::forget_memory() {
  if (std::exchange(reading_.memory_reported, 0) != 0)
    hub_->unauthenticated.forget(id_);
}

/// Ends the connection at once and sends no stream error: a peer that leaves so much unread would
/// not read it, and the memory has to be freed now.
void connection_state::end_for_memory(std::string detail) {
  begin_closing({stream_error::none, failure::memory_full, std::move(detail)});
  end();
}

} // namespace fedhub
