#include "metrics/http/http_event_buffer.hpp"

#include <algorithm>
#include <utility>

#include "metrics/http/http_event.hpp"
#include "metrics/http/http_reply_queue.hpp"

namespace fedhub {

http_event_buffer::http_event_buffer(std::shared_ptr<http_reply_queue> to, size_t octets,
                                     http_stream_callback ended)
  : to_{std::move(to)}, octets_{octets}, ended_callback_{std::move(ended)}, text_{event_comment}
// the library holds the head back until there is a body
{}

bool http_event_buffer::add(std::string_view text) {
  const std::lock_guard lock{mutex_};
  if (ended_)
    return false;
  if (text.size() > octets_ || text_.size() - begin_ > octets_ - text.size()) {
    ended_ = http_stream_end::slow;
    to_->wake(); // even if the thread waits for the socket
    return false;
  }
  text_ += text;
  wake();
  return true;
}

void http_event_buffer::end(http_stream_end why) {
  const std::lock_guard lock{mutex_};
  if (ended_)
    return;
  ended_ = why;
  wake();
}

std::optional<http_stream_end> http_event_buffer::ended() const {
  const std::lock_guard lock{mutex_};
  return ended_;
}

std::optional<size_t> http_event_buffer::take(char* to, size_t room) {
  const std::lock_guard lock{mutex_};
  if (ended_ && *ended_ != http_stream_end::owner)
    return {};
  const size_t size = text_.copy(to, room, begin_);
  begin_ += size;
  if (2 * begin_ > text_.size()) // so that no octet is moved often
    text_.erase(0, std::exchange(begin_, 0));
  taken_ |= size > 0;
  if (size == 0 && ended_)
    return {};
  waiting_ = size == 0;
  return size;
}

bool http_event_buffer::ready() const {
  const std::lock_guard lock{mutex_};
  return ended_ || !text_.empty();
}

bool http_event_buffer::tick() {
  const std::lock_guard lock{mutex_};
  if (!text_.empty() && !taken_ && !ended_)
    ended_ = http_stream_end::slow;
  if (ended_ && (*ended_ != http_stream_end::owner || !taken_))
    return false;
  taken_ = false;
  if (text_.empty() && !ended_)
    text_ = event_comment;
  return true;
}

void http_event_buffer::close() {
  std::unique_lock lock{mutex_};
  const auto why = ended_.value_or(http_stream_end::gone);
  ended_ = why;
  const auto callback = std::exchange(ended_callback_, {});
  lock.unlock();
  if (callback)
    callback(why);
}

void http_event_buffer::wake() {
  if (std::exchange(waiting_, false))
    to_->wake();
}

} // namespace fedhub
