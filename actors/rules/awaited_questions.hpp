// Questions about the hub's own keys that are to be expected, and from where.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "actors/net/address_group.hpp"

namespace fedhub {

/// A server that the hub has sent a key (`<db:result>`) asks back before it answers (XEP-0220
/// §2.1.2), mostly on a connection of its own for each key, and mostly from the address that the
/// key was sent to. For as long as the key is unanswered, that address may open one connection more
/// than others.
///
/// A server that asks back from another address gets nothing by this, and is held to the limits
/// that hold for everybody.
///
/// Thread safety: all of it, by a mutex.
class awaited_questions {
public:
  /// Keys that are counted for one address, and addresses for which any are. Beyond them, a key
  /// lets no connection in.
  static constexpr uint64_t most_of_one = 4096;
  static constexpr size_t most_addresses = 65536;

  /// The unanswered keys of one outgoing stream, given back with it. Belongs to its connection; the
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
    uint64_t uncounted_ = 0; ///< the registry was full.
  };

  /// @name For connections, which hold no share themselves: idle ones would pay for it.
  /// @param stream a number that no other connection has.
  /// @{
  void sent(uint64_t stream, const address_group& at);
  void answered(uint64_t stream);
  /// Gives back all that is left, whatever ended the stream. May be called again.
  void ended(uint64_t stream);
  /// @}

  /// Unanswered keys that were sent to this address.
  uint64_t of(const address_group& x) const;
  size_t addresses() const;

private:
  bool add(const address_group& x);
  void remove(const address_group& x, uint64_t n);

  mutable std::mutex mutex_;
  std::unordered_map<address_group, uint64_t> counts_;
  std::mutex streams_mutex_; ///< taken before the other, never after it.
  std::unordered_map<uint64_t, std::unique_ptr<share>> streams_; ///< those with
  ///< unanswered keys; last, for its shares are given back to the above.
};

} // namespace fedhub
