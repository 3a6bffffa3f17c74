#include "actors/capture/capture_queue.hpp"

#include <utility>

namespace fedhub {

void capture_queue::add(captured_octets part) {
  const auto octets = part.octets.size() + element_octets;
  {
    const std::lock_guard lock{mutex_};
    if (!closed_ && octets_ + octets <= most_octets) {
      const bool half = octets_ < most_octets / 2 && octets_ + octets >= most_octets / 2;
      octets_ += octets;
      parts_.push_back(std::move(part));
      if (half)
        more_.notify_one();
      return;
    }
  }
  part.capture->dropped.fetch_add(1, std::memory_order_relaxed);
}

bool capture_queue::add(task work) {
  const std::lock_guard lock{mutex_};
  if (closed_ || tasks_.size() >= most_tasks)
    return false;
  tasks_.push_back(std::move(work));
  more_.notify_one();
  return true;
}

capture_queue::batch capture_queue::take(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock{mutex_};
  more_.wait_until(lock, deadline,
                   [this] { return closed_ || !tasks_.empty() || octets_ >= most_octets / 2; });
  octets_ = 0;
  return {std::exchange(parts_, {}), std::exchange(tasks_, {}), closed_};
}

std::vector<captured_octets> capture_queue::take_parts() {
  const std::lock_guard lock{mutex_};
  octets_ = 0;
  return std::exchange(parts_, {});
}

void capture_queue::close() {
  const std::lock_guard lock{mutex_};
  closed_ = true;
  more_.notify_one();
}

} // namespace fedhub
