#include "actors/history/history_store.hpp"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "actors/history/event_room.hpp"
#include "actors/log/peer_log.hpp"
#include "metrics/sockets/unique_fd.hpp"
#include "protocol/admin/answer_json.hpp"

namespace fedhub {

namespace {

constexpr const char* reserve_name = "audit.reserve";
/// What an event takes beside its texts, with its indexes.
constexpr uint64_t event_overhead = 256;

uint64_t free_octets(const std::filesystem::path& folder) {
  struct statvfs status {};
  if (::statvfs(folder.c_str(), &status) != 0)
    return UINT64_MAX; // the write itself will tell
  return static_cast<uint64_t>(status.f_bavail) * status.f_frsize;
}

/// Returns about how many octets the events take in the file.
uint64_t room_for(const history_batch& batch) {
  uint64_t octets = 0;
  for (const auto& event : batch.events) {
    octets += event_overhead + 2 * event.domain.size() + event.detail.size() + event.actor.size();
    if (event.attempt)
      octets += 256 + event.attempt->steps.size() * 128 + 2 * event.attempt->detail.size();
  }
  return octets;
}

std::string missing_text(uint64_t lost) {
  return "the history misses " + std::to_string(lost) + (lost == 1 ? " event" : " events")
         + " before this one";
}

} // namespace

history_store::history_store(std::filesystem::path folder)
  : history_store{std::move(folder), free_octets} {}

history_store::history_store(std::filesystem::path folder, disk_gauge free)
  : folder_{std::move(folder)}, free_{std::move(free)} {
  if (has_space()) // otherwise the file would take what is left for actions
    open_events();
  open_audit();
  keep_reserve();
}

uint64_t history_store::close_if_moved(std::unique_ptr<history_file>& file) {
  if (!file || !file->database().has_moved())
    return 0;
  const auto rows = file->rows();
  hub_log("history").warn("{} was removed or replaced while the hub had it open. Its {} rows are "
                          "gone, and the hub opens what is there now",
                          fact::file(file->path()), rows);
  file.reset();
  return rows;
}

bool history_store::open_events() {
  gone_ += close_if_moved(events_);
  if (events_)
    return true;
  auto opened = history_file::open(folder_, event_form);
  if (!opened) {
    report(trouble::unusable, opened.error().text);
    return false;
  }
  events_ = std::move(*opened);
  gone_ += events_->take_gone();
  return true;
}

bool history_store::open_audit() {
  close_if_moved(audit_);
  if (audit_)
    return true;
  auto opened = history_file::open(folder_, audit_form);
  if (!opened && release_reserve_for(opened.error()))
    opened = history_file::open(folder_, audit_form);
  if (!opened) {
    hub_log("audit").warn("management actions can't be recorded: {}",
                          fact::reason(opened.error().text));
    return false;
  }
  audit_ = std::move(*opened);
  return true;
}

bool history_store::has_space() {
  const auto free = free_(folder_);
  if (free >= free_octets_for_events)
    return true;
  report(trouble::disk_full, folder_.string() + ": " + std::to_string(free >> 20)
                               + " MiB are free; events need "
                               + std::to_string(free_octets_for_events >> 20) + " MiB");
  return false;
}

bool history_store::write(const history_batch& batch) {
  if (!batch.actions.empty())
    write_actions(batch);
  const bool written = (batch.events.empty() && batch.lost == 0) || write_events(batch);
  for (auto* file : {events_.get(), audit_.get()})
    if (file != nullptr)
      file->database().release_memory();
  return written;
}

bool history_store::write_events(const history_batch& batch) {
  // A file that could not be opened is tried again by `tend`.
  if (!events_ || !open_events() || !has_space())
    return false;
  auto written = insert_events(batch);
  if (!written && written.error().damaged()) {
    if (auto anew = events_->begin_anew(written.error()); !anew) {
      events_.reset();
      report(trouble::unusable, anew.error().text);
      return false;
    }
    gone_ += events_->take_gone();
    written = insert_events(batch);
  }
  if (!written) {
    report(written.error().disk_full() ? trouble::disk_full : trouble::failed,
           (folder_ / event_form.name).string() + ": " + written.error().text);
    return false;
  }
  report(trouble::none, {});
  return true;
}

tl::expected<void, sqlite_fault> history_store::insert_events(const history_batch& batch) {
  auto& database = events_->database();
  sqlite_transaction transaction{database, sqlite_transaction::kind::write};
  make_room_for_events(*events_, room_for(batch), batch.bounds.octets);
  sqlite_statement insert{
    database, "INSERT INTO events(time, kind, domain, leg, stream, failure, detail, actor, attempt)"
              " VALUES(?1, ?2, ?3, ?4, nullif(?5, 0), ?6, ?7, ?8, ?9)"};
  const auto add = [&](const history_event& event) {
    const auto attempt = event.attempt ? admin::json_of(*event.attempt) : std::string{};
    const auto failed = event.why == failure::none ? std::string_view{} : to_string(event.why);
    insert.bind(1, history_time(event.time)).bind(2, to_string(event.kind)).bind(3, event.domain);
    insert.bind(4, event.leg ? std::string_view{to_string(*event.leg)} : std::string_view{});
    insert.bind(5, static_cast<int64_t>(event.stream)).bind(6, failed).bind(7, event.detail);
    insert.bind(8, event.actor).bind(9, attempt).run();
  };
  if (batch.lost > 0)
    add({.detail = missing_text(batch.lost), .time = std::chrono::system_clock::now()});
  for (const auto& event : batch.events)
    add(event);
  return transaction.commit();
}

void history_store::write_actions(const history_batch& batch) {
  bool anew = false;
  bool released = false;
  while (open_audit()) {
    const auto written = insert_actions(batch.actions);
    if (written)
      return;
    const auto& why = written.error();
    if (why.damaged() && !std::exchange(anew, true)) {
      if (!audit_->begin_anew(why))
        audit_.reset();
    } else if (std::exchange(released, true) || !release_reserve_for(why)) {
      hub_log("audit").warn("{} management actions could not be recorded: {}", batch.actions.size(),
                            fact::reason(why.text));
      return;
    }
  }
}

tl::expected<void, sqlite_fault>
history_store::insert_actions(const std::vector<admin::audit_row>& actions) {
  auto& database = audit_->database();
  sqlite_transaction transaction{database, sqlite_transaction::kind::write};
  audit_->make_room(actions.size() * (event_overhead + history_queue::detail_octets), audit_octets);
  sqlite_statement insert{database, "INSERT INTO audit(time, kind, actor, domain, stream, detail)"
                                    " VALUES(?1, ?2, ?3, ?4, nullif(?5, 0), ?6)"};
  for (const auto& action : actions) {
    insert.bind(1, history_time(action.time)).bind(2, action.kind).bind(3, action.actor);
    insert.bind(4, action.domain).bind(5, static_cast<int64_t>(action.stream));
    insert.bind(6, action.detail).run();
  }
  return transaction.commit();
}

void history_store::tend(const history_bounds& bounds) {
  const auto now = std::chrono::system_clock::now();
  if (open_audit()) {
    sqlite_transaction transaction{audit_->database(), sqlite_transaction::kind::write};
    audit_->forget_before(now - audit_age);
    (void)transaction.commit(); // the next time is as good
  }
  keep_reserve();
  if (!has_space() || !open_events())
    return;
  {
    sqlite_transaction transaction{events_->database(), sqlite_transaction::kind::write};
    make_room_for_events(*events_, 0, bounds.octets);
    events_->forget_before(now - bounds.age);
    forget_refusals(bounds);
    (void)transaction.commit();
  }
  events_->shrink();
}

void history_store::forget_refusals(const history_bounds& bounds) {
  const auto most = static_cast<int64_t>(bounds.octets / 4 / refusal_row_octets);
  sqlite_statement statement{events_->database(),
                             "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE kind = ?2"
                             " ORDER BY time DESC LIMIT 2000 OFFSET ?1)"};
  for (const auto kind : {admin::event_kind::refusal, admin::event_kind::trust})
    statement.bind(1, most).bind(2, to_string(kind)).run();
}

void history_store::keep_reserve() {
  const auto path = folder_ / reserve_name;
  std::error_code error;
  if (std::filesystem::file_size(path, error) == reserve_octets && !error)
    return;
  if (free_(folder_) < free_octets_for_events + reserve_octets)
    return;
  const unique_fd file{
    ::open(path.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR)};
  // A reserve that can't be made is made later.
  if (file && ::posix_fallocate(file.get(), 0, static_cast<off_t>(reserve_octets)) != 0)
    ::unlink(path.c_str());
}

bool history_store::release_reserve_for(const sqlite_fault& why) {
  // SQLite reports some writes to a full disk, as those to a -shm file, as plain faults of I/O.
  if (!why.disk_full() && free_(folder_) >= reserve_octets)
    return false;
  return ::unlink((folder_ / reserve_name).c_str()) == 0;
}

void history_store::report(trouble what, const std::string& why) {
  if (std::exchange(trouble_, what) == what)
    return;
  if (what == trouble::none)
    hub_log("history").info("events are recorded again");
  else
    hub_log("history").warn("events are not recorded: {}", fact::reason(why));
}

} // namespace fedhub
