#include "actors/peer_identity.hpp"

#include <spdlog/fmt/chrono.h>
#include <spdlog/fmt/fmt.h>

#include "actors/hub.hpp"
#include "actors/log.hpp"
#include "protocol/hex.hpp"
#include "protocol/presented_names.hpp"

namespace fedhub {

namespace {

std::chrono::sys_seconds today() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

} // namespace

void peer_identity::present(const SSL& session, const tls_store& store, tls_role role) {
  session_ = &session;
  store_ = &store;
  peer_ = role == tls_role::server ? peer_role::initiating : peer_role::receiving;
  last_ = {};
  verdict_ = std::make_unique<certificate_verdict>(store.judge(session, peer_, today(), {}));
  hub_.metrics.certificates_checked.at(role, verdict_->path.status).Increment();
}

bool peer_identity::wants_dane(const domain_name& remote) const {
  auto settings = hub_.current();
  return verdict_ && verdict_->path.status != path_status::no_certificate
         && settings->config.dns.validating && !dane_.contains(remote)
         && accepts(settings->trust->rule(remote), conf::trust_method::dane) && !proof(remote);
}

bool peer_identity::note_tlsa(const domain_name& remote, const tlsa_endpoint& endpoint,
                              const tlsa_set& found) {
  auto& answer = dane_[remote];
  if (found.what != tlsa_set::kind::found || session_ == nullptr)
    return false;
  auto names = dane_reference_names(remote, endpoint.host, found.base);
  auto match = store_->match(*session_, peer_, today(), found.records, names);
  bool matched = match.status == dane_status::matched;
  answer = matched ? dane_answer::matched : dane_answer::mismatched;
  log(log_module::resolver)
    .info("TLSA of {} port {} for {}: {}{}", endpoint.host, endpoint.port, remote.str(),
          matched ? match.by->str() + " " : "", matched ? to_string(match.status) : match.detail);
  return matched;
}

void peer_identity::forget() {
  session_ = nullptr;
  store_ = nullptr;
  verdict_.reset();
}

certificate_proof peer_identity::proof(const domain_name& remote) const {
  if (!verdict_)
    return {identity_method::none, sasl_failure::encryption_required, "the stream is not on TLS"};
  if (const X509* certificate = SSL_get0_peer_certificate(session_);
      certificate != nullptr && last_.domain != remote) {
    last_ = match_name(presented_names::of(*certificate), remote);
    last_.domain = remote;
  }
  auto dane = dane_.find(remote);
  return prove(hub_.current()->trust->rule(remote), *verdict_, last_,
               dane == dane_.end() ? dane_answer::unknown : dane->second);
}

bool peer_identity::dialback_enough(const domain_name& remote) const {
  auto settings = hub_.current();
  auto& rule = settings->trust->rule(remote);
  if (accepts(rule, conf::trust_method::dialback))
    return true;
  auto outcome = rule.report_only ? trust_violation::reported : trust_violation::refused;
  hub_.metrics.trust_violations.at(leg_, outcome).Increment();
  log(leg_ == stream_leg::s2s_out ? log_module::stream_out : log_module::stream_in)
    .warn("{}: no certificate that the trust rules take ({}){}", remote.str(), proof(remote).detail,
          rule.report_only ? "; let pass, since the rule is report_only" : "");
  return rule.report_only;
}

std::string peer_identity::describe() const {
  if (!verdict_ || verdict_->path.status == path_status::no_certificate)
    return "no certificate";
  auto& x = *verdict_;
  auto path = std::string(to_string(x.path.status));
  if (!x.path.detail.empty())
    path.append(" (").append(x.path.detail).append(")");
  return fmt::format("certificate of \"{}\" from \"{}\": {}, usage {}, until {:%FT%TZ}, sha256 {}",
                     x.subject, x.issuer, path, to_string(x.eku),
                     fmt::gmtime(x.not_after.time_since_epoch().count()), to_hex(x.sha256));
}

} // namespace fedhub
