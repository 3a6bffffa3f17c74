// The keys of session tickets: RFC 5077 §4, RFC 8446 §4.6.1.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>

#include <openssl/crypto.h>

namespace fedhub {

/// Keys for the tickets of all contexts, those of later reloads too: a peer that comes back resumes
/// its session whatever certificate is served meanwhile. They are made in memory and never leave
/// it.
///
/// Each key makes tickets for `key_life` and opens them for `ticket_life` longer, so that every
/// ticket is good for its life. After that the key is overwritten, and nobody can read, even with
/// the process in hand, what the ticket protected: RFC 9325 §3.4 wants keys to change, and more
/// often than once a week.
///
/// Thread safety: all members may be called from any thread.
class ticket_keys {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::hours key_life{1};
  static constexpr std::chrono::hours ticket_life{2};

  /// Overwritten when it goes, each copy for itself.
  struct key {
    std::array<unsigned char, 16> name{}; ///< in clear in each ticket.
    std::array<unsigned char, 32> cipher{};
    std::array<unsigned char, 32> mac{};

    key() = default;
    key(const key&) = default;
    key& operator=(const key&) = default;
    ~key() {
      OPENSSL_cleanse(cipher.data(), cipher.size());
      OPENSSL_cleanse(mac.data(), mac.size());
    }
  };

  /// The key to make tickets with.
  key current(time_point now);

  /// The key that made a ticket, unless it is too old by now.
  std::optional<key> find(const std::array<unsigned char, 16>& name, time_point now);

  /// Forgets keys that are too old by now. The other members do so as well; to be called from time
  /// to time, since a hub without handshakes calls neither.
  void expire(time_point now);

  /// Keys that are held: at most one per started `key_life` within `key_life` + `ticket_life`.
  size_t size() const;

private:
  struct entry {
    key its;
    time_point made;
  };
  void drop_old(time_point now);

  mutable std::mutex mutex_;
  std::deque<entry> entries_; ///< the newest first; only the first may make tickets.
};

} // namespace fedhub
