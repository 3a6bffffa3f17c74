// What a connection has read and not yet cut into stanzas.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

#include "actors/stanzas/stanza.hpp"

namespace fedhub {

/// Reads go into reference-counted chunks; stanzas are slices of them. Chunks begin small and grow
/// with the traffic, and are let go when a stream is idle. Belongs to one connection.
class input_buffer {
public:
  /// First chunk of a stream, and of one that has been quiet.
  static constexpr size_t small_chunk = 4096;
  /// Chunk of a busy stream: some dozen stanzas per system call.
  static constexpr size_t large_chunk = 65536;

  explicit input_buffer(stanza_source_ptr source) : source_(std::move(source)) {}
  input_buffer(const input_buffer&) = delete;
  input_buffer& operator=(const input_buffer&) = delete;
  ~input_buffer() { commit(); }

  /// Room to read into, at least 1 KiB.
  std::pair<char*, size_t> room();
  /// So many octets were read into `room`.
  void filled(size_t n);

  /// What is read and not consumed.
  std::string_view pending() const {
    return chunk_ ? std::string_view{chunk_->data() + begin_, end_ - begin_} : std::string_view{};
  }
  void consume(size_t n) { begin_ += n; }
  /// Forgets what is pending.
  void clear() { begin_ = end_; }

  /// Octets of memory that the chunk takes.
  size_t capacity() const { return chunk_ ? chunk_->capacity() : 0; }

  /// The chunk that `pending` points into.
  const chunk_ptr& current() const { return chunk_; }

  /// Cuts a slice of so many octets from what is pending, which counts from the next `commit`
  /// against the source's credit. @returns what keeps them.
  chunk_ptr cut(size_t octets) {
    chunk_->charge(octets);
    if (spare_references_ == 0) {
      chunk_->ref(references_at_once);
      spare_references_ = references_at_once;
    }
    spare_references_ -= 1;
    return {chunk_.get(), false};
  }

  /// Counts what was cut against the source's credit; see `chunk::commit`.
  void commit() {
    if (!chunk_)
      return;
    if (spare_references_ != 0)
      chunk_->deref(std::exchange(spare_references_, 0));
    chunk_->commit();
  }

  /// Stanzas cut from now on belong to another source (a stream has restarted).
  void source(stanza_source_ptr x);
  const stanza_source_ptr& source() const { return source_; }

  /// Lets the chunk go as far as possible: nothing more is read for a while. @param octets read
  /// since the last rest; they tell how large a chunk the stream is worth next time.
  void rest(size_t octets);

private:
  /// To the chunk, taken ahead of what will be cut from it.
  static constexpr size_t references_at_once = 256;

  void move_to(size_t capacity);

  stanza_source_ptr source_;
  chunk_ptr chunk_;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t next_capacity_ = small_chunk;
  size_t spare_references_ = 0; ///< to `chunk_`; none between `commit` and the next `cut`.
};

} // namespace fedhub
