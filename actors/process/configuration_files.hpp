// The supervisor's dealings with files: reading the configuration, and watching what it was read
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

/// Reads and looks on side threads, whose results come to the supervisor as messages: a file server
/// that hangs holds no actor up. Part of the supervisor's state.
class configuration_files {
public:
  struct actions {
    std::function<settings_ptr()> current;
    /// @returns whether it is being applied: then `applied` is to be called.
    std::function<bool(const configuration_read&)> use;
    std::function<bool(const std::string&)> reject; ///< @returns false.
    std::function<void(const std::string&)> not_renewed;
  };

  /// Begins to watch `source.files`, if there is a source.
  configuration_files(supervisor_actor::pointer self, std::optional<configuration_source> source,
                      actions then);
  configuration_files(const configuration_files&) = delete;
  configuration_files& operator=(const configuration_files&) = delete;
  ~configuration_files(); ///< what still runs on side threads reaches nobody.

  // What the supervisor is told.
  caf::typed_response_promise<bool> on_reload();
  void on_overdue(reading_turns::number which);
  void on_read(reading_turns::number which, const configuration_read& x);
  void on_watch();
  void on_look(const file_look& x);

  /// What was read is in force everywhere.
  void applied();
  /// Has the self-signed certificate renewed, unless a configuration is being read or applied: as a
  /// reading of its own, which a reload does not wait for longer than for another one.
  /// @returns whether it has begun.
  bool renew();
  /// Whether a configuration is being read or applied.
  bool busy() const { return applying_ || turns_.reading(); }

  /// Changes of files do not matter any more.
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
  void watch(std::shared_ptr<file_watch> x);

  supervisor_actor::pointer self_; ///< outlives this.
  std::optional<std::filesystem::path> file_;
  actions then_;
  std::shared_ptr<box> box_;
  std::shared_ptr<file_watch> watched_; ///< null: nothing is watched, or not yet.
  bool look_due_ = false;               ///< a look is scheduled.
  bool stopping_ = false;
  side_threads looking_;
  side_threads reading_;
  side_threads renewing_;
  reading_turns::number renewal_ = 0; ///< the last reading that was one; 0: none.
  reading_turns turns_;
  bool applying_ = false;
  bool again_ = false;                                   ///< it was asked for while `applying_`.
  std::vector<caf::typed_response_promise<bool>> asked_; ///< for the next reading.
  std::vector<caf::typed_response_promise<bool>> answering_; ///< by the outcome of the last one.
};

} // namespace fedhub
