#include "actors/stanzas/input_buffer.hpp"

#include <algorithm>
#include <cstring>

#include <caf/make_counted.hpp>

namespace fedhub {

namespace {
constexpr size_t min_room = 1024;
}

void input_buffer::move_to(size_t capacity) {
  auto rest = pending();
  commit();
  auto fresh = caf::make_counted<chunk>(capacity, source_);
  if (!rest.empty())
    std::memcpy(fresh->data(), rest.data(), rest.size());
  begin_ = 0;
  end_ = rest.size();
  chunk_ = std::move(fresh);
}

std::pair<char*, size_t> input_buffer::room() {
  if (!chunk_) {
    begin_ = end_ = 0;
    move_to(next_capacity_);
  }
  if (chunk_->unique()) { // no stanza references it
    chunk_->discharge();
    if (begin_ == end_)
      begin_ = end_ = 0;
  }
  auto waiting = end_ - begin_;
  if (chunk_->capacity() - end_ < min_room) {
    // If a stanza fills half of the chunk, it is long. Doubling keeps the cost of copying linear.
    auto capacity = std::max(next_capacity_, waiting + min_room);
    if (waiting * 2 > capacity)
      capacity = waiting * 2;
    if (chunk_->unique() && capacity <= chunk_->capacity() && begin_ > 0) {
      std::memmove(chunk_->data(), chunk_->data() + begin_, waiting);
      begin_ = 0;
      end_ = waiting;
    }
    if (chunk_->capacity() - end_ < min_room)
      move_to(std::max(capacity, waiting + min_room));
  }
  return {chunk_->data() + end_, chunk_->capacity() - end_};
}

void input_buffer::filled(size_t n) {
  auto full = end_ + n == chunk_->capacity();
  end_ += n;
  if (full)
    next_capacity_ = large_chunk;
}

void input_buffer::source(stanza_source_ptr stanza_source) {
  source_ = std::move(stanza_source);
  if (chunk_)
    move_to(std::max(chunk_->capacity(), end_ - begin_ + min_room));
}

void input_buffer::shrink(size_t octets) {
  commit();
  next_capacity_ = octets >= small_chunk ? large_chunk : small_chunk;
  if (!chunk_)
    return;
  if (begin_ == end_) {
    chunk_.reset();
    begin_ = end_ = 0;
  } else if (chunk_->unique()) {
    chunk_->discharge();
  } else {
    move_to(end_ - begin_ + min_room);
  }
}

} // namespace fedhub
