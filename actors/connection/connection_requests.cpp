// The connection actor: requests from other actors.
#include "actors/connection/connection_state.hpp"

namespace fedhub {

void connection_state::on_close(const link_end& x) {
  if (!ending_.open())
    return;
  if (x.why == failure::memory_full && facts_.authenticated)
    return; // only for connections that are not authenticated
  if (x.why == failure::memory_full && x.error == stream_error::none)
    return end_for_memory(x.detail);
  if (x.by_reload != taken_back::nothing) {
    take_back({{}, {x.why, x.detail}, x.by_reload == taken_back::all});
  } else if (x.error == stream_error::none) {
    say_last_words();
    run(role_.close(x.why));
  } else {
    fail(x.error, x.why, x.detail);
  }
  write();
  schedule();
}

void connection_state::on_verified(const verification& x) {
  if (!ending_.open())
    return;
  if (auto* asked = role_.incoming())
    run(asked->on_verified(x));
  write();
  schedule();
}

void connection_state::on_pair(const domain_pair& x) {
  if (!ending_.open())
    return;
  if (auto* own = role_.outgoing())
    run(own->authenticate(x));
  write();
  schedule();
}

/// Also stops expecting the peer's question about the key.
void connection_state::on_forget(const domain_pair& x) {
  auto* own = role_.outgoing();
  if (ending_.open() && own != nullptr && own->forget(x))
    hub_->admission.awaited.answered(id_);
}

void connection_state::on_verify(const verification& x) {
  auto* own = role_.outgoing();
  if (!ending_.open() || own == nullptr)
    return;
  if (x.outcome == dialback_outcome::none)
    run(own->verify(x.question));
  else
    run(own->forget(x.question));
  write();
  schedule();
}

bool connection_state::on_adopt(const adoption& x) {
  if (!ending_.open() || owner_ || outgoing())
    return false;
  owner_ = x.owner;
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
