#include "protocol/negotiation/stream_ping.hpp"

#include "protocol/negotiation/dialback.hpp"

namespace fedhub {

stream_ping::verdict stream_ping::on_time(time_point heard, time_point now) {
  sign_ = last_sign(heard);
  if (waiting(heard))
    return now - asked_at_ >= patience_ ? verdict::dead : verdict::wait;
  return now - sign_ >= quiet_ ? verdict::ask : verdict::wait;
}

stream_ping::time_point stream_ping::next_deadline(time_point heard) const {
  return waiting(heard) ? asked_at_ + patience_ : last_sign(heard) + quiet_;
}

std::string stream_ping::request(time_point now) {
  if (id_.empty()) // unguessable: an iq of a user with this id would be taken for the answer
    id_ = "ping-" + make_stream_id();
  asked_at_ = now;
  ++open_;
  return "<iq type='get' id='" + id_ + "' from='" + pair_.from.wire() + "' to='" + pair_.to.wire()
         + "'><ping xmlns='urn:xmpp:ping'/></iq>";
}

bool stream_ping::takes(std::string_view type, std::string_view id, const domain_pair& pair) {
  if (open_ == 0 || id != id_ || (type != "result" && type != "error") || pair.from != pair_.to
      || pair.to != pair_.from)
    return false;
  --open_;
  return true;
}

void stream_ping::answered(time_point now) {
  if (open_ > 0)
    --open_;
  sign_ = std::max(sign_, now);
}

} // namespace fedhub
