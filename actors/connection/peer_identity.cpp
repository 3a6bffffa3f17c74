#include "actors/connection/peer_identity.hpp"

#include <spdlog/fmt/chrono.h>
#include <spdlog/fmt/fmt.h>

#include "actors/history/history_queue.hpp"
#include "actors/hub/hub.hpp"
#include "actors/hub/settings.hpp"
#include "actors/log/peer_log.hpp"
#include "actors/rules/unverified_servers.hpp"
#include "actors/tls/kept_certificates.hpp"
#include "actors/tls/tls_slimming.hpp"
#include "metrics/hub_metrics.hpp"
#include "protocol/certificate/presented_names.hpp"
#include "protocol/text/hex.hpp"

namespace fedhub {

namespace {

presented_names names_presented(const SSL& session) {
  const X509* certificate = SSL_get0_peer_certificate(&session);
  return certificate != nullptr ? presented_names::of(*certificate) : presented_names{};
}

std::chrono::sys_seconds today() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// The most certificates of one chain that are kept, and the most octets of each.
constexpr size_t most_kept = 1 + max_path;
constexpr size_t most_kept_octets = 8192;

/// Returns the certificates that the peer has shown, its own first; empty if they are too many or
/// too large to be kept.
std::vector<kept_certificates::certificate> keep_chain(const SSL& session, kept_certificates& all) {
  std::vector<const X509*> shown{SSL_get0_peer_certificate(&session)};
  const auto others = chain_of(session);
  for (int i = 0; i < sk_X509_num(others.get()); ++i)
    shown.push_back(sk_X509_value(others.get(), i));
  std::vector<kept_certificates::certificate> result;
  for (const auto* name : shown) {
    const int size = name != nullptr ? i2d_X509(name, nullptr) : 0;
    if (size <= 0 || static_cast<size_t>(size) > most_kept_octets || shown.size() > most_kept)
      return {};
    std::string der(static_cast<size_t>(size), '\0');
    auto* at = reinterpret_cast<unsigned char*>(der.data());
    i2d_X509(name, &at);
    result.push_back(all.keep(der));
  }
  result.shrink_to_fit();
  return result;
}

openssl_ptr<X509> read_certificate(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  return openssl_ptr<X509>{d2i_X509(nullptr, &at, static_cast<long>(der.size()))};
}

/// Judges the path again from kept certificates, since the session holds none any more.
path_result check_again(const std::vector<kept_certificates::certificate>& chain,
                        const tls_store& store, peer_role peer) {
  if (chain.empty())
    return {.status = path_status::rejected, .detail = "the certificate is no longer available"};
  const auto leaf = read_certificate(*chain.front());
  const certificate_stack others{sk_X509_new_null()};
  for (size_t i = 1; i < chain.size(); ++i)
    sk_X509_push(others.get(), read_certificate(*chain[i]).release());
  return store.check(*leaf, others.get(), peer, today());
}

std::string text_of(const path_result& path) {
  auto text = std::string(to_string(path.status));
  if (!path.detail.empty())
    text.append(" (").append(path.detail).append(")");
  return text;
}

std::string text_of(const certificate_verdict& verdict) {
  if (verdict.path.status == path_status::no_certificate)
    return "no certificate";
  return fmt::format("certificate of \"{}\" from \"{}\": {}, usage {}, until {:%FT%TZ}, sha256 {}",
                     verdict.subject, verdict.issuer, text_of(verdict.path), to_string(verdict.eku),
                     fmt::gmtime(verdict.not_after.time_since_epoch().count()),
                     to_hex(verdict.sha256));
}

} // namespace

std::string peer_identity::present(SSL& session, const tls_store& store, tls_role role) {
  auto peer = role == tls_role::server ? peer_role::initiating : peer_role::receiving;
  auto verdict = store.judge(session, peer, today(), {});
  presented_ =
    std::make_unique<presentation>(presentation{session, verdict.path, verdict.spki_sha256, peer});
  hub_.metrics.certificates_checked.at(role, verdict.path.status).Increment();
  return text_of(verdict);
}

std::optional<admin::certificate_row> peer_identity::describe() const {
  if (!presented_)
    return {};
  admin::certificate_row row;
  row.verdict = text_of(presented_->path);
  row.presented = presented_->path.status != path_status::no_certificate;
  openssl_ptr<X509> kept;
  const X509* certificate = nullptr;
  if (!presented_->slim)
    certificate = SSL_get0_peer_certificate(&presented_->session);
  else if (!presented_->chain.empty())
    certificate = (kept = read_certificate(*presented_->chain.front())).get();
  if (certificate == nullptr)
    return row;
  auto facts = facts_of(*certificate);
  row.subject = std::move(facts.subject);
  row.issuer = std::move(facts.issuer);
  row.sha256 = to_hex(facts.sha256);
  row.not_after = facts.not_after;
  return row;
}

void peer_identity::forget() { presented_.reset(); }

void peer_identity::slim() {
  if (!presented_ || presented_->slim)
    return;
  auto& presented = *presented_;
  const bool good = presented.path.status == path_status::ok;
  auto names =
    good ? std::make_unique<const presented_names>(names_presented(presented.session)) : nullptr;
  auto chain = good ? keep_chain(presented.session, hub_.certificates)
                    : std::vector<kept_certificates::certificate>{};
  presented.slim = slim_session(presented.session);
  if (!presented.slim)
    return;
  presented.names = std::move(names);
  presented.chain = std::move(chain);
}

void peer_identity::judge_again(const tls_store& store) {
  if (!presented_)
    return;
  auto& presented = *presented_;
  presented.last.reset();
  if (presented.dane_by_authority)
    presented.dane.reset();
  if (!presented.slim) {
    presented.path = store.judge(presented.session, presented.peer, today(), {}).path;
  } else if (presented.path.status == path_status::ok) {
    presented.path = check_again(presented.chain, store, presented.peer);
  }
}

const name_match& peer_identity::presentation::match(const domain_name& remote) {
  static const name_match none;
  if (path.status != path_status::ok)
    return none;
  if (!last || last->domain != remote) {
    auto found = names ? match_name(*names, remote) : match_name(names_presented(session), remote);
    found.domain = remote;
    last = std::make_unique<const name_match>(std::move(found));
  }
  return *last;
}

certificate_proof peer_identity::proof(const domain_name& remote) const {
  if (!presented_)
    return {identity_method::none, sasl_failure::encryption_required,
            "the stream does not use TLS"};
  auto& presented = *presented_;
  auto settings = hub_.current();
  const bool dane = settings->config.dns.validating && presented.asked_dane(remote);
  return prove(settings->trust->rule(remote), presented.path, presented.spki,
               presented.match(remote), dane ? presented.dane->at(remote) : dane_answer::unknown);
}

bool peer_identity::wants_dane(const domain_name& remote) const {
  auto settings = hub_.current();
  return presented_ && !presented_->slim && presented_->certified()
         && settings->config.dns.validating && !presented_->asked_dane(remote)
         && accepts(settings->trust->rule(remote), conf::trust_method::dane) && !proof(remote);
}

bool peer_identity::note_tlsa(const domain_name& remote, const tlsa_endpoint& endpoint,
                              const tlsa_set& found) {
  if (!presented_)
    return false;
  auto& presented = *presented_;
  if (!presented.dane)
    presented.dane = std::make_unique<std::unordered_map<domain_name, dane_answer>>();
  auto& answer = (*presented.dane)[remote];
  if (found.what != tlsa_set::kind::found)
    return false;
  auto names = dane_reference_names(remote, endpoint.host, found.base);
  auto match =
    hub_.current()->tls->match(presented.session, presented.peer, today(), found.records, names);
  bool matched = match.status == dane_status::matched;
  answer = matched ? dane_answer::matched : dane_answer::mismatched;
  presented.dane_by_authority = presented.dane_by_authority || (matched && match.by->usage < 2);
  peer_log{log_module::resolver, "TLSA records", {log_standing::stranger, remote.str()}}.info(
    "TLSA of {} port {} for {}: {}{}", fact::host(endpoint.host), fact::port(endpoint.port),
    fact::domain(remote), matched ? match.by->str() + " " : "",
    matched ? to_string(match.status) : match.detail, fact::leg(leg_), fact::outcome(match.status),
    fact::detail(match.detail));
  return matched;
}

bool peer_identity::dialback_stands(const domain_name& remote) const {
  auto settings = hub_.current();
  auto& rule = settings->trust->rule(remote);
  return accepts(rule, conf::trust_method::dialback) || rule.report_only;
}

bool peer_identity::still_gets_stanzas(const domain_name& remote) const {
  auto settings = hub_.current();
  return settings->config.federation.require_verified != conf::verification_rule::on
         || settings->trust->rule(remote).methods_given || proof(remote);
}

void peer_identity::record(const domain_name& remote, bool refused, std::string_view rule) const {
  history_event event{.kind = admin::event_kind::trust, .domain = remote.str(), .leg = leg_};
  event.why = refused ? failure::certificate_refused : failure::none;
  event.detail.append(rule).append(refused ? ": " : ": only reported: ");
  event.detail.append(proof(remote).detail);
  hub_.history.record(std::move(event));
}

bool peer_identity::may_get_stanzas(const domain_name& remote) const {
  using enum conf::verification_rule;
  auto settings = hub_.current();
  if (settings->trust->rule(remote).methods_given || proof(remote))
    return true;
  const auto rule = settings->config.federation.require_verified;
  const auto outcome = rule == on       ? unverified_outcome::refused
                       : rule == report ? unverified_outcome::reported
                                        : unverified_outcome::let_pass;
  hub_.metrics.unverified.at(outcome).Increment();
  if (rule != off)
    record(remote, rule == on, "federation.require_verified");
  if (rule != off || hub_.unverified.due(remote.str(), std::chrono::steady_clock::now()))
    peer_log{log_module::stream_out, "unverified servers", {log_standing::stranger, remote.str()}}
      .warn("{}: the certificate of its server proves nothing ({}){}", fact::domain(remote),
            fact::detail(proof(remote).detail),
            rule == on ? "; it gets no stanzas, since federation.require_verified is on"
                       : "; it gets stanzas, since federation.require_verified is not on",
            fact::leg(leg_), fact::outcome(outcome),
            fact::failure(rule == on ? failure::certificate_refused : failure::none));
  return rule != on;
}

bool peer_identity::dialback_enough(const domain_name& remote) const {
  auto settings = hub_.current();
  auto& rule = settings->trust->rule(remote);
  if (accepts(rule, conf::trust_method::dialback))
    return true;
  auto outcome = rule.report_only ? trust_violation::reported : trust_violation::refused;
  hub_.metrics.trust_violations.at(leg_, outcome).Increment();
  record(remote, !rule.report_only, "trust rule");
  peer_log{leg_ == stream_leg::s2s_out ? log_module::stream_out : log_module::stream_in,
           "trust rules",
           {log_standing::stranger, remote.str()}}
    .warn("{}: the peer has no certificate that the trust rules accept ({}){}",
          fact::domain(remote), fact::detail(proof(remote).detail),
          rule.report_only ? "; allowed, since the rule is report_only" : "", fact::leg(leg_),
          fact::outcome(outcome),
          fact::failure(rule.report_only ? failure::none : failure::certificate_refused));
  return rule.report_only;
}

} // namespace fedhub
