#include "actors/history/event_room.hpp"

#include <algorithm>

#include "protocol/admin/event_row.hpp"

namespace fedhub {

namespace {

/// As many rows are deleted by one statement, which takes some milliseconds.
constexpr uint64_t rows_at_a_time = 2000;
constexpr int most_rounds = 256;
constexpr uint64_t spare_part = 64;

/// Returns the share of a kind: rows in proportion to those of other kinds. The row of an attempt
/// is several times larger than another.
uint64_t share_of(std::string_view word) {
  using enum admin::event_kind;
  switch (admin::parse_event_kind(word).value_or(notification)) {
  case stream:
    return 4;
  case attempt:
    return 2;
  case refusal:
  case trust:
    return 1;
  case node:
  case config:
  case notification:
  case estate:
  case cluster:
    break;
  }
  return 8; // the hub and its operators cause them
}

event_counts count_events(sqlite_database& database) {
  event_counts counts;
  sqlite_statement statement{database, "SELECT kind, count(*) FROM events GROUP BY kind"};
  while (statement.next())
    counts[statement.text(0)] = static_cast<uint64_t>(statement.integer(1));
  return counts;
}

} // namespace

std::string most_over_its_share(const event_counts& counts) {
  const auto most = std::ranges::max_element(counts, {}, [](const auto& kind) {
    return static_cast<double>(kind.second) / static_cast<double>(share_of(kind.first));
  });
  return most == counts.end() || most->second == 0 ? std::string{} : most->first;
}

void make_room_for_events(history_file& file, uint64_t octets, uint64_t bound) {
  if (file.octets_used() + octets <= bound)
    return;
  auto& database = file.database();
  auto counts = count_events(database);
  sqlite_statement forget{database,
                          "DELETE FROM events WHERE id IN"
                          " (SELECT id FROM events WHERE kind = ?1 ORDER BY time, id LIMIT ?2)"};
  const auto wanted = bound - std::min(bound, octets + bound / spare_part);
  for (int i = 0; i < most_rounds && file.octets_used() > wanted; ++i) {
    const auto kind = most_over_its_share(counts);
    if (kind.empty() || database.fault())
      return;
    forget.bind(1, kind).bind(2, static_cast<int64_t>(rows_at_a_time)).run();
    counts[kind] -= std::min(counts[kind], rows_at_a_time);
  }
}

} // namespace fedhub
