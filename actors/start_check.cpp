#include "actors/start_check.hpp"

#include "actors/dialback_secret.hpp"
#include "actors/settings.hpp"
#include "actors/tls_store.hpp"

namespace fedhub {

file_findings check_start(const conf::config& config, const configuration_source& source) {
  auto result = judge_modes(config, source);
  if (!config.federation.dialback_secret) {
    const auto kept = kept_dialback_secret(config.hub.state_dir, state_use::look);
    if (!kept)
      result.errors.push_back(kept.error());
  }
  const auto domains = local_domains(config);
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto tls = tls_store::load(config, domains, nullptr, now, state_use::look);
  if (!tls) {
    result.errors.push_back(tls.error());
    return result;
  }
  const auto& warnings = (*tls)->warnings();
  result.warnings.insert(result.warnings.end(), warnings.begin(), warnings.end());
  for (const auto& domain : (*tls)->uncovered(domains))
    result.warnings.push_back("no certificate is for " + domain.str());
  return result;
}

} // namespace fedhub
