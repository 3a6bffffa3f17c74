#include "bench/load/event_loop.hpp"

#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>

namespace fedhub::load {

event_loop::event_loop(const run_clock& clock)
  : clock_(clock), epoll_(epoll_create1(EPOLL_CLOEXEC)),
    wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
    buffer_(std::make_unique_for_overwrite<char[]>(buffer_size)) {
  epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event);
}

void event_loop::add(int fd, uint32_t events, io_handler& handler) {
  epoll_event event{.events = events, .data = {.ptr = &handler}};
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
}

void event_loop::modify(int fd, uint32_t events, io_handler& handler) {
  epoll_event event{.events = events, .data = {.ptr = &handler}};
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
}

void event_loop::run(const std::function<nanos()>& before_wait) {
  // The kernel's timer slack of 50 us would count as latency of the server under test.
  prctl(PR_SET_TIMERSLACK, 1UL);
  std::array<epoll_event, 256> events;
  while (!stopped_.load(std::memory_order_relaxed)) {
    const nanos longest = before_wait();
    const timespec timeout{.tv_sec = longest / per_second, .tv_nsec = longest % per_second};
    const int count = epoll_pwait2(epoll_.get(), events.data(), events.size(),
                                   longest == forever ? nullptr : &timeout, nullptr);
    for (int i = 0; i < count; ++i) {
      const auto& event = events[static_cast<size_t>(i)];
      if (event.data.ptr)
        static_cast<io_handler*>(event.data.ptr)->on_events(event.events);
      else
        take_wake_up();
    }
    disposed_.clear();
  }
}

void event_loop::take_wake_up() {
  uint64_t count;
  [[maybe_unused]] const auto got = ::read(wake_.get(), &count, sizeof count);
}

void event_loop::wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const auto put = ::write(wake_.get(), &one, sizeof one);
}

void event_loop::stop() {
  stopped_.store(true, std::memory_order_relaxed);
  wake();
}

} // namespace fedhub::load
