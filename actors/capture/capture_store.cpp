#include "actors/capture/capture_store.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <numeric>
#include <optional>
#include <system_error>
#include <utility>

#include "protocol/capture/masked_elements.hpp"

namespace fedhub {

namespace {

using admin::capture_state;
using admin::problem_document;

constexpr int most_names_tried = 16;

std::string mebibytes(uint64_t octets) { return std::to_string(octets >> 20) + " MiB"; }

problem_document unknown_capture(uint64_t id) {
  return {404, "there is no capture " + std::to_string(id)};
}

} // namespace

// ---- what operators ask for --------------------------------------------------------------------

capture_answer<admin::capture_row> capture_store::start(const capture_bounds& bounds,
                                                        capture_order order, time_point now) {
  use(bounds, now);
  if (running_.size() >= most_running)
    return tl::unexpected(problem_document{
      429, std::to_string(most_running) + " captures run already; wait, or end one of them"});
  if (auto why = folder_.make(); !why.empty())
    return tl::unexpected(problem_document{503, "capture.directory: " + why});
  if (around_.free_octets(folder_.path()) < least_free_octets)
    return tl::unexpected(problem_document{409, folder_.path().string() + " has less than "
                                                  + mebibytes(least_free_octets) + " free"});
  if (auto problem = make_room(bounds))
    return tl::unexpected(std::move(*problem));
  admin::capture_row row{.started = now, .selection = std::move(order.selection)};
  for (int tries = 0; tries < most_names_tried; ++tries) {
    row.id = ++last_id_; // a foreign file may have the name
    auto file = capture_file::create(
      folder_.file_of(row.id), pcapng_begin(capture_program, admin::note_of(row)), bounds.octets);
    if (!file && file.error() == EEXIST)
      continue;
    if (!file)
      return tl::unexpected(
        problem_document{503, folder_.file_of(row.id).string() + ": "
                                + std::generic_category().message(file.error())});
    running_.push_back({std::make_shared<running_capture>(row.id, std::move(order.filter)),
                        std::move(*file), folder_, row, now + order.time, order.by});
    publish();
    record(row, order.by, "started for " + std::to_string(order.time.count()) + " s");
    return row_of(running_.back(), now);
  }
  return tl::unexpected(problem_document{409, folder_.path().string()
                                                + " has foreign files with the names of captures"});
}

std::vector<admin::capture_row> capture_store::list(const capture_bounds& bounds, time_point now) {
  use(bounds, now);
  flush();
  settle(now);
  auto rows = kept_;
  for (const auto& each : running_)
    rows.push_back(row_of(each, now));
  std::ranges::sort(rows, {}, &admin::capture_row::id);
  return rows;
}

capture_answer<capture_download> capture_store::open(const capture_bounds& bounds, uint64_t id,
                                                     const std::string& by, time_point now) {
  use(bounds, now);
  if (find_running(id) != nullptr)
    return tl::unexpected(problem_document{
      409, "capture " + std::to_string(id) + " still runs; DELETE ends it and keeps its file"});
  const auto row = std::ranges::find(kept_, id, &admin::capture_row::id);
  if (row == kept_.end())
    return tl::unexpected(unknown_capture(id));
  auto file = folder_.open(*row);
  if (!file) {
    kept_.erase(row);
    return tl::unexpected(problem_document{404, "the file of capture " + std::to_string(id)
                                                  + " is gone, or another program has changed it"});
  }
  record(*row, by, "downloaded");
  return capture_download{std::make_shared<const unique_fd>(std::move(file)), row->bytes};
}

capture_answer<admin::capture_row> capture_store::remove(const capture_bounds& bounds, uint64_t id,
                                                         const std::string& by, time_point now) {
  use(bounds, now);
  if (auto* running = find_running(id)) {
    running->row.state = capture_state::ended;
    running->row.detail = "an operator ended it";
    running->by = by;
    const auto row = row_of(*running, now);
    settle(now);
    return row;
  }
  const auto row = std::ranges::find(kept_, id, &admin::capture_row::id);
  if (row == kept_.end())
    return tl::unexpected(unknown_capture(id));
  auto removed = *row;
  forget(static_cast<size_t>(row - kept_.begin()));
  record(removed, by, "deleted");
  return removed;
}

// ---- files that are kept -----------------------------------------------------------------------

void capture_store::use(const capture_bounds& bounds, time_point now) {
  if (folder_.path() != bounds.directory) {
    folder_ = capture_folder{bounds.directory};
    kept_ = folder_.list();
    std::erase_if(kept_, [this](const auto& row) { return find_running(row.id) != nullptr; });
    if (!kept_.empty())
      last_id_ = std::max(last_id_, kept_.back().id);
  }
  remove_old(now);
}

void capture_store::remove_old(time_point now) {
  for (size_t i = kept_.size(); i-- > 0;)
    if (folder_.is_older(kept_[i], now - kept_for))
      forget(i);
}

void capture_store::forget(size_t index) {
  folder_.remove(kept_[index]);
  kept_.erase(kept_.begin() + static_cast<ptrdiff_t>(index));
}

/// Removes the oldest files until one more capture fits. @returns why it can't.
std::optional<problem_document> capture_store::make_room(const capture_bounds& bounds) {
  const auto reserved = (running_.size() + 1) * bounds.octets;
  if (reserved > most_octets)
    return problem_document{409, "a capture may take " + mebibytes(bounds.octets) + ", and all "
                                   + mebibytes(most_octets)
                                   + ": wait for the one that runs, or lower capture.mebibytes"};
  const auto used = [&] {
    return std::accumulate(kept_.begin(), kept_.end(), reserved,
                           [](uint64_t sum, const auto& row) { return sum + row.bytes; });
  };
  while (!kept_.empty() && (kept_.size() + running_.size() + 1 > most_kept || used() > most_octets))
    forget(0);
  return {};
}

// ---- captures that run -------------------------------------------------------------------------

void capture_store::write(const std::vector<captured_octets>& parts, time_point now) {
  add_all(parts);
  settle(now);
}

void capture_store::add_all(const std::vector<captured_octets>& parts) {
  for (const auto& part : parts)
    if (auto* to = find_running(part.capture->id))
      add(*to, part);
}

void capture_store::add(capture& to, const captured_octets& part) {
  if (to.row.state != capture_state::running && to.row.state != capture_state::ended)
    return;
  const auto elements = mask_elements(
    part.octets, to.row.selection.bodies ? capture_detail::bodies : capture_detail::lengths);
  if (elements.empty())
    part.capture->dropped.fetch_add(1, std::memory_order_relaxed);
  const auto comment = "stream " + std::to_string(part.stream->id);
  for (const auto& element : elements) {
    const auto dropped = part.capture->dropped.load(std::memory_order_relaxed);
    const auto outcome =
      to.file->add({.time = part.time,
                    .from = part.sent ? part.stream->hub : part.stream->peer,
                    .to = part.sent ? part.stream->peer : part.stream->hub,
                    .sent = part.sent,
                    .dropped = dropped - std::exchange(to.dropped_noted, dropped),
                    .comment = comment,
                    .xml = element});
    if (outcome != capture_file::outcome::ok)
      return note(to, outcome);
  }
}

void capture_store::flush() {
  for (auto& each : running_) {
    if (each.row.state != capture_state::running)
      continue;
    note(each, each.file->flush());
    if (around_.free_octets(each.folder.path()) < least_free_octets)
      note(each, capture_file::outcome::no_space);
  }
}

/// Notes why a capture can't go on.
void capture_store::note(capture& of, capture_file::outcome outcome) {
  switch (outcome) {
  case capture_file::outcome::ok:
    return;
  case capture_file::outcome::full:
    of.row.state = capture_state::full;
    of.row.detail = "it has reached capture.mebibytes";
    return;
  case capture_file::outcome::no_space:
    of.row.state = capture_state::disk_full;
    of.row.detail =
      "the disk has no room; captures leave " + mebibytes(least_free_octets) + " free";
    return;
  case capture_file::outcome::failed:
    of.row.state = capture_state::failed;
    of.row.detail = of.file->error();
    return;
  }
}

void capture_store::tend(time_point now) {
  flush();
  for (auto& each : running_)
    if (each.row.state == capture_state::running && each.until <= now) {
      each.row.state = capture_state::ended;
      each.row.detail = "its time is over";
    }
  settle(now);
  remove_old(now);
}

void capture_store::end_all(time_point now) {
  for (auto& each : running_)
    if (each.row.state == capture_state::running) {
      each.row.state = capture_state::ended;
      each.row.detail = "the hub stopped";
    }
  settle(now);
}

void capture_store::settle(time_point now) {
  const auto is_over = [](const auto& each) { return each.row.state != capture_state::running; };
  if (std::ranges::none_of(running_, is_over))
    return;
  publish();
  add_all(around_.take_rest()); // one more may be over now
  publish();
  for (auto& each : running_)
    if (is_over(each))
      finish(each, now);
  std::erase_if(running_, is_over);
}

void capture_store::finish(capture& ended, time_point now) {
  const auto dropped = ended.shared->dropped.load(std::memory_order_relaxed);
  note(ended, ended.file->end(now, dropped));
  ended.row = row_of(ended, now);
  if (ended.folder.path() == folder_.path()) {
    kept_.push_back(ended.row);
    std::ranges::sort(kept_, {}, &admin::capture_row::id);
  }
  record(ended.row, ended.by,
         "ended, " + std::string{to_string(ended.row.state)} + ": " + ended.row.detail + "; "
           + std::to_string(ended.row.packets) + " packets, " + std::to_string(ended.row.dropped)
           + " dropped");
}

void capture_store::publish() const {
  auto open = std::make_shared<running_captures>();
  for (const auto& each : running_) {
    each.shared->open = each.row.state == capture_state::running;
    if (each.shared->open)
      open->push_back(each.shared);
  }
  around_.publish(std::move(open));
}

admin::capture_row capture_store::row_of(const capture& capture, time_point now) const {
  auto row = capture.row;
  row.seconds = std::max(0.0, std::chrono::duration<double>(now - row.started).count());
  row.bytes = capture.file->octets();
  row.packets = capture.file->packets();
  row.dropped = capture.shared->dropped.load(std::memory_order_relaxed) + capture.file->lost();
  return row;
}

void capture_store::record(const admin::capture_row& row, const std::string& by,
                           const std::string& what) const {
  around_.record({.kind = "capture",
                  .actor = by,
                  .domain = row.selection.domain,
                  .stream = row.selection.stream,
                  .detail = std::to_string(row.id) + " of " + row.selection.str() + ": " + what});
}

capture_store::capture* capture_store::find_running(uint64_t id) {
  const auto found =
    std::ranges::find_if(running_, [&](const auto& each) { return each.row.id == id; });
  return found == running_.end() ? nullptr : &*found;
}

} // namespace fedhub
