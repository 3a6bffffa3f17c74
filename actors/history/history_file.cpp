#include "actors/history/history_file.hpp"

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "actors/files/state_folder.hpp"
#include "actors/log/peer_log.hpp"

namespace fedhub {

namespace {

/// The rows deleted at a time, so that one statement takes some milliseconds.
constexpr int64_t chunk_rows = 2000;
constexpr int most_chunks = 64;
/// Free pages that the file keeps for the next rows: 8 MiB.
constexpr int64_t spare_pages = 2048;

/// Of a fault that is not SQLite's.
constexpr int other_fault = -1;

/// Ids begin at the time, in ms since 1970. So a new file's ids are larger than those of a file
/// that was set aside, and a reader that goes on after the last id it knows misses nothing.
constexpr const char* event_versions[] = {R"(
  CREATE TABLE events(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    kind TEXT NOT NULL,
    domain TEXT,
    leg TEXT,
    stream INTEGER,
    failure TEXT,
    detail TEXT,
    actor TEXT,
    attempt TEXT);
  CREATE INDEX events_time ON events(time);
  CREATE INDEX events_domain ON events(domain, time) WHERE domain IS NOT NULL;
  CREATE INDEX events_domain_kind ON events(domain, kind, time) WHERE domain IS NOT NULL;
  CREATE INDEX events_kind ON events(kind, time);
  INSERT INTO sqlite_sequence(name, seq)
    VALUES('events', CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)))"};

constexpr const char* audit_versions[] = {R"(
  CREATE TABLE audit(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT,
    domain TEXT,
    stream INTEGER,
    detail TEXT);
  CREATE INDEX audit_time ON audit(time);
  INSERT INTO sqlite_sequence(name, seq)
    VALUES('audit', CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)))"};

sqlite_fault take_fault_of(sqlite_database& database) {
  return database.take_fault().value_or(sqlite_fault{});
}

/// Leads the schema to the present version, in one transaction.
tl::expected<void, sqlite_fault> migrate(sqlite_database& database, const history_form& form) {
  sqlite_transaction transaction{database, sqlite_transaction::kind::write};
  const auto version = database.number("PRAGMA user_version");
  const auto present = static_cast<int64_t>(form.versions.size());
  if (database.fault())
    return tl::unexpected(take_fault_of(database));
  if (version < 0 || version > present)
    return tl::unexpected(sqlite_fault{
      other_fault, "a newer hub has written it (version " + std::to_string(version)
                     + " of its schema; this hub knows " + std::to_string(present) + ")"});
  for (auto i = static_cast<size_t>(version); i < form.versions.size(); ++i)
    database.execute(form.versions[i]);
  database.execute(("PRAGMA user_version = " + std::to_string(present)).c_str());
  return transaction.commit();
}

/// Returns the size of a file; 0 if there is none.
uint64_t octets_of_file(const std::string& path) {
  std::error_code error;
  const auto octets = std::filesystem::file_size(path, error);
  return error ? 0 : octets;
}

/// Renames a file and its companions, in place of those that have the new name.
tl::expected<void, sqlite_fault> rename_database(const std::string& name,
                                                 const std::string& new_name) {
  // SQLite can repair a file by those that have its name with these endings.
  for (const char* ending : {"-wal", "-shm", ""}) {
    const auto from = name + ending;
    const auto to = new_name + ending;
    std::remove(to.c_str());
    if (std::rename(from.c_str(), to.c_str()) != 0 && errno != ENOENT)
      return tl::unexpected(
        sqlite_fault{other_fault, fmt::format("{}: cannot rename it to {}: {}", from, to,
                                              std::generic_category().message(errno))});
  }
  return {};
}

} // namespace

const history_form event_form{"history.db", "events", event_versions, false};
const history_form audit_form{"audit.db", "audit", audit_versions, true};

tl::expected<std::unique_ptr<history_file>, sqlite_fault>
history_file::open(const std::filesystem::path& folder, const history_form& form) {
  std::unique_ptr<history_file> result{new history_file{folder, form}};
  if (auto begun = result->begin(); !begun)
    return tl::unexpected(begun.error());
  return result;
}

tl::expected<void, sqlite_fault> history_file::begin() {
  for (bool again = false;; again = true) {
    auto folder = state_folder::open(folder_, state_use::make);
    if (!folder)
      return tl::unexpected(sqlite_fault{other_fault, folder.error()});
    // An empty file is a database without tables. SQLite itself would take the umask's mode.
    const auto there = (*folder)->contains(form_.name);
    if (!there)
      return tl::unexpected(sqlite_fault{other_fault, there.error()});
    if (!*there)
      if (auto made = (*folder)->create(form_.name, ""); !made)
        return tl::unexpected(sqlite_fault{other_fault, made.error()});
    auto connected = connect();
    if (connected)
      return {};
    database_.reset();
    if (!connected.error().damaged() || again)
      return tl::unexpected(
        sqlite_fault{connected.error().code, path() + ": " + connected.error().text});
    if (auto aside = set_aside(connected.error(), 1); !aside)
      return aside;
  }
}

tl::expected<void, sqlite_fault> history_file::connect() {
  auto opened = sqlite_database::open(path(), sqlite_use::write);
  if (!opened)
    return tl::unexpected(opened.error());
  database_ = std::move(*opened);
  // Before the first table; later it has no effect.
  database_->execute("PRAGMA auto_vacuum = INCREMENTAL");
  if (database_->fault())
    return tl::unexpected(take_fault_of(*database_));
  if (auto migrated = migrate(*database_, form_); !migrated)
    return migrated;
  database_->execute("PRAGMA journal_mode = WAL");
  database_->execute("PRAGMA journal_size_limit = 4194304");
  database_->execute(form_.outlives_power_loss ? "PRAGMA synchronous = FULL"
                                               : "PRAGMA synchronous = NORMAL");
  database_->execute("PRAGMA temp_store = MEMORY");
  if (database_->fault())
    return tl::unexpected(take_fault_of(*database_));
  return {};
}

tl::expected<void, sqlite_fault> history_file::set_aside(const sqlite_fault& why, uint64_t rows) {
  const auto damaged = path() + ".damaged";
  const auto earlier = damaged + ".1";
  if (octets_of_file(damaged) > octets_of_file(earlier))
    if (auto moved = rename_database(damaged, earlier); !moved)
      return moved;
  if (auto moved = rename_database(path(), damaged); !moved)
    return moved;
  gone_ += rows;
  hub_log("history").warn("{} is damaged ({}). It is now {}, and a new one begins",
                          fact::file(path()), fact::reason(why.text), damaged);
  return {};
}

tl::expected<void, sqlite_fault> history_file::begin_anew(const sqlite_fault& why) {
  const auto gone = rows();
  database_.reset();
  if (auto aside = set_aside(why, gone); !aside)
    return aside;
  return begin();
}

uint64_t history_file::rows() {
  const std::string table{form_.table};
  const auto rows = database_->number(("SELECT count(*) FROM " + table).c_str());
  return database_->take_fault() ? 1 : static_cast<uint64_t>(rows);
}

uint64_t history_file::octets_used() {
  const auto pages =
    database_->number("PRAGMA page_count") - database_->number("PRAGMA freelist_count");
  return static_cast<uint64_t>(pages * database_->number("PRAGMA page_size"));
}

void history_file::make_room(uint64_t octets, uint64_t bound) {
  const std::string table{form_.table};
  const auto sql = "DELETE FROM " + table + " WHERE id <= (SELECT max(id) FROM (SELECT id FROM "
                   + table + " ORDER BY id LIMIT " + std::to_string(chunk_rows) + "))";
  for (int i = 0; i < most_chunks && octets_used() + octets > bound; ++i) {
    database_->execute(sql.c_str());
    if (database_->fault() || database_->changed() == 0)
      return;
  }
}

void history_file::forget_before(std::chrono::system_clock::time_point limit) {
  const std::string table{form_.table};
  sqlite_statement statement{*database_, "DELETE FROM " + table + " WHERE id IN (SELECT id FROM "
                                           + table + " WHERE time < ?1 ORDER BY time LIMIT "
                                           + std::to_string(chunk_rows) + ")"};
  statement.bind(1, history_time(limit)).run();
}

void history_file::shrink() {
  if (database_->number("PRAGMA freelist_count") > spare_pages)
    database_->execute("PRAGMA incremental_vacuum(512)");
  database_->take_fault(); // the next time is as good
}

int64_t history_time(std::chrono::system_clock::time_point time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

std::chrono::system_clock::time_point from_history_time(int64_t time) {
  return std::chrono::system_clock::time_point{std::chrono::milliseconds{time}};
}

} // namespace fedhub
