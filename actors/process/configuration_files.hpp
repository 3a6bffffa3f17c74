// The supervisor's work with files: reading the configuration, and watching the files it was read
// from.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <caf/typed_response_promise.hpp>

#include "actors/files/configuration_source.hpp"
#include "actors/interfaces/supervisor.hpp"
#include "actors/process/configuration_reader.hpp"
#include "actors/process/reading_turns.hpp"
#include "actors/runtime/side_threads.hpp"

namespace fedhub {

/// Reads and checks files on side threads. The results come to the supervisor as messages, so a
/// file server that hangs blocks no actor. Part of the supervisor's state.
class configuration_files {
public:
  struct actions {
    std::function<settings_ptr()> current;
    /// @returns whether the configuration is being applied; then `applied` must be called at the
    /// end.
    std::function<bool(const configuration_read&)> use;
    std::function<bool(const std::string&)> reject; ///< @returns false.
    std::function<void(const std::string&)> not_renewed;
    /// An order has been carried out.
    std::function<void(const configuration_order&, const configuration_outcome&)> changed;
  };

  /// Begins to watch `source.files`, if there is a source.
  configuration_files(supervisor_actor::pointer self, std::optional<configuration_source> source,
                      actions then);
  configuration_files(const configuration_files&) = delete;
  configuration_files& operator=(const configuration_files&) = delete;
  ~configuration_files(); ///< results of side threads that still run are discarded.

  // Handlers of the supervisor's messages.
  caf::typed_response_promise<bool> on_reload();
  using outcome_promise = caf::typed_response_promise<configuration_outcome_ptr>;
  /// Carries out orders one after the other, apart from all other readings. At most `most_orders`
  /// wait; one more is refused (503).
  outcome_promise on_order(const configuration_order_ptr& order);
  bool carries_out_an_order() const { return order_.has_value(); }
  void on_overdue(reading_turns::number which);
  void on_read(reading_turns::number which, const configuration_read& outcome);
  void on_watch();
  void on_look(const file_look& look);

  /// Reports that the configuration that was read is in force everywhere.
  void applied();
  /// Renews the self-signed certificate, unless a configuration is being read or applied. The
  /// renewal is a reading of its own; a reload waits for it no longer than for any other reading.
  /// @returns false if a configuration is being read or applied.
  bool renew();
  /// Returns whether a configuration is being read or applied.
  bool busy() const { return applying_ || turns_.reading(); }

  /// Ignores changes of files from now on.
  void stop() { stopping_ = true; }

private:
  class box;
  struct waiting_order {
    configuration_order_ptr order;
    outcome_promise promise;
    std::shared_ptr<std::atomic<order_stage>> stage;
  };
  static constexpr size_t most_orders = 16;

  reading_turns::time_point now() const;
  void ask();
  void go_on();
  void read(std::optional<reading_turns::number> which);
  bool begin(side_threads& on, reading_turns::number which,
             std::function<configuration_read()> how);
  void answer(bool applied);
  void begin_orders();
  bool begin_order();
  void on_ordered(const configuration_read& read);
  void end_order(std::shared_ptr<configuration_outcome> outcome);
  void refuse_order(unsigned status, std::string why);
  void schedule_look();
  void watch(std::shared_ptr<file_watch> file_watch);

  supervisor_actor::pointer self_; ///< outlives this.
  std::optional<std::filesystem::path> file_;
  actions then_;
  std::shared_ptr<box> box_;
  std::shared_ptr<file_watch> watched_; ///< null: nothing is watched, or not yet.
  bool look_due_ = false;               ///< a check is scheduled.
  bool stopping_ = false;
  side_threads looking_;
  side_threads reading_;
  side_threads renewing_;
  reading_turns::number renewal_ = 0; ///< the last reading that was a renewal; 0: none.
  reading_turns turns_;
  bool applying_ = false;
  bool again_ = false; ///< a reload was requested while `applying_`.
  std::deque<waiting_order> orders_;
  std::optional<waiting_order> order_;                   ///< it is being carried out.
  std::shared_ptr<configuration_outcome> outcome_;       ///< of `order_`, while it is applied.
  std::vector<caf::typed_response_promise<bool>> asked_; ///< requests for the next reading.
  /// Requests to answer with the outcome of the last reading.
  std::vector<caf::typed_response_promise<bool>> answering_;
};

} // namespace fedhub
