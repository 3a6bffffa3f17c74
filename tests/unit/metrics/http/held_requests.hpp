// A handler that leaves the answers to the test.
#pragma once

#include <chrono>
#include <condition_variable>
#include <ctime>
#include <deque>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include "metrics/http/http_responder.hpp"

namespace fedhub {

/// The requests of a server that are not answered yet, the first that came first.
class held_requests {
public:
  struct held {
    http_request request;
    http_responder respond;
  };

  /// Returns a handler that holds its requests here.
  http_async_handler handler() {
    return [this](http_request request, http_responder respond) {
      const std::lock_guard lock{mutex_};
      held_.push_back({std::move(request), std::move(respond)});
      arrived_.notify_all();
    };
  }

  /// Waits for a request and returns it.
  held next() {
    std::unique_lock lock{mutex_};
    if (!arrived_.wait_for(lock, std::chrono::seconds{20}, [this] { return !held_.empty(); }))
      throw std::runtime_error{"no request has come"};
    held first = std::move(held_.front());
    held_.pop_front();
    return first;
  }

private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<held> held_;
};

/// Returns whether something becomes true soon.
inline bool eventually(const std::function<bool()>& it,
                       std::chrono::milliseconds patience = std::chrono::seconds{20}) {
  const auto limit = std::chrono::steady_clock::now() + patience;
  while (!it()) {
    if (std::chrono::steady_clock::now() > limit)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return true;
}

/// Returns the processor time that the process spends in this time. A thread that spins spends all
/// that the machine has left.
inline std::chrono::nanoseconds time_spent_in(std::chrono::milliseconds time) {
  const auto spent = [] {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
  };
  const auto before = spent();
  std::this_thread::sleep_for(time);
  return spent() - before;
}

} // namespace fedhub
