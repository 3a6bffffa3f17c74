#include "actors/rules/awaited_questions.hpp"

namespace fedhub {

awaited_questions::share::~share() {
  if (count_ > 0)
    owner_.remove(at_, count_);
}

void awaited_questions::share::sent() {
  if (owner_.add(at_))
    ++count_;
  else
    ++uncounted_;
}

void awaited_questions::share::answered() {
  if (uncounted_ > 0) {
    --uncounted_;
  } else if (count_ > 0) {
    --count_;
    owner_.remove(at_, 1);
  }
}

void awaited_questions::sent(uint64_t stream, const address_group& at) {
  const std::lock_guard lock{streams_mutex_};
  auto& streams = streams_[stream];
  if (!streams)
    streams = std::make_unique<share>(*this, at);
  streams->sent();
}

void awaited_questions::answered(uint64_t stream) {
  const std::lock_guard lock{streams_mutex_};
  auto known = streams_.find(stream);
  if (known == streams_.end())
    return;
  known->second->answered();
  if (known->second->count() == 0)
    streams_.erase(known);
}

void awaited_questions::ended(uint64_t stream) {
  const std::lock_guard lock{streams_mutex_};
  streams_.erase(stream);
}

uint64_t awaited_questions::of(const address_group& group) const {
  const std::lock_guard lock{mutex_};
  auto known = counts_.find(group);
  return known == counts_.end() ? 0 : known->second;
}

size_t awaited_questions::addresses() const {
  const std::lock_guard lock{mutex_};
  return counts_.size();
}

bool awaited_questions::add(const address_group& group) {
  const std::lock_guard lock{mutex_};
  auto known = counts_.find(group);
  if (known == counts_.end()) {
    if (counts_.size() >= most_addresses)
      return false;
    known = counts_.emplace(group, 0).first;
  }
  if (known->second >= most_of_one)
    return false;
  ++known->second;
  return true;
}

void awaited_questions::remove(const address_group& group, uint64_t n) {
  const std::lock_guard lock{mutex_};
  auto known = counts_.find(group);
  known->second -= n;
  if (known->second == 0)
    counts_.erase(known);
}

} // namespace fedhub
