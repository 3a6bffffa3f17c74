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

/// Keys for the tickets of all contexts, also of those that later reloads make. So a peer can
/// resume its session, whatever certificate is served meanwhile. The keys are made in memory and
/// never leave it.
///
/// A key makes tickets for `key_life`, and opens them for `ticket_life` longer, so each ticket is
/// valid for its whole life. Then the key is overwritten, and nobody can read what the ticket
/// protected, even with access to the process. RFC 9325 §3.4 requires that keys change, and more
/// often than once a week.
///
/// Thread safety: any thread may call all members.
class ticket_keys {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::hours key_life{1};
  static constexpr std::chrono::hours ticket_life{2};

  /// Each copy overwrites itself on destruction.
  struct key {
    std::array<unsigned char, 16> name{}; ///< in clear text in each ticket.
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

  /// Returns the key that makes tickets.
  key current(time_point now);

  /// Returns the key that made a ticket; nothing if it is unknown or too old.
  std::optional<key> find(const std::array<unsigned char, 16>& name, time_point now);

  /// Erases keys that are too old. All calls above do so, too. Call it from time to time, since a
  /// hub without handshakes makes no other call.
  void expire(time_point now);

  /// Returns how many keys there are: at most one for each started `key_life` in `key_life` +
  /// `ticket_life`.
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
