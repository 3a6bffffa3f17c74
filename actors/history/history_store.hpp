// The history on the disk.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "actors/history/history_file.hpp"
#include "actors/history/history_queue.hpp"

namespace fedhub {

/// Where the history's thread writes to. All calls come from that thread, and may block.
class history_sink {
public:
  virtual ~history_sink() = default;

  /// Writes a batch. Reports in its own way actions that can't be written.
  /// @returns whether the events are written, if there are any.
  virtual bool write(const history_batch& batch) = 0;

  /// Called about every 10 s: deletes what is too old.
  virtual void tend(const history_bounds& bounds) = 0;

  /// Returns how many events are gone that had been written, since the last call: those of a file
  /// that was removed, replaced or set aside. Of a file that can't be read, one.
  virtual uint64_t take_gone() = 0;
};

/// Writes events to `history.db` and management actions to `audit.db`, both in the state folder.
///
/// | bound | events | actions |
/// | --- | --- | --- |
/// | octets | `history_bounds::octets`; refusals and verdicts a quarter of them each | 32 MiB |
/// | age | `history_bounds::age` | one year |
///
/// If there is no room, the oldest events go of the kind that exceeds its share most
/// (`most_over_its_share`), so a flood of one kind pushes out none of the others.
///
/// A file that was removed or replaced while it was open is noticed before the next batch, or by
/// `tend`. The log warns, and a new file begins.
///
/// While less than 64 MiB of the disk are free, events are not written: SQLite could not even
/// delete. Actions are still written; if the disk is full, the 4 MiB of `audit.reserve` are
/// released for them.
class history_store : public history_sink {
public:
  static constexpr uint64_t free_octets_for_events = uint64_t{64} << 20;
  static constexpr uint64_t audit_octets = uint64_t{32} << 20;
  static constexpr std::chrono::days audit_age{365};
  static constexpr uint64_t reserve_octets = uint64_t{4} << 20;
  /// The most that the row of a refusal takes, with its indexes: see `history_queue`.
  static constexpr uint64_t refusal_row_octets = 1536;

  /// Returns how many octets of the disk are free.
  using disk_gauge = std::function<uint64_t(const std::filesystem::path& folder)>;

  explicit history_store(std::filesystem::path folder);
  /// @param free takes the place of statvfs(3).
  history_store(std::filesystem::path folder, disk_gauge free);

  bool write(const history_batch& batch) override;
  void tend(const history_bounds& bounds) override;
  uint64_t take_gone() override { return std::exchange(gone_, 0); }

private:
  /// Why events are not written.
  enum class trouble : uint8_t { none, unusable, disk_full, failed };

  /// Closes a file that is not at its path any more.
  /// @returns how many rows it had.
  static uint64_t close_if_moved(std::unique_ptr<history_file>& file);
  bool open_events();
  bool open_audit();
  bool has_space();
  bool write_events(const history_batch& batch);
  void write_actions(const history_batch& batch);
  tl::expected<void, sqlite_fault> insert_events(const history_batch& batch);
  tl::expected<void, sqlite_fault> insert_actions(const std::vector<admin::audit_row>& actions);
  void forget_refusals(const history_bounds& bounds);
  void keep_reserve();
  /// Releases the reserve if an action could not be written for want of space.
  /// @returns whether there is more space now.
  bool release_reserve_for(const sqlite_fault& why);
  /// Reports a change of the trouble once.
  void report(trouble what, const std::string& why);

  std::filesystem::path folder_;
  disk_gauge free_;
  std::unique_ptr<history_file> events_; ///< null: not open.
  std::unique_ptr<history_file> audit_;  ///< null: not open.
  trouble trouble_ = trouble::none;
  uint64_t gone_ = 0; ///< see `take_gone`.
};

} // namespace fedhub
