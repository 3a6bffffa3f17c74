#include "actors/dial/address_race.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace fedhub {

namespace {

failure failure_of(int error) {
  switch (error) {
  case ECONNREFUSED:
    return failure::connect_refused;
  case ETIMEDOUT:
    return failure::connect_timeout;
  default:
    return failure::connect_unreachable;
  }
}

/// Returns how much a failure says about the peer; a higher number says more.
int weight_of(failure why) {
  switch (why) {
  case failure::connect_refused:
    return 3;
  case failure::connect_timeout:
    return 2;
  case failure::connect_unreachable:
    return 1;
  default:
    return 0;
  }
}

} // namespace

address_race::address_race(const std::vector<resolved_target>& targets, race_options options)
  : options_(options) {
  for (size_t i = 0; i < targets.size(); ++i) {
    for (const auto& address : targets[i].addresses) {
      if (candidates_.size() == options_.max_attempts)
        return;
      // Two SRV targets may have the same address. One port may accept direct TLS, STARTTLS or
      // both.
      if (std::none_of(candidates_.begin(), candidates_.end(), [&](const candidate& x) {
            return x.address == address && targets[x.target].direct_tls == targets[i].direct_tls;
          }))
        candidates_.push_back({address, i});
    }
  }
}

address_race::actions address_race::start(time_point now) {
  actions out;
  next_start_ = now;
  settle(out, now);
  return out;
}

address_race::actions address_race::on_connected(size_t index, time_point) {
  actions out;
  if (over_ || !take(index))
    return out;
  winner_ = index;
  over_ = true;
  for (const auto& x : running_)
    out.push_back(abandon_attempt{x.index});
  running_.clear();
  return out;
}

address_race::actions address_race::on_failed(size_t index, int error, time_point now) {
  actions out;
  if (over_ || !take(index))
    return out;
  note(index, failure_of(error), std::generic_category().message(error));
  next_start_ = now; // the next attempt need not wait any longer
  settle(out, now);
  return out;
}

address_race::actions address_race::on_time(time_point now) {
  actions out;
  if (over_)
    return out;
  while (!running_.empty() && running_.front().deadline <= now) {
    auto index = running_.front().index;
    running_.erase(running_.begin());
    note(index, failure::connect_timeout, "no answer in time");
    out.push_back(abandon_attempt{index});
    next_start_ = now;
  }
  settle(out, now);
  return out;
}

std::optional<address_race::time_point> address_race::next_deadline() const {
  if (over_)
    return std::nullopt;
  std::optional<time_point> result;
  if (!running_.empty())
    result = running_.front().deadline;
  if (next_ < candidates_.size())
    result = result ? std::min(*result, next_start_) : next_start_;
  return result;
}

std::string address_race::detail() const {
  if (candidates_.empty())
    return "no address to connect to";
  if (candidates_.size() == 1)
    return detail_;
  return detail_ + " (1 of " + std::to_string(candidates_.size()) + " addresses)";
}

/// Begins the next attempt if it is due, and ends the race if no attempt is left.
void address_race::settle(actions& out, time_point now) {
  if (next_ < candidates_.size() && next_start_ <= now)
    begin_next(out, now);
  if (running_.empty() && next_ == candidates_.size()) {
    over_ = true;
    if (why_ == failure::none)
      why_ = failure::connect_unreachable;
  }
}

void address_race::begin_next(actions& out, time_point now) {
  running_.push_back({next_, now + options_.timeout});
  out.push_back(begin_attempt{next_});
  ++next_;
  next_start_ = now + options_.stagger;
}

void address_race::note(size_t index, failure why, const std::string& text) {
  if (weight_of(why) < weight_of(why_))
    return;
  why_ = why;
  detail_ = candidates_[index].address.str() + ": " + text;
}

bool address_race::take(size_t index) {
  return std::erase_if(running_, [&](const attempt& x) { return x.index == index; }) != 0;
}

} // namespace fedhub
