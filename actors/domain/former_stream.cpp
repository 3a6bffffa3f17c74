#include "actors/domain/former_stream.hpp"

#include <algorithm>

namespace fedhub {

former_stream::former_stream(const kept_stream& kept, queue_account& limits,
                             prometheus::Gauge& gauge)
  : session_(kept.session), sender_(kept.sender), senders_{kept.sender}, queue_(limits),
    share_(gauge) {
  for (auto& stanza : kept.stanzas->stanzas)
    senders_.insert(stanza.from->name);
  queue_.push_front(kept.stanzas->stanzas);
  note_size();
}

std::vector<stanza> former_stream::take_arrived(uint32_t count) {
  return queue_.take_front(count - std::min(count, expired_));
}

std::vector<stanza> former_stream::take_expired(time_point limit) {
  auto expired = queue_.take_older(limit);
  expired_ += static_cast<uint32_t>(expired.size());
  note_size();
  return expired;
}

std::vector<rejected_stanza> former_stream::settle_in(time_point now) {
  queue_.condense(now); // condensing is due earlier
  auto rejected = queue_.settle_in(now);
  note_size();
  return rejected;
}

} // namespace fedhub
