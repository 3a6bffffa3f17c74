#include "actors/history/sqlite_database.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include <sqlite3.h>

namespace fedhub {

namespace {

constexpr int lock_patience_ms = 2000;
/// A deadline is judged after so many steps of SQLite's virtual machine: about 0.1 ms.
constexpr int steps_between_looks = 10'000;

/// Returns the device that the file of this path is on; 0 if there is no file.
uint64_t device_of(const char* path) {
  struct stat status {};
  return ::stat(path, &status) == 0 ? static_cast<uint64_t>(status.st_dev) : 0;
}

} // namespace

bool sqlite_fault::damaged() const {
  const int primary = code & 0xff;
  return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

bool sqlite_fault::disk_full() const { return (code & 0xff) == SQLITE_FULL; }

bool sqlite_fault::timed_out() const { return (code & 0xff) == SQLITE_INTERRUPT; }

tl::expected<std::unique_ptr<sqlite_database>, sqlite_fault>
sqlite_database::open(const std::filesystem::path& path, sqlite_use use) {
  std::unique_ptr<sqlite_database> result{new sqlite_database};
  const int mode = use == sqlite_use::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  const int code =
    sqlite3_open_v2(path.c_str(), &result->handle_, mode | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) {
    result->note(code);
    return tl::unexpected(*result->fault_);
  }
  result->device_ = device_of(path.c_str());
  sqlite3_extended_result_codes(result->handle_, 1);
  sqlite3_busy_timeout(result->handle_, lock_patience_ms);
  sqlite3_progress_handler(result->handle_, steps_between_looks, judge_deadline, result.get());
  return result;
}

sqlite_database::~sqlite_database() { sqlite3_close_v2(handle_); }

int sqlite_database::judge_deadline(void* self) {
  return std::chrono::steady_clock::now() >= static_cast<sqlite_database*>(self)->deadline_ ? 1 : 0;
}

void sqlite_database::execute(const char* sql) {
  if (!fault_)
    if (const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr); code != SQLITE_OK)
      note(code);
}

int64_t sqlite_database::number(const char* sql) {
  sqlite_statement statement{*this, sql};
  return statement.next() ? statement.integer(0) : 0;
}

int64_t sqlite_database::changed() const { return sqlite3_changes64(handle_); }
int64_t sqlite_database::last_id() const { return sqlite3_last_insert_rowid(handle_); }

void sqlite_database::release_memory() { sqlite3_db_release_memory(handle_); }
bool sqlite_database::has_moved() const {
  int moved = 0;
  // This compares inodes alone, and another file system can have the same.
  sqlite3_file_control(handle_, nullptr, SQLITE_FCNTL_HAS_MOVED, &moved);
  return moved != 0 || device_of(sqlite3_db_filename(handle_, nullptr)) != device_;
}

std::optional<sqlite_fault> sqlite_database::take_fault() {
  return std::exchange(fault_, std::nullopt);
}

void sqlite_database::note(int code) {
  // SQLite reports a full disk in some places as a failed write.
  const bool no_space = handle_ != nullptr && sqlite3_system_errno(handle_) == ENOSPC;
  if ((code & 0xff) == SQLITE_IOERR && no_space)
    code = SQLITE_FULL;
  fault_ = sqlite_fault{code, handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(code)};
}

sqlite_statement::sqlite_statement(sqlite_database& on, std::string_view sql) : on_{on} {
  if (on.fault_)
    return;
  const int code =
    sqlite3_prepare_v2(on.handle_, sql.data(), static_cast<int>(sql.size()), &handle_, nullptr);
  if (code != SQLITE_OK)
    on.note(code);
}

sqlite_statement::~sqlite_statement() { sqlite3_finalize(handle_); }

sqlite_statement& sqlite_statement::bind(int place, int64_t number) {
  if (handle_ != nullptr)
    sqlite3_bind_int64(handle_, place, number);
  return *this;
}

sqlite_statement& sqlite_statement::bind(int place, std::string_view text) {
  if (handle_ == nullptr)
    return *this;
  if (text.empty())
    sqlite3_bind_null(handle_, place);
  else
    sqlite3_bind_text(handle_, place, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
  return *this;
}

bool sqlite_statement::next() {
  if (handle_ == nullptr || on_.fault_)
    return false;
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW)
    return true;
  if (code != SQLITE_DONE)
    on_.note(code);
  sqlite3_reset(handle_);
  return false;
}

int64_t sqlite_statement::integer(int column) const {
  return sqlite3_column_int64(handle_, column);
}

std::string sqlite_statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  return text == nullptr
           ? std::string{}
           : std::string{text, static_cast<size_t>(sqlite3_column_bytes(handle_, column))};
}

sqlite_transaction::sqlite_transaction(sqlite_database& on, kind what) : on_{on} {
  // A transaction that reads before it writes may find that another connection has written.
  on_.execute(what == kind::write ? "BEGIN IMMEDIATE" : "BEGIN");
}

sqlite_transaction::~sqlite_transaction() {
  if (!open_)
    return;
  const auto fault = on_.take_fault();
  on_.execute("ROLLBACK");
  on_.take_fault(); // some faults have rolled it back already
}

tl::expected<void, sqlite_fault> sqlite_transaction::commit() {
  on_.execute("COMMIT");
  auto fault = on_.take_fault();
  open_ = false;
  if (!fault)
    return {};
  on_.execute("ROLLBACK");
  on_.take_fault();
  return tl::unexpected(std::move(*fault));
}

} // namespace fedhub
