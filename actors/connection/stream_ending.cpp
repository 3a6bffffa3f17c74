#include "actors/connection/stream_ending.hpp"

namespace fedhub {

namespace {

/// The time that the peer has to read the last octets and to close its side. RFC 6120 §4.4 asks for
/// patience and names no figure.
constexpr std::chrono::seconds linger_time{5};
/// The time that a stream which is not allowed any more has to write the stanzas that may still go.
constexpr std::chrono::seconds revoked_time{1};
/// The time for a component that another connection replaces: the node's queued stanzas wait for
/// it.
constexpr std::chrono::seconds replaced_time{1};
/// The time for a peer that is found dead: enough to write into the socket.
constexpr std::chrono::milliseconds dead_linger_time{100};

bool found_dead(failure why) {
  return why == failure::acknowledge_timeout || why == failure::stalled;
}

} // namespace

bool stream_ending::begin(link_end why, time_point now) {
  if (phase_ != phase::open)
    return false;
  phase_ = phase::closing;
  since_ = now;
  why.carried = carried_;
  if (revoked_)
    why.by_reload = taken_back::all;
  end_ = std::make_shared<const link_end>(std::move(why));
  return true;
}

bool stream_ending::broke_off() const {
  return cut_ || (end_ && end_->error == stream_error::conflict) || found_dead(why());
}

stream_ending::time_point stream_ending::close_due(bool component, bool unwritten) const {
  if (found_dead(why()))
    return since_ + dead_linger_time;
  if (component && end_ && end_->error == stream_error::conflict)
    return since_ + replaced_time;
  return since_ + (revoked_ && unwritten ? revoked_time : linger_time);
}

stream_ending::time_point stream_ending::release_due() const {
  return released() ? time_point::max() : since_ + 2 * linger_time;
}

} // namespace fedhub
