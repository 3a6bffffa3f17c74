// Log lines that a peer provokes.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "actors/log/log.hpp"
#include "actors/log/log_limiter.hpp"

namespace fedhub {

class socket_address;

/// On whose word a line is written.
enum class log_standing : uint8_t {
  hub,           ///< the hub's own: without a limit.
  authenticated, ///< a peer's that has proved who it is, or the hub's own.
  unproven,      ///< a node's: about a remote domain that has never shown that it is there.
  stranger,      ///< nobody's.
};

/// Who makes the hub write a line.
struct log_origin {
  log_standing standing = log_standing::authenticated;
  std::string peer; ///< an address or a domain.

  bool stranger() const { return standing == log_standing::stranger; }
};

/// The peer of an address: what one host can make up, so for IPv6 the first 64 bits.
std::string log_peer(const socket_address& x);

/// A module's logger for one kind of line and one peer: text, and in JSON the facts too. Lines
/// beyond `limits.log_lines_per_second` are left out, and told of once a second. Each standing has
/// its own budget; all authenticated peers together have 20 times as much. Below level `info` only
/// strangers have a limit. To be made for each line anew.
///
/// Thread safety: all of it.
class peer_log {
public:
  /// @param kind a static text: what such lines are about.
  peer_log(log_module to, std::string_view kind, log_origin by)
    : kind_{to, kind}, origin_(std::move(by)) {}

  template <class... Args>
  void trace(spdlog::format_string_t<Args...> form, Args&&... args) const {
    log(spdlog::level::trace, form, std::forward<Args>(args)...);
  }
  template <class... Args>
  void debug(spdlog::format_string_t<Args...> form, Args&&... args) const {
    log(spdlog::level::debug, form, std::forward<Args>(args)...);
  }
  template <class... Args>
  void info(spdlog::format_string_t<Args...> form, Args&&... args) const {
    log(spdlog::level::info, form, std::forward<Args>(args)...);
  }
  template <class... Args>
  void warn(spdlog::format_string_t<Args...> form, Args&&... args) const {
    log(spdlog::level::warn, form, std::forward<Args>(args)...);
  }
  template <class... Args>
  void error(spdlog::format_string_t<Args...> form, Args&&... args) const {
    log(spdlog::level::err, form, std::forward<Args>(args)...);
  }
  /// @param args for each `{}` of the text, then facts for JSON lines alone. Those made by a
  ///        `log_field`, and each `fact_carrier`, are fields of JSON lines.
  template <class... Args>
  void log(spdlog::level::level_enum level, spdlog::format_string_t<Args...> form,
           Args&&... args) const {
    if (!should_log(level) || !admitted(level))
      return;
    spdlog::memory_buf_t text;
    fmt::vformat_to(std::back_inserter(text), fmt::string_view(form),
                    fmt::make_format_args(args...));
    log_facts facts;
    if (log_has_facts()) {
      begin(facts);
      (add(facts, args), ...);
    }
    write(level, {text.data(), text.size()}, std::move(facts));
  }

  bool should_log(spdlog::level::level_enum level) const {
    return fedhub::log(kind_.module).should_log(level);
  }

private:
  template <class T>
  static void add(log_facts& to, const T& x) {
    if constexpr (requires { x.add_to(to); })
      x.add_to(to);
  }
  bool admitted(spdlog::level::level_enum level) const;
  void begin(log_facts& to) const;
  void write(spdlog::level::level_enum level, std::string_view text, log_facts facts) const;

  log_kind kind_;
  log_origin origin_;
};

/// The log of the hub's own doings. @param kind a static text: what such lines are about.
inline peer_log hub_log(std::string_view kind) {
  return {log_module::hub, kind, {log_standing::hub, {}}};
}

/// Sets `limits.log_lines_per_second`, at start and at each reload.
void limit_peer_log(const conf::config& x);

/// Has `schedule` called when a line was left out for the first time since the last report: a
/// second later, `report_left_out` is to be called. From any thread; `schedule` may be empty.
void on_line_left_out(std::function<void()> schedule);

/// Writes how many lines were left out since the last report.
void report_left_out();

} // namespace fedhub
