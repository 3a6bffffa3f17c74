// The connection actor: the hub's stop.
#include <sys/socket.h>

#include <array>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/connection/connection_state.hpp"
#include "actors/hub/reply.hpp"

namespace fedhub {

namespace {

/// The most octets of unread input that are discarded when a socket is closed.
constexpr size_t most_discarded = 4194304;

} // namespace

void connection_state::on_drain(drain_stage stage) {
  ending_.hub_stops(stage);
  if (ending_.open() && stage == drain_stage::quiet) {
    transport_->mark();
    transport_->news(false); // the loop's report may still be on its way
    outbox_->hurry(now());
    if (!held())
      read_turn();
  } else if (stage == drain_stage::give_up) {
    give_up();
  }
  write();
  schedule();
}

bool connection_state::too_late() const {
  return ending_.stage() == drain_stage::give_up
         || (ending_.stage() == drain_stage::quiet && reading_.late);
}

/// Answers all stanzas except the hub's own answers. The rest of the stop's time is for writing
/// those.
void connection_state::give_up() {
  reply_batch replies{*self_, *hub_, id_};
  auto answer = [&](std::vector<stanza>& xs, failure why) {
    std::vector<stanza> own;
    for (auto& stanza : xs)
      if (stanza.generated)
        own.push_back(std::move(stanza));
      else
        replies.reject(stanza, why);
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
    outbox_->stop_holding(*transport_, now()); // TCP confirms the hub's own answers
  }
  outbox_->confirm(*transport_, now());
  for (auto& x : outbox_->give_up())
    replies.reject(x.value, x.why);
  outbox_->hurry(now());
}

/// Reads and discards unread input. Closing a socket with unread input makes TCP reset the
/// connection, and the peer may then lose octets that were written to it.
void connection_state::discard_input() const {
  std::array<char, 16384> room;
  ssize_t n = 1;
  for (size_t got = 0; n > 0 && got < most_discarded; got += static_cast<size_t>(n))
    n = ::recv(transport_->fd(), room.data(), room.size(), MSG_DONTWAIT);
}

} // namespace fedhub
