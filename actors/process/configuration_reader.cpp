#include "actors/process/configuration_reader.hpp"

#include <chrono>

#include "actors/process/start_check.hpp"
#include "conf/file/reload.hpp"

namespace fedhub {

namespace {

std::string restart_needed(const std::vector<std::string_view>& keys) {
  std::string names;
  for (auto key : keys)
    names.append(names.empty() ? "" : ", ").append(key);
  return "a change of these keys needs a restart: " + names;
}

/// Reads the files that the configuration names. @returns why the configuration can't be applied;
/// empty if it can.
std::string read_named(configuration_read& outcome, const settings& old,
                       std::chrono::system_clock::time_point since) {
  auto& config = *outcome.loaded.value;
  auto found =
    judge_surroundings(config, configuration_source::of(outcome.file, outcome.loaded, since));
  outcome.warnings = std::move(found.warnings);
  if (!found.errors.empty())
    return found.errors.front();
  if (auto keys = conf::keys_needing_restart(old.config, config); !keys.empty())
    return restart_needed(keys);
  auto tls = tls_store::load(config, local_domains(config), old.tls.get());
  if (!tls)
    return tls.error();
  auto keys = load_keys(config);
  if (!keys)
    return keys.error();
  outcome.tls = std::move(*tls);
  outcome.keys = std::move(*keys);
  return {};
}

} // namespace

configuration_read read_configuration(const std::filesystem::path& file, const settings& old,
                                      const std::optional<std::string_view>& console) {
  configuration_read result;
  result.file = file;
  const auto since = std::chrono::system_clock::now();
  result.loaded = conf::load_file(file, console);
  result.watch = std::make_shared<file_watch>(result.loaded.files, since);
  for (auto& problem : result.loaded.problems)
    result.problems.push_back(conf::to_string(problem));
  result.fault = result.loaded
                   ? read_named(result, old, since)
                   : conf::summary_of(result.loaded.problems, result.loaded.more_problems);
  return result;
}

configuration_read renew_certificate(const settings& running) {
  configuration_read result;
  result.renewal = true;
  result.loaded.value = std::make_shared<const conf::config>(running.config);
  result.keys = running.keys;
  auto tls = tls_store::load(running.config, local_domains(running.config), running.tls.get());
  if (tls)
    result.tls = std::move(*tls);
  else
    result.fault = tls.error();
  return result;
}

} // namespace fedhub
