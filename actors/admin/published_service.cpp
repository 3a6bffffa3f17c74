#include "actors/admin/published_service.hpp"

#include <algorithm>
#include <utility>

#include "protocol/admin/time_text.hpp"
#include "protocol/text/clip.hpp"

namespace fedhub {

namespace {

using admin::explained_step;
using admin::explanation_row;
using admin::step_result;

/// The most records, addresses or reasons that one text shows.
constexpr size_t most_shown = 32;
constexpr size_t most_octets = 8192; ///< of a text that is made of DNS answers.
/// How long before its end a certificate needs a look.
constexpr std::chrono::days soon{7};

/// Joins texts, the first `most_shown` of them.
class text_list {
public:
  void add(const std::string& text) {
    if (++count_ <= most_shown)
      text_.append(text_.empty() ? "" : "; ").append(text);
  }
  std::string str() const {
    return count_ <= most_shown ? text_
                                : text_ + "; and " + std::to_string(count_ - most_shown) + " more";
  }
  bool empty() const { return count_ == 0; }

private:
  std::string text_;
  size_t count_ = 0;
};

std::string records_of(const dns_answer& answer, bool allow_private) {
  text_list records;
  for (const auto& record : answer.services)
    records.add(std::to_string(record.priority) + ' ' + std::to_string(record.weight) + ' '
                + std::to_string(record.port) + ' '
                + (record.target.empty() ? "." : record.target));
  for (const auto& address : answer.addresses)
    records.add(address.ip()
                + (address.is_private() && !allow_private ? " (refused: not public)" : ""));
  for (const auto& record : answer.associations)
    records.add(record.str());
  return records.str();
}

std::string outcome_of(const dns_answer& answer, bool allow_private) {
  switch (answer.what) {
  case dns_answer::kind::records:
    return records_of(answer, allow_private);
  case dns_answer::kind::no_data:
    return "no such record";
  case dns_answer::kind::no_name:
    return "no such name";
  case dns_answer::kind::failed:
  case dns_answer::kind::timed_out:
    break;
  }
  return answer.detail.empty() ? "no answer" : answer.detail;
}

std::string place_of(const ip_address& address, uint16_t port) {
  return address.is_v4() ? address.str() + ':' + std::to_string(port)
                         : '[' + address.str() + "]:" + std::to_string(port);
}

/// How one published address stands to the hub.
struct led_to {
  step_result result;
  std::string text;
};

led_to judge_address(const socket_address& published, bool direct_tls, const own_place& place) {
  const auto address = published.address().value_or(ip_address{});
  const auto text = place_of(address, published.port());
  const auto key = direct_tls ? "listen.s2s_direct_tls" : "listen.s2s";
  if (published.is_private() && !place.allow_private_addresses)
    return {step_result::fail, text + " is not a public address, so others can't reach it"};
  if (const auto* listener = place.listener_at(address, published.port(), direct_tls);
      listener != nullptr)
    return {step_result::ok, text + " leads to " + listener->str()};
  if (place.owns(address))
    return {step_result::fail, text + " is this machine, but " + key + " has no such port"};
  return {step_result::warn,
          text + " is not an address of this machine: a router has to pass it on to " + key};
}

} // namespace

std::string own_listener::str() const {
  return std::string{direct_tls ? "listen.s2s_direct_tls (" : "listen.s2s ("}
         + place_of(address, port) + ')';
}

bool own_place::owns(const ip_address& address) const {
  return address.is_loopback() || std::ranges::find(addresses, address) != addresses.end();
}

const own_listener* own_place::listener_at(const ip_address& address, uint16_t port,
                                           bool direct_tls) const {
  const auto found = std::ranges::find_if(listeners, [&](const own_listener& listener) {
    if (listener.direct_tls != direct_tls || listener.port != port)
      return false;
    const bool any = listener.address.is_any() && (!listener.address.is_v4() || address.is_v4());
    return listener.address == address || (any && owns(address));
  });
  return found == listeners.end() ? nullptr : &*found;
}

std::string text_of(const std::vector<traced_answer>& answers, bool allow_private) {
  text_list lines;
  for (const auto& traced : answers) {
    auto line = traced.question.str() + ": " + outcome_of(traced.answer, allow_private);
    if (traced.answer.positive() || traced.answer.negative())
      line += " (TTL " + std::to_string(traced.ttl_left.count()) + " s"
              + (traced.cached ? ", cached)" : ")");
    lines.add(line);
  }
  return lines.str();
}

explanation_row judge_records(const resolution_trace& seen, std::string_view source) {
  const auto& outcome = *seen.outcome;
  explanation_row row{.step = explained_step::published_records,
                      .detail = outcome.domain.str() + ": ",
                      .source = std::string{source}};
  row.duration_s = std::chrono::duration<double>(outcome.total_time).count();
  const std::string records{clip(text_of(seen.answers, true), most_octets)};
  if (outcome.why != failure::none) {
    row.result = step_result::fail;
    row.why = outcome.why;
    row.detail += outcome.detail + (records.empty() ? "" : " (" + records + ')');
    if (outcome.why == failure::dns_not_found || outcome.why == failure::dns_no_service)
      row.remedy = "Publish an SRV record _xmpp-server._tcp." + outcome.domain.str()
                   + " whose target has the public address of this hub.";
    return row;
  }
  row.detail += records;
  return row;
}

explanation_row judge_addresses(const resolution& seen, const own_place& place) {
  explanation_row row{.step = explained_step::published_addresses,
                      .detail = seen.domain.str() + ": "};
  text_list texts;
  bool leads = false;
  auto worst = step_result::ok;
  for (const auto& target : seen.targets)
    for (const auto& address : target.addresses) {
      const auto [result, text] = judge_address(address, target.direct_tls, place);
      texts.add(text);
      leads = leads || result != step_result::fail;
      worst = std::max(worst, result);
    }
  if (texts.empty()) {
    row.result = step_result::skipped;
    row.detail += "no address is published";
    return row;
  }
  row.detail += texts.str();
  // One address that others can use is enough for them: they try all.
  row.result = worst == step_result::fail && leads ? step_result::warn : worst;
  if (row.result != step_result::ok)
    row.remedy =
      "Have the SRV and address records of the domain lead to a listener of this hub, and "
      "have routers and firewalls in between pass the port on.";
  return row;
}

explanation_row judge_tlsa(const tls_store& tls, const domain_name& domain, const tlsa_endpoint& at,
                           const tlsa_set& records, std::chrono::sys_seconds now) {
  explanation_row row{.step = explained_step::tlsa};
  row.detail = domain.str() + ": _" + std::to_string(at.port) + "._tcp." + at.host + ": ";
  if (records.what == tlsa_set::kind::none) {
    row.detail += records.detail.empty() ? "no secure TLSA records" : records.detail;
    return row;
  }
  if (records.what == tlsa_set::kind::failed) {
    row.result = step_result::fail;
    row.why = failure::dns_failed;
    row.detail += records.detail;
    return row;
  }
  const auto names = dane_reference_names(domain, at.host, records.base);
  const auto result = tls.match_own(domain, now, records.records, names);
  text_list numbers;
  for (const auto& record : records.records)
    numbers.add(record.str());
  row.detail += numbers.str() + ": " + std::string{to_string(result.status)};
  if (result.status == dane_status::matched)
    return row;
  if (!result.detail.empty())
    row.detail.append(" (").append(result.detail).append(")");
  // Without usable records peers judge the certificate as if there were none (RFC 7671 §4.1).
  const bool refused = result.status == dane_status::no_match;
  row.result = refused ? step_result::fail : step_result::warn;
  row.why = refused ? failure::certificate_refused : failure::none;
  row.remedy = "Publish a TLSA record 3 1 1 with the SHA-256 of the certificate's public key, and "
               "renew it before each change of the key.";
  return row;
}

explanation_row judge_certificate_of(const tls_store& tls, const domain_name& domain,
                                     std::chrono::sys_seconds now) {
  explanation_row row{.step = explained_step::certificate, .detail = domain.str() + ": "};
  const auto* certificate = tls.covering(domain);
  if (certificate == nullptr) {
    row.result = step_result::fail;
    row.why = failure::certificate_refused;
    row.detail += "no certificate of the hub has this name; peers are shown "
                  + tls.certificates().front().label;
    row.remedy = "Get a certificate with the name " + domain.str()
                 + " from a public CA, and name its files in [[tls.certificate]].";
    row.source = "tls.certificate";
    return row;
  }
  const auto name = match_name(certificate->names, domain);
  row.source = certificate->label;
  row.detail += std::string{to_string(name.type)} + ' ' + name.presented + ", valid until "
                + admin::rfc3339(certificate->not_after);
  if (certificate->self_made) {
    row.result = step_result::warn;
    row.detail += ", self-signed";
    row.remedy =
      "Name a certificate of a public CA in [[tls.certificate]]: servers that require one "
      "refuse this one, others fall back to dialback.";
  } else if (certificate->not_after <= now) {
    row.result = step_result::fail;
    row.why = failure::certificate_refused;
    row.detail += ", which has passed";
    row.remedy = "Renew the certificate.";
  } else if (certificate->not_after - now < soon) {
    row.result = step_result::warn;
    row.remedy = "Renew the certificate within the next days.";
  }
  return row;
}

} // namespace fedhub
