// A connection to an SQLite database, and statements on it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

struct sqlite3;
struct sqlite3_stmt;

namespace fedhub {

/// Why SQLite could not do something.
struct sqlite_fault {
  int code = 0; ///< SQLite's extended result code.
  std::string text;

  bool damaged() const;   ///< the file is no database, or its content is inconsistent.
  bool disk_full() const; ///< the disk is full, or the database has reached its own limit.
  bool timed_out() const; ///< the deadline has passed.
};

/// What a connection may do.
enum class sqlite_use : uint8_t { read, write };

/// A connection. After the first fault all statements do nothing until `take_fault`, so that a
/// transaction has to be judged once, at its end.
///
/// Each call blocks on file I/O, and at most 2 s for the locks of other connections. One thread at
/// a time may use a connection and its statements.
class sqlite_database {
public:
  /// Opens a file that exists.
  static tl::expected<std::unique_ptr<sqlite_database>, sqlite_fault>
  open(const std::filesystem::path& path, sqlite_use use);
  sqlite_database(const sqlite_database&) = delete;
  sqlite_database& operator=(const sqlite_database&) = delete;
  ~sqlite_database();

  /// Runs statements that have no result.
  void execute(const char* sql);

  /// Returns the number in the first column of the first row; 0 if there is none.
  int64_t number(const char* sql);

  /// Returns how many rows the last INSERT, UPDATE or DELETE has changed.
  int64_t changed() const;
  /// Returns the id of the last row inserted.
  int64_t last_id() const;

  /// Frees the memory of pages that no statement uses. The system still has them in its cache.
  void release_memory();
  /// Returns whether the path leads to another file than the open one, or to none. SQLite itself
  /// would go on with a file that no one else can find.
  bool has_moved() const;

  const std::optional<sqlite_fault>& fault() const { return fault_; }
  std::optional<sqlite_fault> take_fault();

  /// Ends each statement that runs at this time, as a fault. A time in the past ends all.
  void set_deadline(std::chrono::steady_clock::time_point deadline) { deadline_ = deadline; }

private:
  friend class sqlite_statement;
  sqlite_database() = default;
  void note(int code);
  static int judge_deadline(void* self);

  sqlite3* handle_ = nullptr;
  uint64_t device_ = 0; ///< of the file (stat(2)).
  std::optional<sqlite_fault> fault_;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
};

/// A statement. Its parameters and columns are numbered as in SQL: parameters from 1, columns from
/// 0. It is destroyed before its database.
class sqlite_statement {
public:
  sqlite_statement(sqlite_database& on, std::string_view sql);
  sqlite_statement(const sqlite_statement&) = delete;
  sqlite_statement& operator=(const sqlite_statement&) = delete;
  ~sqlite_statement();

  sqlite_statement& bind(int place, int64_t number);
  /// @param text an empty one is bound as NULL. It has to live until the statement has run.
  sqlite_statement& bind(int place, std::string_view text);

  /// Goes to the next row. @returns false after the last one, or after a fault; the statement can
  /// then be bound and run again.
  bool next();
  /// Runs a statement that has no rows.
  void run() { next(); }

  int64_t integer(int column) const;
  /// Returns a copy; empty for NULL.
  std::string text(int column) const;

private:
  sqlite_database& on_;
  sqlite3_stmt* handle_ = nullptr;
};

/// A transaction on a connection. It is rolled back unless `commit` is called.
class sqlite_transaction {
public:
  enum class kind : uint8_t { read, write };
  sqlite_transaction(sqlite_database& on, kind what);
  sqlite_transaction(const sqlite_transaction&) = delete;
  sqlite_transaction& operator=(const sqlite_transaction&) = delete;
  ~sqlite_transaction();

  /// @returns the first fault since the transaction began, which is then rolled back.
  tl::expected<void, sqlite_fault> commit();

private:
  sqlite_database& on_;
  bool open_ = true;
};

} // namespace fedhub
