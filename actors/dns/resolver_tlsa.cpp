#include "actors/dns/resolver_tlsa.hpp"

#include <utility>

namespace fedhub {

tlsa_lookup::tlsa_lookup(const tlsa_endpoint& of, std::chrono::milliseconds timeout, time_point now)
  : deadline_(now + timeout) {
  add(of.canonical, of.port);
  if (of.host != of.canonical)
    add(of.host, of.port);
  if (candidates_.empty())
    outcome_.detail = "\"" + of.host + "\" is not a host name";
}

void tlsa_lookup::add(const std::string& host, uint16_t port) {
  if (is_host_name(host) && !socket_address::parse(host, port))
    candidates_.push_back({host, {"_" + std::to_string(port) + "._tcp." + host, dns_type::tlsa}});
}

std::optional<dns_question> tlsa_lookup::question() const {
  if (candidates_.empty())
    return std::nullopt;
  return candidates_.front().question;
}

void tlsa_lookup::on_answer(const dns_question& question, const dns_answer& answer) {
  if (candidates_.empty() || candidates_.front().question != question)
    return;
  if (!answer.positive() && !answer.negative())
    return end(tlsa_set::kind::failed, answer.detail);
  if (answer.positive() && answer.secure) {
    outcome_.records = answer.associations;
    outcome_.base = candidates_.front().base;
    return end(tlsa_set::kind::found, {});
  }
  candidates_.erase(candidates_.begin());
  outcome_.detail = answer.positive() ? question.str() + " is not secure" : answer.detail;
}

void tlsa_lookup::on_time(time_point now) {
  if (!candidates_.empty() && now >= deadline_)
    end(tlsa_set::kind::failed, "no answer in time for " + candidates_.front().question.str());
}

void tlsa_lookup::end(tlsa_set::kind what, std::string detail) {
  outcome_.what = what;
  outcome_.detail = std::move(detail);
  candidates_.clear();
}

} // namespace fedhub
