// One SQLite file of the state folder, with one table that forgets its oldest rows.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include <tl/expected.hpp>

#include "actors/history/sqlite_database.hpp"

namespace fedhub {

/// What a file of the history is like.
struct history_form {
  const char* name;  ///< of the file.
  const char* table; ///< with the columns `id`, which rises, and `time`, in ms since 1970.
  /// `versions[n]` are the statements that lead from version n of the schema to version n + 1. A
  /// published version is never changed: a change of the schema is one more element.
  std::span<const char* const> versions;
  bool outlives_power_loss; ///< each transaction is on the disk when it ends.
};

/// The file with events, "history.db", and the one with management actions, "audit.db".
extern const history_form event_form;
extern const history_form audit_form;

/// A file that is open for writing. All calls block on file I/O.
class history_file {
public:
  /// Opens the file, or makes it with mode 0600. Leads an older schema to the present one. A
  /// damaged file is renamed to its name with ".damaged", reported in the log, and replaced by a
  /// new file. Of those that were damaged earlier, the largest is kept, as ".damaged.1".
  /// @returns the file, or a fault whose text has its path. A file of a newer hub is such a fault,
  /// and stays as it is. The code of a fault that is not SQLite's is -1.
  static tl::expected<std::unique_ptr<history_file>, sqlite_fault>
  open(const std::filesystem::path& folder, const history_form& form);

  /// Sets the file aside and makes a new one, as `open` does. Call it after a fault that is
  /// `damaged`. The object must not be used afterwards unless this succeeds.
  tl::expected<void, sqlite_fault> begin_anew(const sqlite_fault& why);

  sqlite_database& database() { return *database_; }
  std::string path() const { return (folder_ / form_.name).string(); }

  /// Returns the number of rows; 1 if it can't be read.
  uint64_t rows();

  /// Returns how many rows were in files that were set aside since the last call. A file that can't
  /// be read counts as one row.
  uint64_t take_gone() { return std::exchange(gone_, 0); }

  /// Returns the octets that rows and indexes take. The file itself may be larger; free pages are
  /// used again.
  uint64_t octets_used();

  /// @name Each belongs into a transaction for writing.
  /// @{
  /// Deletes the oldest rows until `octets` more fit within `bound`.
  void make_room(uint64_t octets, uint64_t bound);
  /// Deletes at most 2,000 rows from before `limit`.
  void forget_before(std::chrono::system_clock::time_point limit);
  /// @}

  /// Gives some of the free pages back to the disk if they are many. Call it outside of
  /// transactions, at intervals.
  void shrink();

private:
  history_file(std::filesystem::path folder, const history_form& form)
    : folder_{std::move(folder)}, form_{form} {}
  tl::expected<void, sqlite_fault> begin();
  tl::expected<void, sqlite_fault> connect();
  tl::expected<void, sqlite_fault> set_aside(const sqlite_fault& why, uint64_t rows);

  std::filesystem::path folder_;
  const history_form& form_;
  std::unique_ptr<sqlite_database> database_;
  uint64_t gone_ = 0; ///< see `take_gone`.
};

/// Returns a time as the files hold it.
int64_t history_time(std::chrono::system_clock::time_point time);
/// Returns the time that a file holds.
std::chrono::system_clock::time_point from_history_time(int64_t time);

} // namespace fedhub
