// Rows of the history, as the API shows them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fedhub::admin {

/// What an event is about.
enum class event_kind : uint8_t {
  attempt,      ///< to get a stream to a domain.
  stream,       ///< a stream was authenticated, or has ended.
  refusal,      ///< of a peer that has proved nothing.
  trust,        ///< the verdict on a certificate.
  node,         ///< a node came or went.
  config,       ///< a reload was applied or rejected.
  notification, ///< the history itself, and whatever else needs a person.
  estate,
  cluster,
};
inline constexpr event_kind all_event_kinds[] = {
  event_kind::attempt,      event_kind::stream, event_kind::refusal,
  event_kind::trust,        event_kind::node,   event_kind::config,
  event_kind::notification, event_kind::estate, event_kind::cluster};

/// Returns the contract's word.
std::string_view to_string(event_kind kind);
/// Returns the kind with this word; nothing if there is none.
std::optional<event_kind> parse_event_kind(std::string_view word);

/// One event. A text without a value is empty.
struct event_row {
  int64_t id = 0; ///< rises with each event that is recorded; never used twice.
  std::chrono::system_clock::time_point time = {};
  event_kind kind = event_kind::notification;
  std::string domain = {};  ///< a remote domain, or the name of a node.
  std::string leg = {};     ///< as in `stream_row`.
  uint64_t stream = 0;      ///< 0: none.
  std::string failure = {}; ///< its word.
  std::string detail = {};
  std::string actor = {};   ///< the user or address that caused the event.
  std::string attempt = {}; ///< JSON of an `attempt_row`.
};

/// One management action, or one change of the configuration.
struct audit_row {
  int64_t id = 0; ///< rises with each row; never used twice.
  std::chrono::system_clock::time_point time = {};
  std::string kind = {};  ///< the action's word, e.g. "retry", "close", "config".
  std::string actor = {}; ///< who, and from where: "uid 1000".
  std::string domain = {};
  uint64_t stream = 0;     ///< 0: none.
  std::string detail = {}; ///< the outcome, or what has changed.
};

/// A part of the history, newest first.
template <class Row>
struct history_page {
  /// Rows are counted up to this number, since counting all would take too long.
  static constexpr size_t most_counted = 10'000;

  std::vector<Row> items;
  std::optional<size_t> total; ///< of all rows that match; nothing: more than `most_counted`.
  std::string next;            ///< for `after` of the next page; empty: this is the last page.
};

/// @name Each returns one JSON object. A field without a value is left out. Octets that are not
/// UTF-8 are replaced by U+FFFD, since some texts come from peers.
/// @{
std::string json_of(const event_row& event);
std::string json_of(const history_page<event_row>& events);
std::string json_of(const history_page<audit_row>& actions);
/// @}

} // namespace fedhub::admin
