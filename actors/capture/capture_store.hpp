// The captures of a hub: those that run, and the files of those that have ended.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "actors/capture/capture_file.hpp"
#include "actors/capture/capture_folder.hpp"
#include "actors/capture/capture_queue.hpp"
#include "protocol/admin/capture_row.hpp"
#include "protocol/admin/event_row.hpp"
#include "protocol/admin/problem_document.hpp"

namespace fedhub {

/// What [capture] says.
struct capture_bounds {
  std::filesystem::path directory;
  uint64_t octets = uint64_t{64} << 20; ///< of one file.
};

/// A capture to start.
struct capture_order {
  admin::capture_selection selection;
  capture_filter filter;
  std::chrono::seconds time;
  std::string by; ///< who starts it, for the audit.
};

/// A file to send. `octets` of it are whole blocks.
struct capture_download {
  std::shared_ptr<const unique_fd> file;
  uint64_t octets = 0;
};

template <class Value>
using capture_answer = tl::expected<Value, admin::problem_document>;

/// Starts and ends captures, writes their files, and forgets old files. Belongs to one thread. All
/// calls may block on file I/O.
class capture_store {
public:
  /// @name Bounds. Operators start captures, and peers fill them.
  /// @{
  static constexpr size_t most_running = 2;
  static constexpr std::chrono::seconds longest_time{3600};
  static constexpr size_t most_kept = 8; ///< those that run included; the oldest goes first.
  static constexpr uint64_t most_octets = uint64_t{256} << 20; ///< of all files.
  static constexpr std::chrono::hours kept_for{24};
  /// No capture takes the last octets of a disk: the history needs 64 MiB.
  static constexpr uint64_t least_free_octets = uint64_t{128} << 20;
  /// @}

  /// What the store uses.
  struct surroundings {
    /// Makes this list known to all streams.
    std::function<void(running_captures_ptr)> publish;
    /// Returns the octets that have come in since the last call of `write`.
    std::function<std::vector<captured_octets>()> take_rest;
    std::function<void(admin::audit_row)> record;
    std::function<uint64_t(const std::filesystem::path&)> free_octets; ///< of the folder's disk.
  };

  using time_point = std::chrono::system_clock::time_point;

  explicit capture_store(surroundings around) : around_{std::move(around)} {}

  /// @name What operators ask for.
  /// @{
  capture_answer<admin::capture_row> start(const capture_bounds& bounds, capture_order order,
                                           time_point now);
  std::vector<admin::capture_row> list(const capture_bounds& bounds, time_point now);
  capture_answer<capture_download> open(const capture_bounds& bounds, uint64_t id,
                                        const std::string& by, time_point now);
  /// Ends a capture that runs; removes one that has ended.
  capture_answer<admin::capture_row> remove(const capture_bounds& bounds, uint64_t id,
                                            const std::string& by, time_point now);
  /// @}

  void write(const std::vector<captured_octets>& parts, time_point now);
  /// Ends captures whose time is over, and removes files that are too old. To be called every
  /// second while captures run.
  void tend(time_point now);
  bool is_running() const { return !running_.empty(); }
  /// Ends all captures, since the hub stops.
  void end_all(time_point now);

private:
  struct capture {
    std::shared_ptr<running_capture> shared;
    std::unique_ptr<capture_file> file;
    capture_folder folder;
    admin::capture_row row;
    time_point until;
    std::string by;
    uint64_t dropped_noted = 0; ///< elements whose loss is in the file.
  };

  /// Uses the folder that the configuration names.
  void use(const capture_bounds& bounds, time_point now);
  void remove_old(time_point now);
  std::optional<admin::problem_document> make_room(const capture_bounds& bounds);
  void forget(size_t index);
  void add(capture& to, const captured_octets& part);
  void add_all(const std::vector<captured_octets>& parts);
  void flush();
  static void note(capture& of, capture_file::outcome outcome);
  /// Finishes the captures that are not in the state `running` any more.
  void settle(time_point now);
  void finish(capture& ended, time_point now);
  void publish() const;
  admin::capture_row row_of(const capture& capture, time_point now) const;
  void record(const admin::capture_row& row, const std::string& by, const std::string& what) const;
  capture* find_running(uint64_t id);

  surroundings around_;
  capture_folder folder_;
  std::vector<capture> running_;
  std::vector<admin::capture_row> kept_; ///< in `folder_`, oldest first.
  uint64_t last_id_ = 0;
};

} // namespace fedhub
