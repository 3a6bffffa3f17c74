#include "actors/process/drain_plan.hpp"

namespace fedhub {

namespace {

/// `timeouts.drain` divided by these numbers is kept for answers and, as a part of that, for
/// closing. A source that reads takes the answers and the end of its stream quickly.
constexpr int reserve_part = 4;
constexpr int closing_part = 16;

} // namespace

drain_plan::drain_plan(time_point now, std::chrono::milliseconds drain)
  : at_(stage::quiet), write_until_(now + drain - drain / reserve_part),
    answer_until_(now + drain - drain / closing_part), end_(now + drain) {}

bool drain_plan::go_on(time_point now, bool settled, bool closed) {
  switch (at_) {
  case stage::quiet:
    if (!settled && now < write_until_)
      return false;
    at_ = settled ? stage::closing : stage::answering;
    return true;
  case stage::answering:
    if (!settled && now < answer_until_)
      return false;
    at_ = stage::closing;
    return true;
  case stage::closing:
    if (!closed && now < end_)
      return false;
    at_ = stage::over;
    return true;
  default:
    return false;
  }
}

} // namespace fedhub
