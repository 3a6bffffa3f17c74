#include "actors/process/configuration_reader.hpp"

#include <cerrno>
#include <chrono>

#include "actors/process/start_check.hpp"
#include "conf/file/layer_sum.hpp"
#include "conf/file/problem_list.hpp"
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

/// Returns which addresses the hub could have.
std::string allowed_for(int error) {
  switch (error) {
  case EACCES:
    return "a port from 1024 on, or CAP_NET_BIND_SERVICE for the hub";
  case EADDRINUSE:
    return "an address that no other program uses";
  case EADDRNOTAVAIL:
    return "an address of this machine";
  default:
    return "an address at which the hub can listen";
  }
}

/// Binds the listeners of a configuration that is good otherwise.
void open_listeners(configuration_read& read, listening_sockets& sockets,
                    listening_sockets::mode how) {
  auto change = sockets.prepare(*read.loaded.value, how);
  if (change) {
    read.listeners = std::move(*change);
    return;
  }
  const auto& sum = *read.loaded.sum;
  conf::problem_list problems{sum.files(), sum.document()};
  for (const auto& fault : change.error())
    problems.add(fault.path, fault.found(),
                 fault.key == "admin.socket" ? "a path at which the hub can make its socket"
                                             : allowed_for(fault.error));
  read.loaded.problems = std::move(problems).take();
  read.fault = conf::summary_of(read.loaded.problems, 0);
}

} // namespace

configuration_read read_configuration(const std::filesystem::path& file, const settings& old,
                                      listening_sockets* sockets,
                                      const std::optional<std::string_view>& console,
                                      listening_sockets::mode how) {
  configuration_read result;
  result.file = file;
  const auto since = std::chrono::system_clock::now();
  result.loaded = conf::load_file(file, console);
  result.watch = std::make_shared<file_watch>(result.loaded.files, since);
  result.fault = result.loaded
                   ? read_named(result, old, since)
                   : conf::summary_of(result.loaded.problems, result.loaded.more_problems);
  if (result.fault.empty() && sockets != nullptr)
    open_listeners(result, *sockets, how);
  for (auto& problem : result.loaded.problems)
    result.problems.push_back(conf::to_string(problem));
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
