// Looks at the running hub for conditions that need a person.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/admin/federation_table.hpp"
#include "actors/admin/notification_board.hpp"
#include "actors/hub/hub.hpp"
#include "protocol/text/domain_map.hpp"
#include "protocol/text/domain_pattern.hpp"

namespace fedhub {

/// How much a counter has grown lately.
///
/// A value; time is a parameter.
class counter_window {
public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit counter_window(std::chrono::seconds length) : length_{length} {}

  /// Notes the counter's value. Keeps one value for each of the last `length` / `step`.
  void note(double value, time_point now);
  /// Returns the growth within the window.
  double growth() const;

private:
  static constexpr std::chrono::seconds step{5};

  std::chrono::seconds length_;
  std::deque<std::pair<time_point, double>> values_; ///< oldest first.
};

/// Finds the conditions that hold now. Looks at figures that the hub has anyway: metrics, settings,
/// the rows of the federation table.
///
/// Belongs to the admin actor.
class hub_conditions {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// A partner has failed for this long before it is reported.
  static constexpr std::chrono::minutes partner_patience{10};
  /// A domain that has had an authorised pair within this time is a partner.
  static constexpr std::chrono::hours partner_time{30 * 24};
  /// A certificate is reported this long before its end, at first as a warning.
  static constexpr std::chrono::hours renewal_time{14 * 24};
  static constexpr std::chrono::hours last_days{2 * 24};
  /// The state of systemd-timesyncd (systemd-timesyncd.service(8)).
  static inline const std::filesystem::path time_state = "/run/systemd/timesync";

  /// Returns how many files are open, or nothing if no more can be opened, and the limit.
  using file_count = std::function<std::pair<std::optional<uint64_t>, uint64_t>()>;
  /// Counts this process's files.
  static std::pair<std::optional<uint64_t>, uint64_t> count_files();

  /// @param clock_state the folder of systemd-timesyncd's state.
  explicit hub_conditions(std::filesystem::path clock_state = time_state,
                          file_count files = count_files);

  /// Returns all conditions that hold now, at most `notification_board::most_of_a_kind` partners.
  std::vector<condition> look(const hub& hub, const federation_table& table,
                              const federation_table::clocks& at);

private:
  void judge(const settings_ptr& settings);
  void look_at_certificates(const hub& hub, const federation_table::clocks& at);
  void look_at_nodes(const hub& hub, const federation_table& table, time_point now);
  void look_at_partners(const federation_table& table, const federation_table::clocks& at);
  void look_at_counters(const hub& hub, time_point now);
  void look_at_machine();
  void add(condition found) { found_.push_back(std::move(found)); }

  std::filesystem::path clock_state_;
  file_count files_;
  counter_window refused_;
  counter_window log_lines_;
  counter_window dns_all_;
  counter_window dns_unanswered_;
  counter_window unverified_;
  counter_window lost_events_;
  settings_ptr judged_;                   ///< the settings that the next two follow from.
  std::vector<domain_pattern> uncovered_; ///< local domains without a certificate.
  domain_set named_;                      ///< the remote domains that the configuration names.
  std::vector<condition> found_;          ///< by the look under way.
};

} // namespace fedhub
