// The supervisor's work with files: reading the configuration, and watching the files it was read
// from.
#pragma once

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
  };

  /// Begins to watch `source.files`, if there is a source.
  configuration_files(supervisor_actor::pointer self, std::optional<configuration_source> source,
                      actions then);
  configuration_files(const configuration_files&) = delete;
  configuration_files& operator=(const configuration_files&) = delete;
  ~configuration_files(); ///< results of side threads that still run are discarded.

  // Handlers of the supervisor's messages.
  caf::typed_response_promise<bool> on_reload();
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

  reading_turns::time_point now() const;
  void ask();
  void go_on();
  void read(std::optional<reading_turns::number> which);
  bool begin(side_threads& on, reading_turns::number which,
             std::function<configuration_read()> how);
  void answer(bool applied);
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
  std::vector<caf::typed_response_promise<bool>> asked_; ///< requests for the next reading.
  /// Requests to answer with the outcome of the last reading.
  std::vector<caf::typed_response_promise<bool>> answering_;
};

} // namespace fedhub
