#include "actors/domain/recent_answers.hpp"

#include "protocol/events/dialback_outcome.hpp"

namespace fedhub {

void recent_answers::add(const verification_ptr& answer, time_point now) {
  if (answer->outcome != dialback_outcome::valid && answer->outcome != dialback_outcome::invalid)
    return;
  forget_older(now);
  if (!answers_.insert(answer).second)
    return;
  by_age_.push_back({answer, now});
  if (by_age_.size() > most) {
    answers_.erase(by_age_.front().answer);
    by_age_.pop_front();
  }
}

verification_ptr recent_answers::find(const verify_key& question, time_point now) {
  forget_older(now);
  auto found = answers_.find(question);
  return found == answers_.end() ? nullptr : *found;
}

recent_answers::time_point recent_answers::held_until() const {
  return by_age_.empty() ? time_point::min() : by_age_.back().since + held_for;
}

void recent_answers::forget_older(time_point now) {
  while (!by_age_.empty() && now - by_age_.front().since >= held_for) {
    answers_.erase(by_age_.front().answer);
    by_age_.pop_front();
  }
}

} // namespace fedhub
