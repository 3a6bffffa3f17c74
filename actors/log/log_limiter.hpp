// Limits the log lines that peers provoke.
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

/// The kind of a line. Lines of one kind and one peer share a limit.
struct log_kind {
  log_module module{};
  std::string_view text; ///< static; the subject of the lines.

  friend bool operator==(const log_kind&, const log_kind&) = default;
};

/// The limits of one second.
struct log_budget {
  uint64_t lines = 0;
  uint64_t lines_each = 0; ///< for each kind and peer.
  uint64_t octets = 0;     ///< of written lines, together.
};

/// Decides which lines are written. Counts all other lines until they are reported. Time is a
/// parameter.
///
/// A second begins with the first line after the previous second is over. Octets beyond the budget,
/// from its last line or from reports, are taken from the next seconds' budget. So over a longer
/// time, the average is at most `octets` a second.
///
/// Thread safety: all calls, by a mutex.
class log_limiter {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Kinds and peers that are reported by name. All others are summed up.
  static constexpr size_t max_rows = 5;
  /// The octets of a peer's name that are kept.
  static constexpr size_t max_peer = 64;

  enum class verdict : uint8_t {
    write,
    leave_out,
    leave_out_first, ///< the first line left out since the last report: schedule a report.
  };

  /// Lines that were left out.
  struct report {
    log_kind kind; ///< empty: several kinds and peers.
    std::string peer;
    spdlog::level::level_enum level = spdlog::level::trace; ///< the highest of these lines.
    uint64_t count = 0;
    uint64_t kinds = 1; ///< the number of kinds and peers.
  };

  explicit log_limiter(const log_budget& x) : budget_(x) {}

  void budget(const log_budget& budget);

  /// Decides about a line. @param peer the peer that provoked it.
  verdict admit(const log_kind& kind, std::string_view peer, spdlog::level::level_enum level,
                time_point now);

  /// Counts octets that were written.
  void charge(size_t octets);

  /// Returns the lines left out since the last call, the largest counts first: at most `max_rows`
  /// rows and one for all others.
  std::vector<report> take_reports();

  /// Returns how many kinds and peers are remembered.
  size_t remembered() const;

private:
  struct entry {
    report left_out;
    uint64_t second = 0; ///< the second of `written`.
    uint64_t written = 0;
  };

  size_t max_entries() const;
  void begin_second(time_point now);
  void forget_quiet();
  entry* entry_of(const log_kind& kind, std::string_view peer);

  mutable std::mutex mutex_;
  log_budget budget_;
  std::unordered_map<std::string, entry> entries_;
  /// Lines of kinds and peers without an entry.
  report others_{{}, {}, spdlog::level::trace, 0, 0};
  time_point begun_{};
  uint64_t second_ = 0;
  uint64_t lines_ = 0;   ///< lines of this second.
  uint64_t octets_ = 0;  ///< octets of this second, and the excess of earlier ones.
  bool waiting_ = false; ///< there are lines to report.
};

} // namespace fedhub
