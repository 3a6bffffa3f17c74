// The connection actor: the hub's stop.
#include <sys/socket.h>

#include <array>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/connection/connection_state.hpp"
#include "actors/hub/reply.hpp"

namespace fedhub {

namespace {

/// Octets that a socket may have held back for a stream that took no more.
constexpr size_t most_discarded = 4194304;

} // namespace

void connection_state::on_drain(drain_stage x) {
  ending_.hub_stops(x);
  if (ending_.open() && x == drain_stage::quiet) {
    transport_->mark();
    transport_->news(false); // the loop's may be under way
    outbox_->hurry(now());
    if (!held())
      read_turn();
  } else if (x == drain_stage::give_up) {
    give_up();
  }
  write();
  schedule();
}

bool connection_state::too_late() const {
  return ending_.stage() == drain_stage::give_up
         || (ending_.stage() == drain_stage::quiet && reading_.late);
}

/// The hub's own answers stay: they are what the rest of the time is for.
void connection_state::give_up() {
  reply_batch replies{*self_, *hub_, id_};
  auto answer = [&](std::vector<stanza>& xs, failure why) {
    std::vector<stanza> own;
    for (auto& x : xs)
      if (x.generated)
        own.push_back(std::move(x));
      else
        replies.reject(x, why);
    xs = std::move(own);
  };
  answer(undelivered_.all(), failure::shutting_down);
  undelivered_.resume_nothing();
  if (auto* own = role_.outgoing())
    own->resume_nothing();
  if (ending_.ended())
    return;
  if (outbox_->held() != nullptr) {
    auto held = outbox_->take_held_answerable(now());
    answer(held, failure::unconfirmed);
    outbox_->stop_holding(*transport_, now()); // TCP says what of its own answers has arrived
  }
  outbox_->confirm(*transport_, now());
  for (auto& x : outbox_->give_up())
    replies.reject(x.value, x.why);
  outbox_->hurry(now());
}

/// What is unread when a socket is closed makes TCP reset the connection, and that takes what was
/// written away from the peer.
void connection_state::discard_input() const {
  std::array<char, 16384> room;
  ssize_t n = 1;
  for (size_t got = 0; n > 0 && got < most_discarded; got += static_cast<size_t>(n))
    n = ::recv(transport_->fd(), room.data(), room.size(), MSG_DONTWAIT);
}

} // namespace fedhub
