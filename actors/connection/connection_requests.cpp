// The connection actor: requests from other actors.
#include "actors/connection/connection_state.hpp"

#include "protocol/events/dialback_outcome.hpp"

namespace fedhub {

void connection_state::on_close(const link_end& end) {
  if (!ending_.open())
    return;
  if (end.why == failure::memory_full && facts_.authenticated)
    return; // only for connections that are not authenticated
  if (end.why == failure::memory_full && end.error == stream_error::none)
    return end_for_memory(end.detail);
  if (end.by_reload != taken_back::nothing) {
    take_back({{}, {end.why, end.detail}, end.by_reload == taken_back::all});
  } else if (end.error == stream_error::none) {
    push_final_count();
    run(role_.close(end.why));
  } else {
    fail(end.error, end.why, end.detail);
  }
  write();
  schedule();
}

void connection_state::on_verified(const verification& verification) {
  if (!ending_.open())
    return;
  if (auto* asked = role_.incoming())
    run(asked->on_verified(verification));
  write();
  schedule();
}

void connection_state::on_pair(const domain_pair& pair) {
  if (!ending_.open())
    return;
  if (auto* own = role_.outgoing())
    run(own->authenticate(pair));
  write();
  schedule();
}

/// Also stops expecting the peer's question about the key.
void connection_state::on_forget(const domain_pair& pair) {
  auto* own = role_.outgoing();
  if (ending_.open() && own != nullptr && own->forget(pair))
    hub_->admission.awaited.answered(id_);
}

void connection_state::on_verify(const verification& verification) {
  auto* own = role_.outgoing();
  if (!ending_.open() || own == nullptr)
    return;
  if (verification.outcome == dialback_outcome::none)
    run(own->verify(verification.question));
  else
    run(own->forget(verification.question));
  write();
  schedule();
}

bool connection_state::on_adopt(const adoption& adoption) {
  if (!ending_.open() || owner_ || outgoing())
    return false;
  owner_ = adoption.owner;
  ending_.bind();
  return true;
}

void connection_state::on_release() {
  ending_.release();
  give_back();
}

void connection_state::on_settled() {
  decide_resumption();
  write();
  schedule();
}

} // namespace fedhub
