#include "actors/runtime/network_loop.hpp"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include <caf/execution_unit.hpp>
#include <caf/message.hpp>
#include <caf/message_id.hpp>

namespace fedhub {

namespace {

uint32_t events_of(bool writing) {
  return EPOLLIN | EPOLLRDHUP | EPOLLET | (writing ? uint32_t{EPOLLOUT} : 0U);
}

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

network_loop::network_loop(driver by)
  : epoll_(epoll_create1(EPOLL_CLOEXEC)), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
    driver_(by) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  if (!epoll_ || !wake_ || epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0)
    throw std::system_error(errno, std::generic_category(), "epoll");
  if (by == driver::own_thread)
    thread_ = std::thread([this] { run(); });
}

network_loop::~network_loop() { stop(); }

watch_ptr network_loop::add(int fd, const ready_sink_actor& owner, interest wanted) {
  watch_ptr fresh{new watch(fd, owner, wanted)};
  {
    std::lock_guard guard{mutex_};
    live_.insert(fresh);
  }
  epoll_event event{};
  event.events = events_of(fresh->writing_);
  event.data.ptr = fresh.get();
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    auto error = errno;
    std::lock_guard guard{mutex_};
    live_.erase(fresh);
    errno = error;
    return nullptr;
  }
  return fresh;
}

void network_loop::watch_writing(const watch_ptr& watch) {
  if (!watch || std::exchange(watch->writing_, true))
    return;
  epoll_event event{};
  event.events = events_of(true);
  event.data.ptr = watch.get();
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, watch->fd_, &event);
}

void network_loop::remove(const watch_ptr& watch) {
  if (!watch)
    return;
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, watch->fd_, nullptr);
  end(watch);
}

void network_loop::closed(const watch_ptr& watch) {
  if (watch)
    end(watch);
}

void network_loop::end(const watch_ptr& watch) {
  {
    std::lock_guard guard{mutex_};
    if (live_.erase(watch) == 0)
      return;
    // The loop may hold events that point to the watch, so only the loop frees it, in its next
    // round.
    ended_.push_back(watch);
  }
  if (thread_.joinable())
    wake();
}

void network_loop::stop() {
  if (stopping_.exchange(true))
    return;
  wake();
  if (thread_.joinable())
    thread_.join();
  std::scoped_lock guard{poll_mutex_, mutex_};
  live_.clear();
  ended_.clear();
  std::lock_guard lines_guard{lines_mutex_};
  lines_ = {};
  turns_waiting_ = 0;
}

bool network_loop::wake() {
  // A read-modify-write, as in `poll`, so one of the two comes first. Either this call sees that a
  // thread waits. Or that thread, when it calls `may_wait`, sees everything done before this call.
  if (waiting_.fetch_add(0) == 0)
    return false;
  uint64_t one = 1;
  // The counter cannot overflow in practice. A full one would wake the thread, too.
  [[maybe_unused]] auto n = ::write(wake_.get(), &one, sizeof(one));
  return true;
}

bool network_loop::poll(caf::execution_unit* unit, const std::function<bool()>& may_wait) {
  std::unique_lock lock{poll_mutex_, std::try_to_lock};
  if (!lock || stopping_)
    return false;
  waiting_.exchange(1);
  free_ended();
  int timeout = may_wait() && !stopping_ ? -1 : 0;
  int n = epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), timeout);
  waiting_ = 0;
  dispatch(n, unit);
  return true;
}

void network_loop::dispatch(int events, caf::execution_unit* unit) {
  for (int i = 0; i < events; ++i) {
    auto* watched = static_cast<watch*>(events_[i].data.ptr);
    if (watched == nullptr) {
      uint64_t count = 0;
      [[maybe_unused]] auto got = ::read(wake_.get(), &count, sizeof(count));
      continue;
    }
    auto bits = bits_of(events_[i].events);
    if (bits == 0 || watched->pending_.fetch_or(bits, std::memory_order_acq_rel) != 0)
      continue; // the owner is notified already, or waits in line
    if (watched->class_.load(std::memory_order_relaxed) == turn_class::prompt
        || driver_ == driver::own_thread)
      report(*watched, unit);
    else
      stand_in_line(*watched);
  }
}

void network_loop::report(watch& watch, caf::execution_unit* unit) {
  if (watch.owner_)
    watch.owner_->enqueue(nullptr, caf::make_message_id(),
                          caf::make_message(ready_atom_v, watch.fd_), unit);
}

// ---- turns -------------------------------------------------------------------------------------

void network_loop::again(const watch_ptr& watch) {
  if (!watch
      || watch->pending_.fetch_or(static_cast<uint32_t>(readiness::again),
                                  std::memory_order_acq_rel)
           != 0)
    return;
  if (driver_ == driver::own_thread)
    report(*watch, nullptr);
  else
    stand_in_line(*watch);
}

void network_loop::stand_in_line(watch& watch) {
  auto which = watch.class_.load(std::memory_order_relaxed);
  std::lock_guard guard{lines_mutex_};
  lines_.put(watch.shared_from_this(), which == turn_class::prompt ? turn_class::busy : which,
             watch.source_.load(std::memory_order_relaxed));
  turns_waiting_ = lines_.size();
}

bool network_loop::next_turn(caf::execution_unit* unit) {
  if (turns_waiting_ == 0)
    return false;
  watch_ptr fresh;
  {
    std::lock_guard guard{lines_mutex_};
    if (lines_.empty())
      return false;
    fresh = lines_.take();
    turns_waiting_ = lines_.size();
  }
  report(*fresh, unit);
  return true;
}

void network_loop::free_ended() {
  std::vector<watch_ptr> done;
  {
    std::lock_guard guard{mutex_};
    done.swap(ended_);
  }
  done.clear(); // outside of the lock, since the last handle of an actor may run its destructor
}

void network_loop::run() {
  pthread_setname_np(pthread_self(), "fedhub.net");
  while (!stopping_)
    poll(nullptr, [] { return true; });
}

} // namespace fedhub
