#include "actors/log/log_levels.hpp"

#include <algorithm>
#include <string>

namespace fedhub {

namespace {

spdlog::level::level_enum spdlog_level(conf::log_level level) {
  switch (level) {
  case conf::log_level::trace:
    return spdlog::level::trace;
  case conf::log_level::debug:
    return spdlog::level::debug;
  case conf::log_level::info:
    return spdlog::level::info;
  case conf::log_level::warn:
    return spdlog::level::warn;
  case conf::log_level::error:
    return spdlog::level::err;
  }
  return spdlog::level::info;
}

} // namespace

void log_levels::put_in_force(size_t module, conf::log_level level) {
  modules_[module].in_force = level;
  apply_(static_cast<log_module>(module), level);
}

void log_levels::configure(const conf::log_config& config) {
  const std::lock_guard lock{mutex_};
  for (size_t i = 0; i < modules_.size(); ++i) {
    const auto own = config.modules.find(std::string{to_string(static_cast<log_module>(i))});
    modules_[i].configured = own == config.modules.end() ? config.level : own->second;
    modules_[i].until.reset();
    put_in_force(i, modules_[i].configured);
  }
}

void log_levels::set(log_module module, conf::log_level level, time_point until) {
  const std::lock_guard lock{mutex_};
  const auto place = static_cast<size_t>(module);
  modules_[place].until.reset();
  if (level != modules_[place].configured)
    modules_[place].until = until;
  put_in_force(place, level);
}

void log_levels::expire(time_point now) {
  const std::lock_guard lock{mutex_};
  for (size_t i = 0; i < modules_.size(); ++i) {
    auto& module = modules_[i];
    if (!module.until || *module.until > now)
      continue;
    module.until.reset();
    put_in_force(i, module.configured);
  }
}

std::optional<log_levels::time_point> log_levels::next_expiry() const {
  const std::lock_guard lock{mutex_};
  std::optional<time_point> next;
  for (const auto& module : modules_)
    if (module.until && (!next || *module.until < *next))
      next = module.until;
  return next;
}

std::vector<log_levels::row> log_levels::rows() const {
  const std::lock_guard lock{mutex_};
  std::vector<row> rows;
  for (size_t i = 0; i < modules_.size(); ++i)
    rows.push_back({static_cast<log_module>(i), modules_[i].in_force, modules_[i].until});
  return rows;
}

log_levels& levels_of_log() {
  // Never destroyed, like the loggers.
  static auto& all = *new log_levels{
    [](log_module module, conf::log_level level) { log(module).set_level(spdlog_level(level)); }};
  return all;
}

} // namespace fedhub
