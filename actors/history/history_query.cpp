#include "actors/history/history_query.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace fedhub {

namespace {

using admin::problem_document;

constexpr int64_t most_ids = 5000;
constexpr int64_t most_events = 200;

/// @name The numbers of parameters, which are the same in all statements.
/// @{
constexpr int domain_place = 1;
constexpr int kind_place = 2;
constexpr int since_place = 3;
constexpr int until_place = 4;
constexpr int after_time_place = 5;
constexpr int after_id_place = 6;
constexpr int limit_place = 7;
/// @}

constexpr const char* event_columns =
  "id, time, kind, domain, leg, stream, failure, detail, actor, attempt";

problem_document problem_of(const sqlite_fault& fault) {
  if (fault.timed_out())
    return {503, "the history took too long to answer; ask for less, by domain or time"};
  return {503, "the history cannot be read: " + fault.text};
}

admin::event_row event_at(const sqlite_statement& at) {
  return {.id = at.integer(0),
          .time = from_history_time(at.integer(1)),
          .kind = admin::parse_event_kind(at.text(2)).value_or(admin::event_kind::notification),
          .domain = at.text(3),
          .leg = at.text(4),
          .stream = static_cast<uint64_t>(at.integer(5)),
          .failure = at.text(6),
          .detail = at.text(7),
          .actor = at.text(8),
          .attempt = at.text(9)};
}

admin::audit_row action_at(const sqlite_statement& at) {
  return {.id = at.integer(0),
          .time = from_history_time(at.integer(1)),
          .kind = at.text(2),
          .actor = at.text(3),
          .domain = at.text(4),
          .stream = static_cast<uint64_t>(at.integer(5)),
          .detail = at.text(6)};
}

std::string filter_sql(const event_filter& filter) {
  std::string sql;
  if (!filter.domain.empty())
    sql += " AND domain = ?1";
  if (filter.kind)
    sql += " AND kind = ?2";
  return sql;
}

void bind_filter(sqlite_statement& to, const event_filter& filter) {
  if (!filter.domain.empty())
    to.bind(domain_place, filter.domain);
  if (filter.kind)
    to.bind(kind_place, to_string(*filter.kind));
}

/// A list of rows, newest first: the same conditions for its rows and for their number.
struct list_statements {
  std::string columns;
  std::string source; ///< the table, and the index if SQLite could choose a worse one.
  std::string conditions;

  std::string rows(const history_span& page) const {
    return "SELECT " + columns + " FROM " + source + " WHERE 1" + conditions
           + (page.after ? " AND (time, id) < (?5, ?6)" : "")
           + " ORDER BY time DESC, id DESC LIMIT ?7";
  }
  std::string count(size_t most) const {
    return "SELECT count(*) FROM (SELECT 1 FROM " + source + " WHERE 1" + conditions + " LIMIT "
           + std::to_string(most + 1) + ")";
  }
};

/// @param bind binds the parameters of the conditions.  @param row_at reads a row.
template <class Row, class Bind, class RowAt>
history_answer<admin::history_page<Row>>
read_page(sqlite_database& from, const list_statements& list, const history_span& span, Bind bind,
          RowAt row_at) {
  admin::history_page<Row> page;
  // Rows and count belong to one moment.
  sqlite_transaction transaction{from, sqlite_transaction::kind::read};
  sqlite_statement rows{from, list.rows(span)};
  bind(rows);
  if (span.after)
    rows.bind(after_time_place, span.after->time).bind(after_id_place, span.after->id);
  rows.bind(limit_place, static_cast<int64_t>(span.limit) + 1);
  while (rows.next()) {
    if (page.items.size() == span.limit) {
      const auto& last = page.items.back();
      page.next = history_place{history_time(last.time), last.id}.str();
      continue;
    }
    page.items.push_back(row_at(rows));
  }
  sqlite_statement count{from, list.count(page.most_counted)};
  bind(count);
  if (count.next())
    if (const auto counted = static_cast<size_t>(count.integer(0)); counted <= page.most_counted)
      page.total = counted;
  count.next(); // to its end
  if (const auto ended = transaction.commit(); !ended)
    return tl::unexpected(problem_of(ended.error()));
  return page;
}

std::optional<int64_t> number_of(std::string_view text) {
  int64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || text.front() == '-' || error != std::errc{} || rest != end)
    return {};
  return number;
}

} // namespace

std::string history_place::str() const { return std::to_string(time) + "-" + std::to_string(id); }

std::optional<history_place> history_place::parse(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos)
    return {};
  const auto time = number_of(text.substr(0, dash));
  const auto id = number_of(text.substr(dash + 1));
  if (!time || !id)
    return {};
  return history_place{*time, *id};
}

history_answer<std::unique_ptr<sqlite_database>>
open_history(const std::filesystem::path& folder, const history_form& form,
             std::chrono::steady_clock::time_point deadline) {
  auto opened = sqlite_database::open(folder / form.name, sqlite_use::read);
  if (!opened)
    return tl::unexpected(problem_of(opened.error()));
  auto& database = **opened;
  database.set_deadline(deadline);
  const auto version = database.number("PRAGMA user_version");
  if (const auto fault = database.take_fault())
    return tl::unexpected(problem_of(*fault));
  if (version != static_cast<int64_t>(form.versions.size()))
    return tl::unexpected(
      problem_document{503, "this hub does not use its history: the log of its start says why"});
  return std::move(*opened);
}

history_answer<admin::history_page<admin::event_row>> read_events(sqlite_database& from,
                                                                  const events_question& question) {
  const auto& filter = question.filter;
  list_statements list{event_columns, "events", filter_sql(filter)};
  if (!filter.domain.empty())
    list.source += filter.kind ? " INDEXED BY events_domain_kind" : " INDEXED BY events_domain";
  if (question.since)
    list.conditions += " AND time >= ?3";
  if (question.until)
    list.conditions += " AND time <= ?4";
  const auto bind = [&](sqlite_statement& to) {
    bind_filter(to, filter);
    if (question.since)
      to.bind(since_place, history_time(*question.since));
    if (question.until)
      to.bind(until_place, history_time(*question.until));
  };
  return read_page<admin::event_row>(from, list, question.page, bind, event_at);
}

history_answer<admin::history_page<admin::audit_row>> read_audit(sqlite_database& from,
                                                                 const audit_question& question) {
  const list_statements list{"id, time, kind, actor, domain, stream, detail", "audit", ""};
  return read_page<admin::audit_row>(
    from, list, question.page, [](sqlite_statement&) {}, action_at);
}

int64_t last_event(sqlite_database& from) {
  return from.number("SELECT seq FROM sqlite_sequence WHERE name = 'events'");
}

event_stretch read_events_after(sqlite_database& from, int64_t after, const event_filter& filter) {
  // By id, whatever the filter; the ids that are left over are next.
  sqlite_statement rows{from, std::string{"SELECT "} + event_columns
                                + " FROM events NOT INDEXED WHERE id > ?5 AND id <= ?6"
                                + filter_sql(filter) + " ORDER BY id LIMIT ?7"};
  event_stretch stretch;
  const auto newest = last_event(from);
  // Ids of events that were deleted are skipped.
  const auto first = from.number("SELECT min(id) FROM events");
  after = std::max(after, first - 1);
  stretch.end = std::min(newest, after + most_ids);
  bind_filter(rows, filter);
  rows.bind(after_time_place, after).bind(after_id_place, stretch.end);
  rows.bind(limit_place, most_events);
  while (rows.next())
    stretch.events.push_back(event_at(rows));
  if (stretch.events.size() == static_cast<size_t>(most_events))
    stretch.end = stretch.events.back().id;
  stretch.end = std::max(stretch.end, after);
  return stretch;
}

} // namespace fedhub
