#include "actors/log/peer_log.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>

#include "metrics/sockets/socket_address.hpp"
#include "protocol/text/ip_network.hpp"
#include "protocol/text/printable_text.hpp"

namespace fedhub {

namespace {

/// The longest message, in octets, that a stranger provokes.
constexpr size_t stranger_octets = 1024;
/// The octets of an average line. With 50 lines a second, this bounds the log to less than 1 MiB a
/// minute.
constexpr uint64_t octets_a_line = 320;
/// Each kind and peer may have one part in `each_part` of the strangers' lines, whatever its
/// standing.
constexpr uint64_t each_part = 10;
/// All authenticated peers together may have so many times the lines of strangers.
constexpr uint64_t authenticated_factor = 20;
constexpr uint64_t default_lines = 50;

/// @param factor how many times larger the budget is than that of strangers.
log_budget budget_of(uint64_t lines, uint64_t factor = 1) {
  return {lines * factor, std::max<uint64_t>(lines / each_part, 1), lines * factor * octets_a_line};
}

struct limiters {
  log_limiter strangers{budget_of(default_lines)};
  /// Debug lines have a limiter of their own, so that they do not use up the budget of other lines.
  log_limiter strangers_debug{budget_of(default_lines)};
  log_limiter unproven{budget_of(default_lines)};
  log_limiter authenticated{budget_of(default_lines, authenticated_factor)};
  std::atomic<size_t> prefix{64};

  std::mutex mutex;
  std::function<void()> schedule;
};

limiters& all_limiters() {
  static auto& all = *new limiters; // used until the process ends
  return all;
}

/// Returns the limiter for a line; null if there is no limit.
log_limiter* limiter_of(log_standing standing, spdlog::level::level_enum level) {
  auto& all = all_limiters();
  if (standing == log_standing::hub)
    return nullptr;
  if (standing == log_standing::stranger)
    return level < spdlog::level::info ? &all.strangers_debug : &all.strangers;
  if (level < spdlog::level::info)
    return nullptr;
  return standing == log_standing::unproven ? &all.unproven : &all.authenticated;
}

void report(log_limiter& limiter) {
  for (auto& row : limiter.take_reports()) {
    const bool one = !row.kind.text.empty();
    auto text = one ? fmt::format("{}, {}: repeated {} times", row.kind.text, row.peer, row.count)
                    : fmt::format("lines of {} other kinds and peers: repeated {} times", row.kinds,
                                  row.count);
    log_facts facts;
    if (log_has_facts()) {
      facts.add(fact::kind.name, one ? row.kind.text : "lines left out");
      facts.add(fact::origin.name, row.peer);
      facts.add(fact::repeated.name, row.count);
    }
    limiter.charge(text.size() + facts.octets() + all_limiters().prefix);
    write_log(one ? row.kind.module : log_module::hub, row.level, text, std::move(facts));
  }
}

} // namespace

std::string log_peer(const socket_address& address) {
  const auto ip = address.address();
  return ip && !ip->is_v4() ? ip_network{*ip, 64}.str() : address.ip();
}

bool peer_log::admitted(spdlog::level::level_enum level) const {
  auto* limiter = limiter_of(origin_.standing, level);
  if (limiter == nullptr)
    return true;
  const auto verdict = limiter->admit(kind_, origin_.peer, level, std::chrono::steady_clock::now());
  if (verdict == log_limiter::verdict::leave_out_first) {
    std::lock_guard guard{all_limiters().mutex};
    if (all_limiters().schedule)
      all_limiters().schedule();
  }
  return verdict == log_limiter::verdict::write;
}

void peer_log::begin(log_facts& to) const {
  to.add(fact::kind.name, kind_.text);
  to.add(fact::origin.name, origin_.peer);
}

void peer_log::write(spdlog::level::level_enum level, std::string_view text,
                     log_facts facts) const {
  auto* limiter = limiter_of(origin_.standing, level);
  if (limiter == nullptr)
    return write_log(kind_.module, level, text, std::move(facts));
  // Escaped before the octets are counted, since escapes make it longer.
  const auto shown = printable(text, origin_.stranger() ? stranger_octets : text.size() * 10);
  const auto doubled = std::ranges::count_if(shown, [](char c) { return c == '"' || c == '\\'; });
  limiter->charge(shown.size() + static_cast<size_t>(doubled) + facts.octets()
                  + all_limiters().prefix); // in JSON quotes and backslashes are doubled
  write_log(kind_.module, level, shown, std::move(facts));
}

void limit_peer_log(const conf::config& config) {
  auto& all = all_limiters();
  const auto lines_per_second = config.limits.log_lines_per_second;
  all.strangers.budget(budget_of(lines_per_second));
  all.strangers_debug.budget(budget_of(lines_per_second));
  all.unproven.budget(budget_of(lines_per_second));
  all.authenticated.budget(budget_of(lines_per_second, authenticated_factor));
  all.prefix = log_prefix_octets(config.log, config.hub.name);
}

void on_line_left_out(std::function<void()> schedule) {
  std::lock_guard guard{all_limiters().mutex};
  all_limiters().schedule = std::move(schedule);
}

void report_left_out() {
  auto& all = all_limiters();
  for (auto* x : {&all.strangers, &all.strangers_debug, &all.unproven, &all.authenticated})
    report(*x);
}

} // namespace fedhub
