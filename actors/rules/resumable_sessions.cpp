#include "actors/rules/resumable_sessions.hpp"

#include <utility>

namespace fedhub {

void resumable_sessions::open(std::string_view id, uint64_t stream, domain_pair pair,
                              const address_group& from, connection_actor holder) {
  const std::lock_guard lock{mutex_};
  entry entry;
  entry.pair = std::move(pair);
  entry.from = from;
  entry.stream = stream;
  entry.holder = std::move(holder);
  entries_.try_emplace(std::string{id}, std::move(entry));
}

std::vector<connection_actor> resumable_sessions::close(std::string_view id, uint64_t stream,
                                                        std::optional<remains> left,
                                                        time_point now) {
  connection_actor last; // destroyed outside the lock: its destructor may call other code
  const std::lock_guard lock{mutex_};
  const auto known = entries_.find(id);
  if (known == entries_.end() || known->second.stream != stream)
    return {};
  auto& session = known->second;
  session.stream = 0;
  last = std::exchange(session.holder, {});
  auto waiting = std::exchange(session.waiting, {});
  if (!left) {
    entries_.erase(known);
    return waiting;
  }
  session.left = std::move(*left);
  session.until = now + lifetime;
  add_ended(known->first, session);
  while (!ended_.empty() && entries_.find(ended_.front())->second.until <= now)
    drop(ended_.front());
  if (ended_.size() > capacity_)
    drop(most_dispensable());
  return waiting;
}

namespace {

/// Gives a holder its new place in a ranking. Each turn's number is unique.
template <class Ranking, class Key>
void rank_anew(Ranking& in, const Key& who, size_t before, size_t now, uint64_t& rank,
               uint64_t turn) {
  if (before > 0)
    in.erase({before, rank});
  rank = turn;
  if (now > 0)
    in.emplace(std::pair{now, rank}, who);
}

} // namespace

void resumable_sessions::add_ended(const std::string& id, entry& entry) {
  entry.place = ended_.insert(ended_.end(), id);
  auto& at = addresses_[entry.from];
  auto known = at.senders.try_emplace(entry.pair.from).first;
  auto& of = known->second;
  entry.among = of.ended.insert(of.ended.end(), id);
  // Decreases with each turn, so that among equals the earliest comes last.
  const auto turn = UINT64_MAX - ++turns_;
  rank_anew(at.most, &known->first, of.ended.size() - 1, of.ended.size(), of.rank, turn);
  rank_anew(most_, entry.from, at.sessions, at.sessions + 1, at.rank, turn);
  ++at.sessions;
}

void resumable_sessions::remove_ended(entry& entry) {
  auto at = addresses_.find(entry.from);
  auto of = at->second.senders.find(entry.pair.from);
  ended_.erase(entry.place);
  of->second.ended.erase(entry.among);
  const auto turn = UINT64_MAX - ++turns_;
  const auto left = of->second.ended.size();
  rank_anew(at->second.most, &of->first, left + 1, left, of->second.rank, turn);
  rank_anew(most_, entry.from, at->second.sessions, at->second.sessions - 1, at->second.rank, turn);
  --at->second.sessions;
  if (left == 0)
    at->second.senders.erase(of);
  if (at->second.sessions == 0)
    addresses_.erase(at);
}

void resumable_sessions::drop(std::string_view id) {
  const auto known = entries_.find(id);
  remove_ended(known->second);
  entries_.erase(known);
}

std::string_view resumable_sessions::most_dispensable() const {
  auto& at = addresses_.at(most_.rbegin()->second);
  return at.senders.at(*at.most.rbegin()->second).ended.front();
}

resumable_sessions::answer
resumable_sessions::claim(std::string_view id, const connection_actor& asker,
                          const std::function<bool(const domain_pair&)>& speaks_for,
                          time_point now) {
  const std::lock_guard lock{mutex_};
  const auto known = entries_.find(id);
  if (known == entries_.end() || !speaks_for(known->second.pair))
    return {};
  auto& session = known->second;
  if (session.stream != 0) {
    session.waiting.push_back(asker);
    return {.is = verdict::in_use, .holder = session.holder};
  }
  answer result;
  result.is = session.left.resumable && now < session.until ? verdict::resumable : verdict::count;
  result.session = std::move(session.left.session);
  remove_ended(session);
  entries_.erase(known);
  return result;
}

void resumable_sessions::purge(const std::function<bool(const domain_pair&)>& admitted) {
  const std::lock_guard lock{mutex_};
  for (auto id = ended_.begin(); id != ended_.end();) {
    const auto known = *id++; // `drop` erases its place
    if (!admitted(entries_.find(known)->second.pair))
      drop(known);
  }
}

size_t resumable_sessions::size() const {
  const std::lock_guard lock{mutex_};
  return entries_.size();
}

} // namespace fedhub
