#include "metrics/http/http_reply_queue.hpp"

#include <sys/eventfd.h>

namespace fedhub {

uint64_t http_reply_queue::open() {
  const std::lock_guard lock{mutex_};
  open_.emplace(next_, row{});
  return next_++;
}

std::optional<http_reply> http_reply_queue::take_or_wait(uint64_t request) {
  const std::lock_guard lock{mutex_};
  const auto at = open_.find(request);
  if (at == open_.end())
    return {};
  at->second.waiting = true;
  auto reply = std::move(at->second.reply);
  if (reply)
    open_.erase(at);
  return reply;
}

http_reply_queue::replies http_reply_queue::take_all() {
  replies all;
  const std::lock_guard lock{mutex_};
  eventfd_t count = 0;
  // Fails only if nothing has woken the thread.
  [[maybe_unused]] const int done = eventfd_read(wake_.get(), &count);
  for (auto at = open_.begin(); at != open_.end();) {
    if (!at->second.waiting || !at->second.reply) {
      ++at;
      continue;
    }
    all.emplace_back(at->first, std::move(*at->second.reply));
    at = open_.erase(at);
  }
  return all;
}

void http_reply_queue::forget(uint64_t request) {
  decltype(open_)::node_type over; // a reply may call back when it is destroyed
  const std::lock_guard lock{mutex_};
  over = open_.extract(request);
}

void http_reply_queue::close() {
  decltype(open_) over;
  const std::lock_guard lock{mutex_};
  over.swap(open_);
  wake_.reset();
}

void http_reply_queue::wake() {
  const std::lock_guard lock{mutex_};
  wake_locked();
}

void http_reply_queue::wake_locked() {
  // Fails only if the counter is full or the queue is closed. In both cases nobody has to be woken.
  [[maybe_unused]] const int done = eventfd_write(wake_.get(), 1);
}

bool http_reply_queue::post(uint64_t request, http_reply reply) {
  const std::lock_guard lock{mutex_};
  const auto at = open_.find(request);
  if (at == open_.end() || at->second.reply)
    return false;
  at->second.reply = std::move(reply);
  if (at->second.waiting)
    wake_locked();
  return true;
}

bool http_reply_queue::expects(uint64_t request) const {
  const std::lock_guard lock{mutex_};
  const auto at = open_.find(request);
  return at != open_.end() && !at->second.reply;
}

} // namespace fedhub
