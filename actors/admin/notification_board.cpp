#include "actors/admin/notification_board.hpp"

#include <algorithm>
#include <charconv>

namespace fedhub {

using namespace std::chrono_literals;

std::chrono::seconds notification_board::patience_of(notification_kind kind) {
  switch (kind) {
  case notification_kind::node_down:
    return 10s; // a component that starts again
  case notification_kind::clock:
    return 5min; // after the machine's start
  case notification_kind::open_files:
    return 30s;
  default:
    return 0s;
  }
}

void notification_board::update(std::vector<condition> holding, time_point now, wall_time wall) {
  std::map<key, entry> next;
  std::map<notification_kind, size_t> room;
  for (auto& found : holding) {
    key name{found.kind, found.subject};
    entry fresh{.what = {}, .first_seen = now, .since = wall, .id = 0, .acknowledged_by = {}};
    if (const auto known = entries_.find(name); known != entries_.end())
      fresh = std::move(known->second);
    else if (room[found.kind] >= most_of_a_kind)
      continue;
    ++room[found.kind];
    fresh.what = std::move(found);
    if (fresh.id == 0 && now - fresh.first_seen >= patience_of(fresh.what.kind))
      fresh.id = next_id_++;
    next.insert_or_assign(std::move(name), std::move(fresh));
  }
  entries_ = std::move(next);
}

bool notification_board::acknowledge(uint64_t id, std::string by) {
  for (auto& [name, entry] : entries_)
    if (entry.id == id && id != 0) {
      entry.acknowledged_by = std::move(by);
      return true;
    }
  return false;
}

std::optional<notification_board::place> notification_board::parse_place(std::string_view text) {
  if (!text.starts_with("0:") && !text.starts_with("1:"))
    return {};
  uint64_t id = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + 2, end, id);
  if (error != std::errc{} || rest != end)
    return {};
  return place{text.front() == '1', id};
}

admin::page<admin::notification_row> notification_board::page(const page_request& asked) const {
  std::vector<const entry*> open;
  for (const auto& [name, entry] : entries_)
    if (entry.id != 0)
      open.push_back(&entry);
  const auto of_entry = [](const entry* x) { return place_of(*x); };
  std::ranges::sort(open, {}, of_entry);
  admin::page<admin::notification_row> page;
  page.total = open.size();
  const auto after = parse_place(asked.after);
  auto from = after ? std::ranges::upper_bound(open, *after, {}, of_entry) : open.begin();
  for (; from != open.end(); ++from) {
    if (page.items.size() == asked.limit) {
      const auto [mild, id] = place_of(**(from - 1));
      page.next = (mild ? "1:" : "0:") + std::to_string(id);
      break;
    }
    const auto& entry = **from;
    page.items.push_back({.id = entry.id,
                          .kind = to_string(entry.what.kind),
                          .severity = to_string(entry.what.severity),
                          .since = entry.since,
                          .text = entry.what.text,
                          .remedy = entry.what.remedy,
                          .acknowledged_by = entry.acknowledged_by});
  }
  return page;
}

size_t notification_board::size() const {
  return static_cast<size_t>(
    std::ranges::count_if(entries_, [](const auto& x) { return x.second.id != 0; }));
}

size_t notification_board::count(notification_kind kind, notification_severity severity) const {
  return static_cast<size_t>(std::ranges::count_if(entries_, [&](const auto& x) {
    return x.second.id != 0 && x.second.what.kind == kind && x.second.what.severity == severity;
  }));
}

} // namespace fedhub
