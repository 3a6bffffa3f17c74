#include "actors/runtime/side_threads.hpp"

#include <atomic>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>

namespace fedhub {

namespace {

std::atomic<size_t>& all_running() {
  static std::atomic<size_t> count{0};
  return count;
}

} // namespace

struct side_threads::count {
  explicit count(size_t x) : most(x) {}
  const size_t most;
  std::atomic<size_t> running{0};
};

side_threads::side_threads(size_t most) : count_(std::make_shared<count>(most)) {}

bool side_threads::run(std::function<void()> work) {
  if (count_->running.fetch_add(1) >= count_->most) {
    --count_->running;
    return false;
  }
  ++all_running();
  const auto end = [x = count_] {
    --all_running();
    --x->running;
  };
  try {
    std::thread{[end, work = std::move(work)]() mutable {
      try {
        work();
      } catch (const std::exception&) { // there is no result then; callers handle that
      }
      work = nullptr; // destroys what it holds before the thread counts as ended
      end();
    }}.detach();
  } catch (const std::system_error&) {
    end();
    return false;
  }
  return true;
}

size_t side_threads::running() { return all_running(); }

} // namespace fedhub
