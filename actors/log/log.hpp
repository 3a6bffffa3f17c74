// The hub's loggers: one per module, with the names that operators use.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <spdlog/logger.h>

#include "actors/log/log_facts.hpp"
#include "conf/schema/schema.hpp"

namespace fedhub {

/// The modules whose level can be set in `[log] modules`.
enum class log_module : uint8_t {
  hub,                  ///< "hub": start, reload, stop, listeners, nodes.
  stream_in,            ///< "stream.in": what is received on S2S streams.
  stream_out,           ///< "stream.out": what is sent on S2S streams.
  stanza_component_in,  ///< "stanza.component.in": stanzas and streams from component nodes.
  stanza_component_out, ///< "stanza.component.out": stanzas to component nodes.
  connection_history,   ///< "ConnInfoHistory": each state change of a connection or route.
  resolver,             ///< "Resolver"
  dialback_verify,      ///< "DBVerify"
};
inline constexpr size_t log_module_count = 8;

std::string_view to_string(log_module module);

/// Returns the module's logger. Any thread may call it. A thread of the log (`log_writer`) writes
/// to standard error, so no caller waits for the reader of standard error.
spdlog::logger& log(log_module module);

/// Returns whether lines are written with their facts. Any thread may call it.
bool log_has_facts();

/// Writes a line with its facts, if the module's level allows it. Any thread may call it; it never
/// waits.
void write_log(log_module to, spdlog::level::level_enum level, std::string_view text,
               log_facts facts);

/// Sets format and levels, at start and at each reload. Replaces levels that an operator has set.
/// Any thread may call it.
/// @returns the names in `config.modules` that are not modules of the hub.
std::vector<std::string> configure_log(const conf::log_config& config, std::string_view hub_name);

/// Returns the names in `config.modules` that are not modules of the hub. Any thread may call it.
std::vector<std::string> unknown_log_modules(const conf::log_config& config);

/// Returns about how many octets a line has before its message, with this configuration.
size_t log_prefix_octets(const conf::log_config& config, std::string_view hub_name);

/// Sets the function that counts lost lines (`log_writer::on_lost`). Any thread may call it.
void on_log_lines_lost(std::function<void(uint64_t)> count);

/// While an object exists, a call that logs waits for room in the log, `total` in all, as long as
/// nobody reads the log. For the hub's start, whose lines may be thousands, and are not caused by
/// strangers.
class log_patience {
public:
  explicit log_patience(std::chrono::milliseconds total);
  log_patience(const log_patience&) = delete;
  log_patience& operator=(const log_patience&) = delete;
  ~log_patience();
};

/// Waits until all lines logged so far are written. Any thread may call it. @returns false after
/// `patience`.
bool finish_log(std::chrono::milliseconds patience);

} // namespace fedhub
