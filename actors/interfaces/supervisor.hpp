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
#include "actors/interfaces/listener.hpp"
#include "actors/interfaces/node.hpp"

namespace fedhub {

struct configuration_read;
using configuration_read_ptr = std::shared_ptr<const configuration_read>;

/// What a look at the watched files gave.
struct file_look {
  std::shared_ptr<file_watch> watch; ///< the files; it itself belongs to the supervisor.
  std::optional<std::vector<file_fingerprint>> found; ///< none: the watch has just begun.
};
using file_look_ptr = std::shared_ptr<const file_look>;

/// The SUPERVISOR interface.
using supervisor_actor = node_observer_actor::extend<
  // Read the configuration file again and apply it whole or not at all. Answers whether it was
  // applied.
  caf::replies_to<reload_atom>::with<bool>,
  // Drain: close all streams in order, bounce what waits. Answers when it is done, after
  // `timeouts.drain` at the latest.
  caf::replies_to<stop_atom>::with<stop_atom>,
  // Answers once all that the supervisor starts has been started.
  caf::replies_to<status_atom>::with<status_atom>,
  // INTERNAL: measure the scheduler's delay; and the measure itself, sent at that time (clock
  // ticks).
  caf::reacts_to<probe_atom>, caf::reacts_to<probe_atom, int64_t>,
  // INTERNAL: a round of a reload has ended; or a reload has taken too long.
  caf::reacts_to<round_atom, uint64_t>, caf::reacts_to<tick_atom, uint64_t>,
  // INTERNAL: lines were left out of the log; and the time to say how many.
  caf::reacts_to<report_atom>, caf::reacts_to<report_atom, bool>,
  // INTERNAL: begin a round of `health`.
  caf::reacts_to<beat_atom>,
  // INTERNAL: the time for reading the configuration is up; and what reading gave.
  caf::reacts_to<reload_atom, uint64_t>,
  caf::reacts_to<reload_atom, uint64_t, configuration_read_ptr>,
  // INTERNAL: look whether the files that were read have changed; and what a look gave.
  caf::reacts_to<watch_atom>, caf::reacts_to<watch_atom, file_look_ptr>,
  // INTERNAL: look whether the streams are closed.
  caf::reacts_to<tick_atom>>;

} // namespace fedhub

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::configuration_read_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::file_look_ptr)
