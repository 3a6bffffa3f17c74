#include "actors/dns/resolver_log.hpp"

#include "metrics/labels.hpp"

namespace fedhub {

namespace {

/// The outcome of a resolution: one text for people, one fact each for JSON.
struct outcome {
  const resolution& of;

  std::string str() const { return describe(of); }
  void add_to(log_facts& to) const {
    to.add(fact::failure.name, of.why);
    to.add(fact::detail.name, of.detail);
    to.add(fact::method.name, static_cast<dns_method>(of.method)); // the labels of the metrics
    std::vector<std::string> targets;
    for (auto& target : of.targets)
      targets.push_back(fmt::format("{}:{}", target.host, target.port));
    to.add(fact::targets.name, targets);
    if (of.method == resolve_method::srv || of.method == resolve_method::address) {
      to.add(fact::srv_s.name, of.srv_time);
      to.add(fact::address_s.name, of.address_time);
    }
    to.add(fact::duration_s.name, of.total_time);
  }
};

/// Logs each target, for debugging.
void log_targets(const resolution& resolution, const log_origin& by) {
  const peer_log out{log_module::resolver, "targets", by};
  if (!out.should_log(spdlog::level::debug))
    return;
  for (const auto& target : resolution.targets) {
    std::vector<std::string> addresses;
    for (const auto& address : target.addresses)
      addresses.push_back(address.str());
    out.debug("resolve {}: target {} port {}{}{} priority {} weight {}:{}{}",
              fact::domain(resolution.domain), fact::host(target.host), fact::port(target.port),
              target.direct_tls ? " direct TLS" : "", target.dnssec.allows_dane() ? " secure" : "",
              fact::priority(target.priority), fact::weight(target.weight),
              addresses.empty() ? "" : " ", fact::addresses(addresses),
              fact::direct_tls(target.direct_tls), fact::dnssec(target.dnssec.allows_dane()));
  }
}

} // namespace

void log_resolution(const resolution& resolution, const log_origin& by) {
  // An answer from the cache is no news, and may be frequent.
  auto level =
    resolution.method == resolve_method::cache ? spdlog::level::debug : spdlog::level::info;
  const peer_log out{log_module::resolver, "resolutions", by};
  if (!out.should_log(level))
    return;
  out.log(level, "resolve {}: {}", fact::domain(resolution.domain), outcome{resolution});
  log_targets(resolution, by);
}

} // namespace fedhub
