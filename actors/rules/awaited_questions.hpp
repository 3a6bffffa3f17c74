// Expected questions about the hub's own keys, by the address that they will come from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "actors/net/address_group.hpp"

namespace fedhub {

/// Counts the keys that await an answer, by address. A server that gets a key (`<db:result>`) from
/// the hub asks back before it answers (XEP-0220 §2.1.2). Mostly it opens a connection for each
/// key, from the address that the key was sent to. Until the key is answered, that address may open
/// one more connection than other addresses.
///
/// For a server that asks back from another address only the common limits apply.
///
/// Thread safety: all of it, by a mutex.
class awaited_questions {
public:
  /// The most keys that are counted for one address, and the most addresses. Beyond these, a key
  /// admits no further connection.
  static constexpr uint64_t most_of_one = 4096;
  static constexpr size_t most_addresses = 65536;

  /// The unanswered keys of one outgoing stream; no longer counted once this is destroyed. The
  /// registry outlives it.
  class share {
  public:
    share(awaited_questions& owner, const address_group& at) : owner_(owner), at_(at) {}
    share(const share&) = delete;
    share& operator=(const share&) = delete;
    ~share();

    void sent();
    void answered();
    uint64_t count() const { return count_ + uncounted_; }

  private:
    awaited_questions& owner_;
    address_group at_;
    uint64_t count_ = 0;
    uint64_t uncounted_ = 0; ///< keys for which the registry was full.
  };

  /// @name For connections. They hold no share themselves, since idle ones would pay for it.
  /// @param stream a number that no other connection has.
  /// @{
  void sent(uint64_t stream, const address_group& at);
  void answered(uint64_t stream);
  /// Stops counting all keys of the stream. May be called again.
  void ended(uint64_t stream);
  /// @}

  /// Returns the number of unanswered keys that were sent to this address.
  uint64_t of(const address_group& group) const;
  size_t addresses() const;

private:
  bool add(const address_group& group);
  void remove(const address_group& group, uint64_t n);

  mutable std::mutex mutex_;
  std::unordered_map<address_group, uint64_t> counts_;
  std::mutex streams_mutex_; ///< locked before `mutex_`, never after it.
  /// Streams with unanswered keys. The last member, since shares use those above when they end.
  std::unordered_map<uint64_t, std::unique_ptr<share>> streams_;
};

} // namespace fedhub
