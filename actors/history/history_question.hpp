// What can be asked of the history.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/admin/event_row.hpp"

namespace fedhub {

/// Which events are wanted.
struct event_filter {
  std::string domain;                    ///< empty: all.
  std::optional<admin::event_kind> kind; ///< nothing: all.
};

/// The place of a row in a list that begins with the newest one.
struct history_place {
  int64_t time = 0; ///< in ms since 1970.
  int64_t id = 0;

  /// Returns "TIME-ID".
  std::string str() const;
  /// Reads what `str` returns; nothing if it is something else.
  static std::optional<history_place> parse(std::string_view text);

  friend bool operator==(const history_place&, const history_place&) = default;
};

/// Which part of a list is wanted.
struct history_span {
  size_t limit = 100;                 ///< 1..1000.
  std::optional<history_place> after; ///< the last row of the page before.
};

/// The question for a page of events, newest first.
struct events_question {
  event_filter filter;
  std::optional<std::chrono::system_clock::time_point> since; ///< this time is included.
  std::optional<std::chrono::system_clock::time_point> until; ///< this time is included.
  history_span page;
};

/// The question for a page of management actions, newest first.
struct audit_question {
  history_span page;
};

/// The question for all events from now on, oldest first.
struct follow_question {
  event_filter filter;
};

/// All questions that the history answers.
using history_question = std::variant<events_question, audit_question, follow_question>;

} // namespace fedhub
