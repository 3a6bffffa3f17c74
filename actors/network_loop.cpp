#include "actors/network_loop.hpp"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include <caf/send.hpp>

namespace fedhub {

namespace {

/// Events fetched by one system call.
constexpr int events_per_wait = 512;

uint32_t bits_of(uint32_t events) {
  uint32_t bits = 0;
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
    bits |= static_cast<uint32_t>(readiness::readable);
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0)
    bits |= static_cast<uint32_t>(readiness::writable);
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
    bits |= static_cast<uint32_t>(readiness::hangup);
  return bits;
}

} // namespace

network_loop::network_loop()
  : epoll_(epoll_create1(EPOLL_CLOEXEC)), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  if (!epoll_ || !wake_ || epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0)
    throw std::system_error(errno, std::generic_category(), "epoll");
  thread_ = std::thread([this] { run(); });
}

network_loop::~network_loop() { stop(); }

watch_ptr network_loop::add(int fd, ready_sink_actor owner) {
  watch_ptr x{new watch(fd, std::move(owner))};
  {
    std::lock_guard guard{mutex_};
    live_.emplace(x.get(), x);
  }
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = x.get();
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    auto error = errno;
    std::lock_guard guard{mutex_};
    live_.erase(x.get());
    errno = error;
    return nullptr;
  }
  return x;
}

void network_loop::remove(const watch_ptr& x) {
  if (!x)
    return;
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, x->fd_, nullptr);
  {
    std::lock_guard guard{mutex_};
    if (live_.erase(x.get()) == 0)
      return;
    // The loop may hold events that point to it: only the loop itself frees it.
    ended_.push_back(x);
  }
  wake();
}

void network_loop::stop() {
  if (stopping_.exchange(true))
    return;
  wake();
  thread_.join();
  std::lock_guard guard{mutex_};
  live_.clear();
  ended_.clear();
}

void network_loop::wake() const {
  uint64_t one = 1;
  // The counter can't overflow in practice, and a full one wakes all the same.
  [[maybe_unused]] auto n = ::write(wake_.get(), &one, sizeof(one));
}

void network_loop::run() {
  pthread_setname_np(pthread_self(), "fedhub.net");
  std::array<epoll_event, events_per_wait> events;
  std::vector<watch_ptr> done;
  while (!stopping_) {
    int n = epoll_wait(epoll_.get(), events.data(), events_per_wait, -1);
    for (int i = 0; i < n; ++i) {
      auto* x = static_cast<watch*>(events[i].data.ptr);
      if (x == nullptr) {
        uint64_t count = 0;
        [[maybe_unused]] auto got = ::read(wake_.get(), &count, sizeof(count));
        continue;
      }
      auto bits = bits_of(events[i].events);
      if (bits != 0 && x->pending_.fetch_or(bits, std::memory_order_acq_rel) == 0)
        caf::anon_send(x->owner_, ready_atom_v, x->fd_);
    }
    {
      std::lock_guard guard{mutex_};
      done.swap(ended_);
    }
    done.clear(); // outside the lock: the last handle of an actor may run its destructor
  }
}

} // namespace fedhub
