#include "actors/resolver_log.hpp"

namespace fedhub {

namespace {

/// The targets one by one, for who looks closely.
void log_targets(const resolution& x, const log_origin& by) {
  const peer_log out{log_module::resolver, "targets", by};
  if (!out.should_log(spdlog::level::debug))
    return;
  for (const auto& target : x.targets) {
    std::string addresses;
    for (const auto& address : target.addresses)
      addresses += " " + address.str();
    out.debug("resolve {}: target {} port {}{}{} priority {} weight {}:{}", x.domain.str(),
              target.host, target.port, target.direct_tls ? " direct TLS" : "",
              target.dnssec.allows_dane() ? " secure" : "", target.priority, target.weight,
              addresses);
  }
}

} // namespace

void log_resolution(const resolution& x, const log_origin& by) {
  // What the cache answers is no news, and it may be asked often.
  auto level = x.method == resolve_method::cache ? spdlog::level::debug : spdlog::level::info;
  const peer_log out{log_module::resolver, "resolutions", by};
  if (!out.should_log(level))
    return;
  out.log(level, "resolve {}: {}", x.domain.str(), describe(x));
  log_targets(x, by);
}

} // namespace fedhub
