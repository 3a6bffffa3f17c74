// The octets that a connection has read and not yet cut into stanzas.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

#include "actors/stanzas/stanza.hpp"

namespace fedhub {

/// Reads octets into reference-counted chunks; stanzas are slices of them. Chunks begin small, grow
/// with the traffic, and are released when a stream is idle. Belongs to one connection.
class input_buffer {
public:
  /// Capacity of the first chunk, and of a chunk after a quiet time.
  static constexpr size_t small_chunk = 4096;
  /// Capacity of a chunk of a busy stream: some dozens of stanzas per system call.
  static constexpr size_t large_chunk = 65536;

  explicit input_buffer(stanza_source_ptr source) : source_(std::move(source)) {}
  input_buffer(const input_buffer&) = delete;
  input_buffer& operator=(const input_buffer&) = delete;
  ~input_buffer() { commit(); }

  /// Returns room to read into, at least 1 KiB.
  std::pair<char*, size_t> room();
  /// Reports that so many octets were read into `room`.
  void filled(size_t n);

  /// Returns the octets that are read and not consumed.
  std::string_view pending() const {
    return chunk_ ? std::string_view{chunk_->data() + begin_, end_ - begin_} : std::string_view{};
  }
  void consume(size_t n) { begin_ += n; }
  /// Drops the pending octets.
  void clear() { begin_ = end_; }

  /// Returns the memory of the chunk in octets.
  size_t capacity() const { return chunk_ ? chunk_->capacity() : 0; }

  /// Returns the chunk that `pending` points into.
  const chunk_ptr& current() const { return chunk_; }

  /// Cuts a slice of so many octets from `pending`. From the next `commit` on, it counts against
  /// the source's credit. @returns a reference that keeps the octets.
  chunk_ptr cut(size_t octets) {
    chunk_->charge(octets);
    if (spare_references_ == 0) {
      chunk_->ref(references_at_once);
      spare_references_ = references_at_once;
    }
    spare_references_ -= 1;
    return {chunk_.get(), false};
  }

  /// Counts all cut slices against the source's credit; see `chunk::commit`.
  void commit() {
    if (!chunk_)
      return;
    if (spare_references_ != 0)
      chunk_->deref(std::exchange(spare_references_, 0));
    chunk_->commit();
  }

  /// Sets the source of the stanzas that are cut from now on (after a restart of the stream).
  void source(stanza_source_ptr stanza_source);
  const stanza_source_ptr& source() const { return source_; }

  /// The stanzas of the stream so far.
  struct stanza_counts {
    uint64_t in = 0;  ///< accepted.
    uint64_t out = 0; ///< queued to be written.
  };
  /// Returns the connection's own counts. They are here since the block of memory that holds a
  /// connection's state is full, and this one is not.
  stanza_counts& stanzas() { return stanzas_; }

  /// Releases as much of the chunk as possible. Call when nothing will be read for a while. @param
  /// octets read since the last call; they decide how large the stream's next chunk is.
  void shrink(size_t octets);

private:
  /// References to the chunk that are taken together, ahead of the slices.
  static constexpr size_t references_at_once = 256;

  void move_to(size_t capacity);

  stanza_source_ptr source_;
  chunk_ptr chunk_;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t next_capacity_ = small_chunk;
  /// References to `chunk_` for further slices; none between `commit` and the next `cut`.
  size_t spare_references_ = 0;
  stanza_counts stanzas_;
};

} // namespace fedhub
