// The keys of session tickets: RFC 5077 §4, RFC 8446 §4.6.1.
#pragma once

#include <array>
#include <chrono>
#include <mutex>
#include <optional>

namespace fedhub {

/// Keys for the tickets of all contexts, those of later reloads too: a peer that comes back resumes
/// its session whatever certificate is served meanwhile. They are made in memory and never leave
/// it.
///
/// Each key makes tickets for `ticket_life` and opens them for as long again, so that every ticket
/// is good for its life. After that nobody can read, even with the process in hand, what the ticket
/// protected: RFC 9325 §3.4 wants keys to change, and more often than once a week.
///
/// Thread safety: all members may be called from any thread.
class ticket_keys {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::hours ticket_life{2};

  struct key {
    std::array<unsigned char, 16> name{}; ///< in clear in each ticket.
    std::array<unsigned char, 32> cipher{};
    std::array<unsigned char, 32> mac{};
  };

  ticket_keys() = default;
  ticket_keys(const ticket_keys&) = delete;
  ticket_keys& operator=(const ticket_keys&) = delete;
  ~ticket_keys();

  /// The key to make tickets with.
  key current(time_point now);

  /// The key that made a ticket, unless it is too old by now.
  std::optional<key> find(const std::array<unsigned char, 16>& name, time_point now);

private:
  struct entry {
    key its;
    time_point made;
  };
  void rotate(time_point now);

  std::mutex mutex_;
  std::optional<entry> current_;
  std::optional<entry> previous_; ///< opens, but makes no more.
};

} // namespace fedhub
