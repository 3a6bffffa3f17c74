#include "actors/access/password_thread.hpp"

#include <algorithm>
#include <utility>

namespace fedhub {

password_thread::password_thread(std::function<bool()> tick)
  : tick_{std::move(tick)}, thread_{[this] { work(); }} {}

password_thread::~password_thread() {
  {
    const std::lock_guard lock{mutex_};
    ending_ = true;
  }
  more_.notify_all();
  thread_.join();
}

bool password_thread::add(const address_group& from, std::function<void()> task) {
  {
    const std::lock_guard lock{mutex_};
    const auto of_one = std::ranges::count(waiting_, from, &waiting_task::from);
    if (waiting_.size() >= most_waiting || of_one >= static_cast<ptrdiff_t>(most_waiting_of_one))
      return false;
    waiting_.push_back({from, std::move(task)});
  }
  more_.notify_all();
  return true;
}

void password_thread::begin_ticks() {
  {
    const std::lock_guard lock{mutex_};
    ticking_ = true;
  }
  more_.notify_all();
}

void password_thread::work() {
  using std::chrono::steady_clock;
  std::unique_lock lock{mutex_};
  auto next_tick = steady_clock::time_point::min();
  while (!ending_) {
    if (ticking_ && next_tick <= steady_clock::now()) {
      // `begin_ticks` may be called while `tick` finds that there is nothing to do.
      ticking_ = false;
      lock.unlock();
      const bool again = tick_();
      next_tick = steady_clock::now() + tick_time;
      lock.lock();
      ticking_ = ticking_ || again;
    } else if (!waiting_.empty()) {
      const auto task = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      task.run();
      lock.lock();
    } else if (ticking_) {
      more_.wait_until(lock, next_tick);
    } else {
      more_.wait(lock);
    }
  }
}

} // namespace fedhub
