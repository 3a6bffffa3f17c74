// Reads rows of the history's files. All functions block on file I/O.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include <tl/expected.hpp>

#include "actors/history/history_file.hpp"
#include "actors/history/history_question.hpp"
#include "actors/history/sqlite_database.hpp"
#include "protocol/admin/event_row.hpp"
#include "protocol/admin/problem_document.hpp"

namespace fedhub {

template <class Value>
using history_answer = tl::expected<Value, admin::problem_document>;

/// Opens a file for reading. Each statement on it ends at the deadline.
/// @returns the connection, or 503 if the file is missing, damaged or of another hub's version.
history_answer<std::unique_ptr<sqlite_database>>
open_history(const std::filesystem::path& folder, const history_form& form,
             std::chrono::steady_clock::time_point deadline);

/// Returns a page, or 503 if the deadline has passed or the file cannot be read.
history_answer<admin::history_page<admin::event_row>> read_events(sqlite_database& from,
                                                                  const events_question& question);
history_answer<admin::history_page<admin::audit_row>> read_audit(sqlite_database& from,
                                                                 const audit_question& question);

/// Returns the id of the newest event that was ever recorded.
int64_t last_event(sqlite_database& from);

/// A part of the events in the order of their ids.
struct event_stretch {
  std::vector<admin::event_row> events;
  int64_t end = 0; ///< events up to this id have been looked at.
};
/// Returns events whose ids are greater than `after`: at most 200, from a range of at most 5,000
/// ids, so that a filter that fits few events takes no more time than another.
event_stretch read_events_after(sqlite_database& from, int64_t after, const event_filter& filter);

} // namespace fedhub
