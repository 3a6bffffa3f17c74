#include "actors/resumable_sessions.hpp"

#include <utility>

namespace fedhub {

void resumable_sessions::open(std::string_view id, uint64_t stream, domain_pair pair,
                              connection_actor holder) {
  const std::lock_guard lock{mutex_};
  entry x;
  x.pair = std::move(pair);
  x.stream = stream;
  x.holder = std::move(holder);
  entries_.try_emplace(std::string{id}, std::move(x));
}

std::vector<connection_actor> resumable_sessions::close(std::string_view id, uint64_t stream,
                                                        std::optional<remains> left,
                                                        time_point now) {
  connection_actor last; // let go outside the lock, whatever its end calls
  const std::lock_guard lock{mutex_};
  const auto known = entries_.find(id);
  if (known == entries_.end() || known->second.stream != stream)
    return {};
  auto& x = known->second;
  x.stream = 0;
  last = std::exchange(x.holder, {});
  auto waiting = std::exchange(x.waiting, {});
  if (!left) {
    entries_.erase(known);
    return waiting;
  }
  x.left = std::move(*left);
  x.until = now + lifetime;
  x.place = ended_.insert(ended_.end(), known->first);
  while (!ended_.empty()
         && (ended_.size() > capacity_ || entries_.find(ended_.front())->second.until <= now))
    drop_oldest();
  return waiting;
}

void resumable_sessions::drop_oldest() {
  const auto oldest = entries_.find(ended_.front());
  ended_.pop_front();
  entries_.erase(oldest);
}

resumable_sessions::answer
resumable_sessions::claim(std::string_view id, const connection_actor& asker,
                          const std::function<bool(const domain_pair&)>& speaks_for,
                          time_point now) {
  const std::lock_guard lock{mutex_};
  const auto known = entries_.find(id);
  if (known == entries_.end() || !speaks_for(known->second.pair))
    return {};
  auto& x = known->second;
  if (x.stream != 0) {
    x.waiting.push_back(asker);
    return {.is = verdict::in_use, .holder = x.holder};
  }
  answer result;
  result.is = x.left.resumable && now < x.until ? verdict::resumable : verdict::count;
  result.session = std::move(x.left.session);
  ended_.erase(x.place);
  entries_.erase(known);
  return result;
}

size_t resumable_sessions::size() const {
  const std::lock_guard lock{mutex_};
  return entries_.size();
}

} // namespace fedhub
