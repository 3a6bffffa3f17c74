#include "actors/rules/takeover_guard.hpp"

#include <algorithm>
#include <utility>

namespace fedhub {

namespace {

void drop_old(std::deque<takeover_guard::time_point>& times, takeover_guard::time_point now) {
  while (!times.empty() && now - times.front() >= takeover_guard::window)
    times.pop_front();
}

} // namespace

void takeover_guard::forget_old(time_point now) {
  drop_old(rivals_, now);
  drop_old(own_, now);
  if (!fights_ || now - last_claim_ < rest)
    return;
  fights_ = false;
  rivals_.clear();
  own_.clear();
}

takeover_guard::ruling takeover_guard::claim(uint64_t link, const std::string& from,
                                             time_point now) {
  forget_old(now);
  ruling out;
  out.takes_over = current_ != 0;
  if (out.takes_over) {
    out.current = current_;
    out.rival = from_;
    last_claim_ = now;
    if (refuses(now)) {
      out.ask = now - asked_at_ >= patience;
      if (out.ask) {
        question_ = true;
        asked_at_ = now;
      }
      out.hold = holds(now);
      return out;
    }
    note_takeover(from != from_, out, now);
  }
  out.granted = true;
  current_ = link;
  from_ = from;
  silent_ = question_ = false;
  asked_at_ = {};
  return out;
}

void takeover_guard::note_takeover(bool rival, ruling& out, time_point now) {
  if (!fights_) {
    auto& times = rival ? rivals_ : own_;
    times.push_back(now);
    fights_ = out.fight_begins = times.size() > (rival ? free_rival : free_own);
    refusal_ = first_refusal;
  }
  if (!fights_)
    return;
  refused_until_ = now + refusal_;
  refusal_ = std::min<duration>(2 * refusal_, longest_refusal);
}

bool takeover_guard::holds(time_point now) {
  if (now - held_since_ >= std::chrono::seconds{1}) {
    held_since_ = now;
    held_ = 0;
  }
  if (held_ >= most_held)
    return false;
  ++held_;
  return true;
}

void takeover_guard::gone(uint64_t link) {
  if (link != current_)
    return;
  current_ = 0;
  from_.clear();
  silent_ = question_ = false;
}

bool takeover_guard::take_question(uint64_t link) {
  return link == current_ && std::exchange(question_, false);
}

void takeover_guard::unanswered(uint64_t link) {
  if (link == current_)
    silent_ = true;
}

bool takeover_guard::idle(time_point now) const {
  const auto old = [&](const std::deque<time_point>& times) {
    return times.empty() || now - times.back() >= window;
  };
  return current_ == 0 && !fighting(now) && old(rivals_) && old(own_);
}

} // namespace fedhub
