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

/// The standing of the party that has caused a line: how much of its identity is proved.
enum class log_standing : uint8_t {
  hub,           ///< the hub itself: no limit.
  authenticated, ///< a peer that has proved its identity, or the hub itself.
  unproven,      ///< a node, about a remote domain that has never been reached.
  stranger,      ///< a peer that has proved nothing.
};

/// The peer that causes a line, and its standing.
struct log_origin {
  log_standing standing = log_standing::authenticated;
  std::string peer; ///< an address or a domain.

  bool stranger() const { return standing == log_standing::stranger; }
};

/// Returns the text that stands for an address in the limits: the IPv4 address, or the /64 of an
/// IPv6 address, since one host can use a /64 as a whole.
std::string log_peer(const socket_address& address);

/// The log of one module for one kind of line and one peer. A line has a text, and in JSON its
/// facts too.
///
/// Lines beyond `limits.log_lines_per_second` are left out; a report once a second counts them.
/// Each standing has its own budget. That of all authenticated peers together is 20 times as large.
/// Below level `info` only strangers have a limit. Make an object for each line.
///
/// Thread safety: all calls.
class peer_log {
public:
  /// @param kind a static text: the subject of the lines.
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
  /// @param args the arguments of each `{}` of the text, then facts for JSON only. An argument made
  /// by a `log_field`, and each `fact_carrier`, becomes fields in JSON.
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

/// Returns the log of the hub's own actions. @param kind a static text: the subject of the lines.
inline peer_log hub_log(std::string_view kind) {
  return {log_module::hub, kind, {log_standing::hub, {}}};
}

/// Sets `limits.log_lines_per_second`, at start and at each reload.
void limit_peer_log(const conf::config& config);

/// Sets the function that is called at the first line left out since the last report, in any
/// thread. It has to arrange for `report_left_out` a second later. `schedule` may be empty.
void on_line_left_out(std::function<void()> schedule);

/// Reports in the log how many lines were left out since the last report.
void report_left_out();

} // namespace fedhub
