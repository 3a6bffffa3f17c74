// Stanzas on their way through the hub: slices of reference-counted buffers.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/intrusive_ptr.hpp>
#include <caf/ref_counted.hpp>

#include "actors/runtime/heap_octets.hpp"
#include "actors/stanzas/flow_credit.hpp"
#include "metrics/hub_metrics.hpp"
#include "protocol/errors/stanza_error.hpp"
#include "protocol/stanza/rewrite.hpp"
#include "protocol/stanza/stanza_kind.hpp"
#include "protocol/text/domain_name.hpp"
#include "protocol/xml/xml_scanner.hpp"

namespace fedhub {

/// A domain as it was written in an address, and as the hub reads it.
struct seen_domain {
  domain_name name;
  bool normal; ///< the octets were `name.wire()`.
  /// The same octets read as the other form of the name, if IDNA2003 and IDNA2008 map it
  /// differently; null if both give one form.
  const seen_domain* other = nullptr;
};

/// The stream that stanzas came from: the context that their octets depend on, and its credit for
/// back-pressure.
///
/// Thread safety: only the source's connection calls `intern`. Everything else is constant, or
/// `credit`'s own matter.
class stanza_source : public caf::ref_counted {
public:
  /// @param credit null for stanzas that the hub makes itself.
  stanza_source(source_context context, stanza_direction direction,
                std::shared_ptr<flow_credit> credit)
    : context_(std::move(context)), direction_(direction), credit_(std::move(credit)) {}

  const source_context& context() const { return context_; }
  stanza_direction direction() const { return direction_; }
  flow_credit* credit() const { return credit_.get(); }

  /// Returns the entry of a domainpart (references expanded); null if it is not a domain. Equal
  /// octets have one entry, which lives as long as the source. Once `full`, take a new source.
  const seen_domain* intern(std::string_view raw) {
    if (recent_.empty()) // no stanza yet; most idle streams never have one
      return look_up(raw);
    for (auto& domain : place_of(raw).domains)
      if (domain.raw == raw)
        return domain.value;
    return look_up(raw);
  }
  /// Returns the entry of the octets of `domain`, an entry of this source, read as `name`.
  /// Both names are the same by IDNA2003. The entry lives as long as the source.
  const seen_domain* taken_for(const seen_domain& domain, const domain_name& name);
  bool full() const { return domains_.size() >= max_domains; }

private:
  /// The most distinct domains of one source, which bounds what a peer can make the hub remember.
  static constexpr size_t max_domains = 4096;
  static constexpr size_t few_places = 2;
  static constexpr size_t many_places = 64;

  struct text_hash {
    using is_transparent = void;
    size_t operator()(std::string_view x) const noexcept {
      return std::hash<std::string_view>{}(x);
    }
  };

  struct known_domain {
    std::string_view raw; ///< points to the key in `domains_`.
    const seen_domain* value = nullptr;
  };
  /// Domains that share a place. With one domain per place, some of a dozen would displace each
  /// other. Fills a cache line.
  struct alignas(64) known_domains {
    std::array<known_domain, 2> domains;
  };

  const seen_domain* look_up(std::string_view raw);
  known_domains& place_of(std::string_view raw) {
    // Names differ mostly at their beginning or, if they begin alike below one domain, soon after
    // it.
    uint64_t first = 0;
    uint64_t middle = 0;
    if (raw.size() >= sizeof first) {
      std::memcpy(&first, raw.data(), sizeof first);
      std::memcpy(&middle, raw.data() + (raw.size() - sizeof middle) / 2, sizeof middle);
    } else {
      std::memcpy(&first, raw.data(), raw.size());
    }
    const uint64_t mixed =
      ((first ^ raw.size()) * 0x9E3779B97F4A7C15) ^ (middle * 0xD6E8FEB86659FD93);
    return recent_[(mixed >> 40) & (recent_.size() - 1)];
  }

  source_context context_;
  stanza_direction direction_;
  std::shared_ptr<flow_credit> credit_; ///< exists as long as octets are on their way
  /// By their octets.
  std::unordered_map<std::string, seen_domain, text_hash, std::equal_to<>> domains_;
  /// The domains used last. Most streams have two domains; a stream with many gets more places.
  std::vector<known_domains> recent_;
};
using stanza_source_ptr = caf::intrusive_ptr<stanza_source>;

/// A buffer that a connection reads into, and whose slices are stanzas. The octets of a slice never
/// change.
class chunk {
public:
  /// Makes a chunk with one reference, which is the caller's.
  /// @param lone for stanzas that count against no credit.
  chunk(size_t capacity, stanza_source_ptr source, bool lone = false)
    : data_(new char[capacity]), capacity_(capacity), source_(std::move(source)), lone_(lone) {}
  chunk(const chunk&) = delete;
  chunk& operator=(const chunk&) = delete;

  /// @name References. They are counted here instead of by CAF, so that many can be taken or
  /// released at once. Hundreds of stanzas reference one chunk, and CAF would need two atomic
  /// operations for each.
  /// @{
  void ref(size_t n = 1) const noexcept { references_.fetch_add(n, std::memory_order_relaxed); }
  void deref(size_t n = 1) const noexcept {
    // A caller that owns all references is alone: no other thread can get a new one.
    if (references_.load(std::memory_order_acquire) == n
        || references_.fetch_sub(n, std::memory_order_acq_rel) == n)
      delete this;
  }
  /// Releases references of stanzas that no longer hold back their source.
  /// @param octets of these stanzas that were charged to it.
  void release(size_t n, size_t octets) const noexcept {
    if (octets != 0 && references_.load(std::memory_order_acquire) != n)
      discharge(octets);
    deref(n);
  }
  bool unique() const noexcept { return references_.load(std::memory_order_acquire) == 1; }
  /// @}

  char* data() { return data_.get(); }
  size_t capacity() const { return capacity_; }
  bool lone() const { return lone_; }
  const stanza_source& source() const { return *source_; }
  const stanza_source_ptr& source_handle() const { return source_; }

  /// Counts octets of stanzas cut from this chunk against the source's credit, from the next
  /// `commit` until the chunk is freed. Only the maker of the chunk calls it.
  void charge(size_t octets) { uncommitted_ += static_cast<uint32_t>(octets); }
  /// Call before any of these stanzas leaves the actor.
  void commit();
  /// Returns all charged octets to the credit. Call when no stanza references the chunk but the
  /// chunk is kept.
  void discharge();
  /// Returns so many octets of stanzas in this chunk to the credit, since they no longer hold back
  /// their source. Any thread may call it.
  void discharge(size_t octets) const noexcept;

private:
  ~chunk();

  mutable std::atomic<size_t> references_{1};
  std::unique_ptr<char[]> data_;
  size_t capacity_;
  stanza_source_ptr source_;
  mutable std::atomic<int64_t> charged_{0};
  uint32_t uncommitted_ = 0;
  bool lone_;
};

inline void intrusive_ptr_add_ref(const chunk* x) noexcept { x->ref(); }
inline void intrusive_ptr_release(const chunk* x) noexcept { x->deref(); }
using chunk_ptr = caf::intrusive_ptr<chunk>;

/// Copies the text of one stanza into a chunk that counts against the source's credit.
chunk_ptr make_chunk(std::string_view text, stanza_source_ptr source);

/// References to chunks that will be released. References to the same chunk in a row are released
/// with one operation. Stanzas of one source that go the same way lie in few chunks.
class chunk_references {
public:
  chunk_references() = default;
  chunk_references(const chunk_references&) = delete;
  chunk_references& operator=(const chunk_references&) = delete;
  ~chunk_references() { release(); }

  /// Adds a reference. @param charged octets that still count against the source's credit.
  void add(chunk_ptr x, size_t charged) { add(x.detach(), 1, charged); }
  /// Adds references to `chunk` that the caller owns.
  void add(const chunk* chunk, uint32_t references, size_t charged) {
    if (chunk != chunk_)
      release();
    chunk_ = chunk;
    count_ += references;
    charged_ += static_cast<uint32_t>(charged);
  }
  /// Releases the references. Adding a reference to another chunk does so too.
  void release() {
    if (count_ != 0)
      std::exchange(chunk_, nullptr)->release(std::exchange(count_, 0), std::exchange(charged_, 0));
  }

private:
  const chunk* chunk_ = nullptr;
  uint32_t count_ = 0;
  uint32_t charged_ = 0;
};

using time_point = std::chrono::steady_clock::time_point;

/// One stanza. Cheap to move. Its holder has to settle it (`accounting`) exactly once.
struct stanza {
  chunk_ptr buffer;
  const char* data = nullptr;
  uint32_t size = 0;
  stanza_kind kind = stanza_kind::none;
  /// How often it was written to a stream that ended before it was acknowledged (XEP-0198).
  uint8_t times_sent = 0;
  bool generated = false; ///< an error stanza of the hub itself: counted apart, never answered.
  tag_digest tag;
  const seen_domain* from = nullptr; ///< owned by the buffer's source.
  const seen_domain* to = nullptr;
  time_point since{}; ///< when it was taken from its stream.

  std::string_view text() const { return {data, size}; }
  const stanza_source& source() const { return buffer->source(); }
  stanza_direction direction() const { return buffer->source().direction(); }
  bool settled() const { return !buffer; }
};
// One cache line, since millions of stanzas are moved every second.
static_assert(sizeof(stanza) == 64);

/// The memory of a stanza's place in an outbox. In other queues it is a little less.
inline constexpr int64_t waiting_place = 80;

/// Returns the memory that a stanza of so many octets takes while it waits: a chunk with its
/// octets, and its place in a queue. It depends on the size alone, so the same amount is charged
/// and released.
constexpr int64_t waiting_octets(uint32_t size) {
  return heap_octets(size) + heap_octets(sizeof(chunk)) + waiting_place;
}

/// Returns the addressee by which nodes that share a domain share stanzas: the bare JID in `to` as
/// written, or the domain if there is none. @pre `stanza.to` is not null.
std::string_view addressee(const stanza& stanza);

/// Detaches a stanza: copies its octets into a buffer of their own, so that it no longer counts
/// against its source's credit.
void detach(stanza& stanza);
bool detached(const stanza& stanza);

class accounting;

/// Stanzas of one turn, in order. A message carries the batch to one receiver, which takes the
/// stanzas out. If the receiver is gone, the stanzas in the batch are counted as dropped when it is
/// destroyed.
class stanza_batch {
public:
  explicit stanza_batch(accounting& account) : account_(account) {}
  stanza_batch(const stanza_batch&) = delete;
  stanza_batch& operator=(const stanza_batch&) = delete;
  ~stanza_batch();

  std::vector<stanza> stanzas;

private:
  accounting& account_;
};
using stanza_batch_ptr = std::shared_ptr<stanza_batch>;

} // namespace fedhub

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::stanza_batch_ptr)
