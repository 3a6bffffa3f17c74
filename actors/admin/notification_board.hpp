// The notifications that are open: conditions that need a person.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/interfaces/admin.hpp"
#include "metrics/labels.hpp"
#include "protocol/admin/answer_json.hpp"

namespace fedhub {

/// A condition that needs a person, and that holds now.
struct condition {
  notification_kind kind = notification_kind::certificate;
  notification_severity severity = notification_severity::warning;
  std::string subject; ///< what the condition is about; empty: the hub.
  std::string text;    ///< what is wrong, in a sentence.
  std::string remedy;  ///< what to do, in the imperative.
};

/// Holds the open notifications. One is raised once its condition has held for `patience_of` its
/// kind, and is cleared as soon as the condition does not hold any more. At most `most_of_a_kind`
/// of each kind are open; further conditions wait until there is room.
///
/// A value; time is a parameter. Belongs to one actor.
class notification_board {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using wall_time = std::chrono::system_clock::time_point;

  static constexpr size_t most_of_a_kind = 100;

  /// The place of an open one in the list: whether it is a mere warning, and its id.
  using place = std::pair<bool, uint64_t>;
  /// Reads the `next` of a page. @returns nothing if it is none.
  static std::optional<place> parse_place(std::string_view text);

  /// Returns how long a condition of this kind must hold.
  static std::chrono::seconds patience_of(notification_kind kind);

  /// Takes all conditions that hold now. Conditions of one kind must differ in their subjects.
  void update(std::vector<condition> holding, time_point now, wall_time wall);

  /// Notes who has seen a notification; the last one counts. @returns false if it is not open.
  bool acknowledge(uint64_t id, std::string by);

  /// Returns a page: errors before warnings, then the oldest first.
  admin::page<admin::notification_row> page(const page_request& asked) const;

  /// Returns how many are open.
  size_t size() const;
  size_t count(notification_kind kind, notification_severity severity) const;

private:
  struct entry {
    condition what;
    time_point first_seen;
    wall_time since;
    uint64_t id = 0; ///< 0: it is not raised yet.
    std::string acknowledged_by;
  };
  using key = std::pair<notification_kind, std::string>;

  static place place_of(const entry& entry) {
    return {entry.what.severity != notification_severity::error, entry.id};
  }

  std::map<key, entry> entries_;
  uint64_t next_id_ = 1;
};

} // namespace fedhub
