#include "actors/domain/attempt_log.hpp"

#include <utility>

#include "protocol/text/clip.hpp"

namespace fedhub {

using admin::attempt_outcome;
using admin::attempt_step;

namespace {

float seconds(attempt_log::time_point from, attempt_log::time_point to) {
  return std::chrono::duration<float>(to - from).count();
}

} // namespace

// ---- room --------------------------------------------------------------------------------------

int64_t attempt_log::octets_of(const record& record) {
  constexpr auto own = static_cast<int64_t>(sizeof record);
  return own
         + (record.detail ? static_cast<int64_t>(sizeof(std::string) + record.detail->size()) : 0);
}

attempt_log::~attempt_log() {
  for (const auto& record : records_)
    room_->give_back(octets_of(record));
}

void attempt_log::drop(size_t i) {
  const auto dropped = records_.begin() + static_cast<ptrdiff_t>(i);
  room_->give_back(octets_of(*dropped));
  records_.erase(dropped);
}

bool attempt_log::make_room() {
  if (records_.size() == most)
    drop(0);
  if (room_->take(octets_of(record{})))
    return true;
  if (records_.empty())
    return false;
  drop(0);
  return room_->take(octets_of(record{}));
}

// ---- events ------------------------------------------------------------------------------------

bool attempt_log::begin(time_point now) {
  if (open_ && records_.back().server.family() == AF_UNSPEC)
    forget();
  const bool abandoned = abandon(now);
  if (!make_room())
    return abandoned;
  records_.reserve(records_.size() + 1); // a domain mostly has one
  records_.emplace_back().started = now;
  open_ = true;
  return abandoned;
}

void attempt_log::step(attempt_step next, time_point now) {
  if (!open_)
    begin(now);
  go_on(next, now);
}

void attempt_log::go_on(attempt_step next, time_point now) {
  if (!open_)
    return;
  end_step(now);
  auto& record = records_.back();
  if (record.step_count < most_steps)
    record.steps[record.step_count++] = next;
}

void attempt_log::end_step(time_point now) {
  auto& record = records_.back();
  if (record.step_count > 0)
    record.ends[record.step_count - 1U] = seconds(record.started, now);
}

void attempt_log::reached(const socket_address& server) {
  if (open_)
    records_.back().server = server;
}

void attempt_log::end(attempt_outcome how, time_point now) {
  end_step(now);
  auto& record = records_.back();
  record.end = seconds(record.started, now);
  record.outcome = how;
  open_ = false;
}

bool attempt_log::succeed(time_point now) {
  if (!open_)
    return false;
  end(attempt_outcome::ok, now);
  return true;
}

bool attempt_log::fail(failure why, std::string_view detail, time_point now) {
  if (!open_)
    return false;
  end(attempt_outcome::failed, now);
  auto& record = records_.back();
  record.why = why;
  const auto kept = clip(detail, most_detail);
  if (!kept.empty() && room_->take(static_cast<int64_t>(sizeof(std::string) + kept.size())))
    record.detail = std::make_unique<const std::string>(kept);
  return true;
}

bool attempt_log::abandon(time_point now) {
  if (!open_)
    return false;
  if (records_.back().step_count == 0) {
    forget();
    return false;
  }
  end(attempt_outcome::abandoned, now);
  return true;
}

void attempt_log::forget() {
  open_ = false;
  drop(records_.size() - 1);
}

// ---- rows --------------------------------------------------------------------------------------

admin::attempt_row attempt_log::row_of(const record& record, time_point now,
                                       std::chrono::system_clock::time_point wall) {
  const auto wall_at = [&](float after) {
    using wall_duration = std::chrono::system_clock::duration;
    return wall - std::chrono::duration_cast<wall_duration>(now - record.started)
           + std::chrono::duration_cast<wall_duration>(std::chrono::duration<double>(after));
  };
  const bool open = record.outcome == attempt_outcome::under_way;
  admin::attempt_row row;
  row.started = wall_at(0);
  if (!open)
    row.ended = wall_at(record.end);
  row.outcome = record.outcome;
  row.why = record.why;
  if (record.detail)
    row.detail = *record.detail;
  if (record.server.family() != AF_UNSPEC)
    row.target = record.server.str();
  float begun = 0;
  for (size_t i = 0; i < record.step_count; ++i) {
    const bool is_last = i + 1U == record.step_count;
    auto& step = row.steps.emplace_back();
    step.step = record.steps[i];
    step.started = wall_at(begun);
    step.outcome = is_last ? record.outcome : attempt_outcome::ok;
    if (!is_last || !open)
      step.duration_s = static_cast<double>(record.ends[i] - begun);
    begun = record.ends[i];
  }
  return row;
}

std::vector<admin::attempt_row>
attempt_log::rows(time_point now, std::chrono::system_clock::time_point wall) const {
  std::vector<admin::attempt_row> rows;
  for (auto i = records_.rbegin(); i != records_.rend(); ++i)
    rows.push_back(row_of(*i, now, wall));
  return rows;
}

std::optional<admin::attempt_row>
attempt_log::last(time_point now, std::chrono::system_clock::time_point wall) const {
  if (records_.empty())
    return {};
  return row_of(records_.back(), now, wall);
}

} // namespace fedhub
