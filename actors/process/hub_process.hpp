// One whole hub, which `main` and the demonstration start and stop.
#pragma once

#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "actors/files/configuration_source.hpp"
#include "actors/process/listening_sockets.hpp"
#include "conf/schema/schema.hpp"

namespace fedhub {

/// A running hub with its threads. Belongs to the thread that started it.
class hub_process {
public:
  /// Takes the sockets that the process inherited, binds all other listeners and starts all actors.
  /// @param source nothing: the hub can't be reloaded.
  /// @returns the hub, or an error that names the address or file.
  static tl::expected<std::unique_ptr<hub_process>, std::string>
  start(const std::shared_ptr<const conf::config>& config,
        std::optional<configuration_source> source);

  ~hub_process(); ///< ends the hub as `stop` does.

  /// How a hub ended.
  struct outcome {
    std::string account; ///< see `account_balance::str`; nothing is queued.
    uint64_t lost = 0;   ///< stanzas, or answers to them, that were not taken in time.
  };
  /// Ends at once everything that `drain` has not closed. No other function may be called
  /// afterwards.
  outcome stop();

  const std::vector<bound_listener>& listeners() const;
  /// Returns the line that reports that all listeners are bound: `ready s2s=[::]:5269 nodes=…`.
  std::string ready_line() const;
  /// Returns `KEY=ADDRESS` for each listener, as in the ready line.
  std::vector<std::string> listener_names() const;

  /// Starts a reload: the file is read again, and applied whole or not at all. Does not wait for
  /// the end; log and metrics report the outcome.
  /// @returns whether the file was applied, once that is known; false if the hub ends before.
  std::future<bool> reload();

  /// Returns what is wrong with the hub, as `health::ailment` does; empty if nothing is. Any
  /// thread.
  std::string ailment() const;

  /// Accepts no more connections and stanzas, has the accepted stanzas delivered or answered, and
  /// closes all streams in order. Blocks for `timeouts.drain` at most.
  void drain();

private:
  struct parts;
  explicit hub_process(std::unique_ptr<parts> parts);
  std::unique_ptr<parts> parts_;
};

} // namespace fedhub
