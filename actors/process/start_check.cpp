#include "actors/process/start_check.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "actors/dial/descriptor_share.hpp"
#include "actors/dns/dns_view_upstream.hpp"
#include "actors/files/state_folder.hpp"
#include "actors/hub/settings.hpp"
#include "actors/log/log.hpp"
#include "actors/tls/dialback_secret.hpp"
#include "actors/tls/tls_store.hpp"
#include "conf/file/dns_view_defaults.hpp"

namespace fedhub {

namespace {

/// Returns a warning if `limits.connections` needs more than the half of the descriptors that the
/// federation listeners may use together.
std::optional<std::string> judge_descriptors(const conf::config& config) {
  const uint64_t kinds =
    (config.listen.s2s.empty() ? 0 : 1) + (config.listen.s2s_direct_tls.empty() ? 0 : 1);
  const auto most = descriptors_to_be_had();
  const auto used = incoming_descriptors(most);
  const auto asked = config.limits.connections * kinds;
  if (asked <= used)
    return {};
  return "limits.connections: the limit of open files is " + std::to_string(most)
         + ". Half of it is for connections from the world, and limits.connections asks for "
         + std::to_string(asked) + ": set LimitNOFILE to " + std::to_string(2 * asked)
         + " or more, or lower limits.connections";
}

/// Returns an error if the configured socket of the API can't be made.
std::optional<std::string> judge_admin_socket(const conf::admin_config& admin) {
  namespace fs = std::filesystem;
  if (admin.socket.empty())
    return {};
  std::error_code ignored;
  const auto what = fs::symlink_status(admin.socket, ignored).type();
  if (what != fs::file_type::not_found && what != fs::file_type::socket)
    return "admin.socket: " + admin.socket.string() + " exists, and is not a socket";
  if (!fs::is_directory(admin.socket.parent_path(), ignored))
    return "admin.socket: there is no folder " + admin.socket.parent_path().string();
  return {};
}

auto look_at_tls(const conf::config& config, const std::vector<domain_pattern>& domains) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  return tls_store::load(config, domains, nullptr, now, state_use::look);
}

/// Adds an error once: several checks may find the same fault.
void add(std::vector<std::string>& errors, const std::string& text) {
  if (std::ranges::find(errors, text) == errors.end())
    errors.push_back(text);
}

/// Checks each certificate alone, since loading the store stops at the first bad one.
void judge_parts(const conf::config& config, const std::vector<domain_pattern>& domains,
                 std::vector<std::string>& errors) {
  const auto judge = [&](std::vector<conf::certificate_files> certificates,
                         std::optional<conf::certificate_files> client) {
    auto part = config;
    part.tls.certificates = std::move(certificates);
    part.tls.client_certificate = std::move(client);
    if (const auto tls = look_at_tls(part, domains); !tls)
      add(errors, tls.error());
  };
  for (const auto& files : config.tls.certificates)
    judge({files}, {});
  if (config.tls.client_certificate)
    judge({*config.tls.client_certificate}, {});
}

} // namespace

file_findings judge_surroundings(const conf::config& config, const configuration_source& source) {
  auto result = judge_modes(config, source);
  result.warnings.insert(result.warnings.begin(), source.warnings.begin(), source.warnings.end());
  // Checked even if all secrets are configured in files: later data needs the folder.
  if (const auto folder = state_folder::open(config.hub.state_dir, state_use::look); !folder)
    result.errors.push_back(folder.error());
  if (auto why = judge_admin_socket(config.admin))
    result.errors.push_back(std::move(*why));
  if (auto why = judge_dns_view(config))
    result.errors.push_back(std::move(*why));
  if (!config.listen.dns.empty() && conf::dns_view_clients(config).empty())
    result.warnings.push_back("listen.dns answers nobody: dns_view.allow is empty, and no node has "
                              "trusted_from");
  if (auto why = judge_descriptors(config))
    result.warnings.push_back(std::move(*why));
  return result;
}

file_findings check_start(const conf::config& config, const configuration_source& source) {
  auto result = judge_surroundings(config, source);
  for (auto& name : unknown_log_modules(config.log))
    result.warnings.push_back("log.modules: there is no module \"" + name + "\"");
  if (!config.federation.dialback_secret)
    if (const auto kept = kept_dialback_secret(config.hub.state_dir, state_use::look); !kept)
      add(result.errors, kept.error());
  const auto domains = local_domains(config);
  const auto tls = look_at_tls(config, domains);
  if (!tls) {
    judge_parts(config, domains, result.errors);
    add(result.errors, tls.error());
    return result;
  }
  const auto& warnings = (*tls)->warnings();
  result.warnings.insert(result.warnings.end(), warnings.begin(), warnings.end());
  for (const auto& domain : (*tls)->uncovered(domains))
    result.warnings.push_back("no certificate covers " + domain.str());
  return result;
}

} // namespace fedhub
