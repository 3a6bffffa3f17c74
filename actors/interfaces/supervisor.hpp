// The supervisor: start, reload, drain, stop.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/files/configuration_source.hpp"
#include "actors/files/file_watch.hpp"
#include "actors/interfaces/configuration.hpp"
#include "actors/interfaces/listener.hpp"
#include "actors/interfaces/node.hpp"

namespace fedhub {

struct configuration_read;
using configuration_read_ptr = std::shared_ptr<const configuration_read>;

/// The result of a look at the watched files.
struct file_look {
  /// Side threads read only `files()`; the rest belongs to the supervisor.
  std::shared_ptr<file_watch> watch;
  std::optional<std::vector<file_fingerprint>> found; ///< nothing: the watch has just begun.
};
using file_look_ptr = std::shared_ptr<const file_look>;

/// The SUPERVISOR interface.
using supervisor_actor = node_observer_actor::extend<
  // Read the configuration file again and apply it whole or not at all. Answers whether it was
  // applied.
  caf::replies_to<reload_atom>::with<bool>,
  // Carry out an operator's order. Answers when the configuration is in force, or why it is not.
  caf::replies_to<order_atom, configuration_order_ptr>::with<configuration_outcome_ptr>,
  // Drain: close all streams in order, and bounce all waiting stanzas. Answers when this is done,
  // after `timeouts.drain` at the latest.
  caf::replies_to<stop_atom>::with<stop_atom>,
  // Answers once the supervisor has started all actors.
  caf::replies_to<status_atom>::with<status_atom>,
  // INTERNAL: measure the scheduler's delay; and the probe itself, with the time at which it was
  // sent (clock ticks).
  caf::reacts_to<probe_atom>, caf::reacts_to<probe_atom, int64_t>,
  // INTERNAL: a round of a reload has ended; or a reload has taken too long.
  caf::reacts_to<round_atom, uint64_t>, caf::reacts_to<tick_atom, uint64_t>,
  // INTERNAL: lines were left out of the log; and the time to report how many.
  caf::reacts_to<report_atom>, caf::reacts_to<report_atom, bool>,
  // INTERNAL: begin a round of `health`.
  caf::reacts_to<beat_atom>,
  // INTERNAL: the time for reading the configuration is up; and the result of reading.
  caf::reacts_to<reload_atom, uint64_t>,
  caf::reacts_to<reload_atom, uint64_t, configuration_read_ptr>,
  // INTERNAL: check whether the files that were read have changed; and the result of a check.
  caf::reacts_to<watch_atom>, caf::reacts_to<watch_atom, file_look_ptr>,
  // INTERNAL: check whether the streams are closed.
  caf::reacts_to<tick_atom>>;

} // namespace fedhub

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::configuration_read_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::file_look_ptr)
