// How much of the log those may fill who provoke its lines.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <spdlog/common.h>

namespace fedhub {

enum class log_module : uint8_t;

/// What lines are alike.
struct log_kind {
  log_module module{};
  std::string_view text; ///< static; what the lines are about.

  friend bool operator==(const log_kind&, const log_kind&) = default;
};

/// Of one second.
struct log_budget {
  uint64_t lines = 0;
  uint64_t lines_each = 0; ///< of one kind and peer.
  uint64_t octets = 0;     ///< of written lines.
};

/// Decides which lines are written, and counts the others until they are reported. A value; time is
/// a parameter.
///
/// Seconds begin with the first line after the one before. Octets beyond the budget, by the line
/// that passed it or by reports, are taken from the next second's; so `octets` a second hold over
/// any longer time.
///
/// Thread safety: all of it, by a mutex.
class log_limiter {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Kinds and peers that are reported by name; all others together.
  static constexpr size_t max_rows = 5;
  /// Octets that are kept of a peer's name.
  static constexpr size_t max_peer = 64;

  enum class verdict : uint8_t {
    write,
    leave_out,
    leave_out_first, ///< nothing else waits to be reported: a report has to be scheduled.
  };

  /// Lines that were left out.
  struct report {
    log_kind kind; ///< none: of several kinds and peers.
    std::string peer;
    spdlog::level::level_enum level = spdlog::level::trace; ///< the highest.
    uint64_t count = 0;
    uint64_t kinds = 1; ///< so many kinds and peers.
  };

  explicit log_limiter(log_budget x) : budget_(x) {}

  void budget(log_budget x);

  /// A line of this kind is about to be written. @param peer who provoked it.
  verdict admit(const log_kind& kind, std::string_view peer, spdlog::level::level_enum level,
                time_point now);

  /// So many octets were written.
  void charge(size_t octets);

  /// What was left out since the call before, most first: `max_rows` and one more at most.
  std::vector<report> take_reports();

  /// Kinds and peers that are remembered.
  size_t remembered() const;

private:
  struct entry {
    report left_out;
    uint64_t second = 0; ///< that `written` is about.
    uint64_t written = 0;
  };

  size_t max_entries() const;
  void begin_second(time_point now);
  void forget_quiet();
  entry* entry_of(const log_kind& kind, std::string_view peer);

  mutable std::mutex mutex_;
  log_budget budget_;
  std::unordered_map<std::string, entry> entries_;
  report others_{{}, {}, spdlog::level::trace, 0, 0}; ///< of which there are no entries.
  time_point begun_{};
  uint64_t second_ = 0;
  uint64_t lines_ = 0;   ///< of this second.
  uint64_t octets_ = 0;  ///< of this second, and what others passed their budget by.
  bool waiting_ = false; ///< something is to be reported.
};

} // namespace fedhub
