#include "actors/dns/resolver_lookup.hpp"

#include <algorithm>

#include "actors/net/special_names.hpp"

namespace fedhub {

namespace {

constexpr uint16_t s2s_port = 5269;

std::chrono::microseconds between(resolver_lookup::time_point from,
                                  resolver_lookup::time_point to) {
  return std::chrono::duration_cast<std::chrono::microseconds>(to - from);
}

/// Parses an IP literal: "[2001:db8::7]", as in a domainpart, or "2001:db8::7", as in a
/// configuration.
std::optional<socket_address> parse_literal(std::string_view text, uint16_t port) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']')
    text = text.substr(1, text.size() - 2);
  return socket_address::parse(text, port);
}

failure failure_of(const dns_answer& x) {
  return x.what == dns_answer::kind::timed_out ? failure::dns_timeout : failure::dns_failed;
}

/// Returns the addresses of `localhost`.
std::vector<socket_address> loopback(uint16_t port) {
  return {*socket_address::parse("127.0.0.1", port), *socket_address::parse("::1", port)};
}

bool can_be_target(const srv_record& x) { return is_host_name(x.target) && x.port != 0; }

} // namespace

std::string_view to_string(resolve_method method) {
  switch (method) {
  case resolve_method::srv:
    return "SRV";
  case resolve_method::address:
    return "A/AAAA";
  case resolve_method::static_route:
    return "static route";
  case resolve_method::literal:
    return "IP literal";
  case resolve_method::cache:
    return "cache";
  }
  return "?";
}

resolver_lookup::resolver_lookup(domain_name domain, lookup_rules rules, random_draw draw,
                                 time_point now)
  : rules_(rules), draw_(std::move(draw)), start_(now), addresses_start_(now) {
  outcome_.domain = std::move(domain);
  if (settle_without_dns(s2s_port, now))
    return;
  const auto& name = outcome_.domain.str();
  waiting_for_services_ = true;
  services_.push_back({.question = {"_xmpp-server._tcp." + name, dns_type::srv}});
  if (rules_.services == service_kinds::any)
    services_.push_back(
      {.question = {"_xmpps-server._tcp." + name, dns_type::srv}, .direct_tls = true});
  for (const auto& x : services_)
    to_ask_.push_back(x.question);
}

resolver_lookup::resolver_lookup(domain_name host, uint16_t port, lookup_rules rules,
                                 random_draw draw, time_point now)
  : rules_(rules), draw_(std::move(draw)), start_(now), addresses_start_(now) {
  outcome_.domain = std::move(host);
  if (settle_without_dns(port, now))
    return;
  outcome_.method = resolve_method::address;
  add_target({.host = outcome_.domain.str(), .port = port, .addresses = {}}, false);
  begin_addresses(now);
}

bool resolver_lookup::settle_without_dns(uint16_t port, time_point now) {
  const auto& name = outcome_.domain.str();
  if (auto literal = parse_literal(name, port)) {
    outcome_.method = resolve_method::literal;
    if (literal->is_private() && !rules_.allow_private_addresses)
      refused_ = literal->ip();
    else
      targets_.push_back(
        {.target = {.host = name, .port = port, .addresses = {*literal}}, .open = {}});
    finish(now);
  } else if (!is_host_name(name)) {
    fail(failure::dns_not_found, "\"" + name + "\" is not a host name", now);
  } else if (const auto special = special_name_of(name); special != special_name::none) {
    settle_special(special, port, now);
  }
  return done_;
}

void resolver_lookup::settle_special(special_name is, uint16_t port, time_point now) {
  const auto& name = outcome_.domain.str();
  const std::string why{describe(is)};
  if (is != special_name::localhost)
    return fail(failure::dns_not_found, name + ": " + why, now);
  if (!rules_.allow_private_addresses)
    return fail(failure::address_refused, name + ": " + why, now);
  outcome_.method = resolve_method::literal;
  targets_.push_back(
    {.target = {.host = name, .port = port, .addresses = loopback(port)}, .open = {}});
  finish(now);
}

resolver_lookup::resolver_lookup(domain_name domain, const std::vector<given_target>& targets,
                                 lookup_rules rules, random_draw draw, time_point now)
  : rules_(rules), draw_(std::move(draw)), start_(now), addresses_start_(now) {
  rules_.allow_private_addresses = true;
  outcome_.domain = std::move(domain);
  outcome_.method = resolve_method::static_route;
  std::vector<resolved_target> ordered;
  ordered.reserve(targets.size());
  for (const auto& x : targets)
    ordered.push_back({x.host, x.port, x.priority, x.weight, {}, x.direct_tls});
  order_targets(ordered, draw_);
  for (auto& x : ordered)
    add_target(std::move(x), true);
  begin_addresses(now);
}

std::vector<dns_question> resolver_lookup::take_questions() { return std::exchange(to_ask_, {}); }

void resolver_lookup::on_answer(const dns_question& question, const dns_answer& answer, bool cached,
                                time_point now) {
  if (done_)
    return;
  for (auto& service : services_) {
    if (service.question != question)
      continue;
    if (!waiting_for_services_ || service.answered)
      return;
    asked_server_ |= !cached;
    return on_services(service, answer, now);
  }
  for (auto& target : targets_) {
    // Several targets may have the same host, on different ports.
    if (std::erase(target.open, question) != 0) {
      asked_server_ |= !cached;
      on_addresses(target, question, answer, now);
      if (target.ipv6_left && !target.usable())
        ask_for_ipv6(target);
    }
  }
  check_complete(now);
}

void resolver_lookup::on_services(service_set& to, const dns_answer& answer, time_point now) {
  bool first = std::none_of(services_.begin(), services_.end(), [](auto& x) { return x.usable; });
  to.answered = true;
  to.answer = answer;
  to.usable = std::any_of(answer.services.begin(), answer.services.end(), can_be_target);
  if (first && to.usable)
    first_service_ = now;
  check_services(now);
}

void resolver_lookup::check_services(time_point now) {
  if (services_waited_for(now))
    return;
  waiting_for_services_ = false;
  outcome_.srv_time = between(start_, now);
  settle_services(now);
}

/// Returns whether there is still a reason to wait for the other kind of service.
bool resolver_lookup::services_waited_for(time_point now) const {
  if (std::all_of(services_.begin(), services_.end(), [](auto& x) { return x.answered; }))
    return false;
  if (std::any_of(services_.begin(), services_.end(), [](auto& x) { return x.usable; }))
    return now - first_service_ < straggler_wait && now - start_ < services_share();
  const auto& starttls = services_.front();
  return !starttls.answered || !starttls.answer.negative() || now - start_ < services_share();
}

void resolver_lookup::settle_services(time_point now) {
  std::vector<resolved_target> ordered;
  for (const auto& set : services_)
    for (const auto& service : set.answer.services)
      if (can_be_target(service))
        ordered.push_back({service.target,
                           service.port,
                           service.priority,
                           service.weight,
                           {},
                           set.direct_tls,
                           {.service = set.answer.secure}});
  if (ordered.empty() && !services_.front().answer.negative())
    return fail_services(now);
  if (ordered.empty()) {
    outcome_.method = resolve_method::address;
    ordered.push_back({.host = outcome_.domain.str(),
                       .port = s2s_port,
                       .addresses = {},
                       .dnssec = {.service = true}});
  }
  order_targets(ordered, draw_);
  ordered.resize(std::min(ordered.size(), max_targets));
  for (auto& x : ordered)
    add_target(std::move(x), false);
  begin_addresses(now);
}

/// Fails the resolution: there are no targets, and the domain's own addresses may not be used.
void resolver_lookup::fail_services(time_point now) {
  // If the lookup of SRV failed, the domain may still have SRV records. If its own addresses were
  // used then, an attacker who suppresses one answer could lead the hub to another machine. (RFC
  // 6120 §3.2.1, step 8 applies to "no SRV record" only.)
  for (const auto& service : services_)
    if (!service.answer.positive() && !service.answer.negative())
      return fail(failure_of(service.answer), service.answer.detail, now);
  const auto& name = outcome_.domain.str();
  for (const auto& service : services_)
    if (service.answer.positive() && !service.declined())
      return fail(failure::dns_not_found,
                  "no SRV target of " + name + " is a host name with a port", now);
  fail(failure::dns_no_service, "SRV target of " + name + " is \".\"", now);
}

void resolver_lookup::add_target(resolved_target target, bool given) {
  pending_target result;
  if (auto literal = given ? parse_literal(target.host, target.port) : std::nullopt)
    target.addresses.push_back(*literal);
  else if (given) {
    // A target that the operator gave counts as secure, as if by DNSSEC. The TLSA records will show
    // whether the host's zone is signed.
    target.dnssec = {.service = true, .addresses = rules_.validating};
    result.open = {{target.host, dns_type::host}};
  } else if (const auto special = special_name_of(target.host); special != special_name::none) {
    if (special == special_name::localhost && rules_.allow_private_addresses)
      target.addresses = loopback(target.port);
    else if (special == special_name::localhost && refused_.empty())
      refused_ = "127.0.0.1 for " + target.host;
  } else {
    result.open = {{target.host, dns_type::a}};
    if (rules_.ipv6)
      result.open.push_back({target.host, dns_type::aaaa});
    result.ipv6_left = !rules_.ipv6;
  }
  for (const auto& x : result.open)
    ask(x);
  result.target = std::move(target);
  targets_.push_back(std::move(result));
}

void resolver_lookup::ask_for_ipv6(pending_target& of) {
  of.ipv6_left = false;
  of.open.push_back({of.target.host, dns_type::aaaa});
  ask(of.open.back());
}

void resolver_lookup::ask(const dns_question& question) {
  if (std::find(to_ask_.begin(), to_ask_.end(), question) == to_ask_.end())
    to_ask_.push_back(question);
}

void resolver_lookup::begin_addresses(time_point now) {
  addresses_start_ = now;
  check_complete(now);
}

void resolver_lookup::on_addresses(pending_target& to, const dns_question& question,
                                   const dns_answer& answer, time_point now) {
  if (!answer.positive()) {
    // A reported failure is kept rather than a missing answer, since it says more.
    if (!answer.negative() && worst_ != failure::dns_failed) {
      worst_ = failure_of(answer);
      worst_detail_ = answer.detail;
    }
    return;
  }
  bool was_usable = to.usable();
  for (auto address : answer.addresses) {
    if (address.is_private() && !rules_.allow_private_addresses) {
      if (refused_.empty())
        refused_ = address.ip() + " for " + question.name;
      continue;
    }
    address.port(to.target.port);
    to.has_ipv4 |= address.family() == AF_INET;
    if (to.target.addresses.size() < 2 * max_addresses_per_target)
      to.target.addresses.push_back(address);
  }
  if (answer.secure) {
    to.target.dnssec.addresses = true;
    to.target.dnssec.canonical = answer.canonical_name;
  }
  if (!was_usable && to.usable())
    to.first_answer = now;
}

void resolver_lookup::on_time(time_point now) {
  if (done_)
    return;
  if (now - start_ >= rules_.timeout) {
    auto seconds = std::to_string(rules_.timeout.count() / 1000.0);
    seconds.resize(seconds.find('.') + 2);
    if (waiting_for_services_) {
      outcome_.srv_time = between(start_, now);
      auto open =
        std::find_if(services_.begin(), services_.end(), [](auto& x) { return !x.answered; });
      return fail(failure::dns_timeout,
                  "no answer for " + open->question.str() + " in " + seconds + " s", now);
    }
    for (auto& target : targets_) {
      if (!target.complete() && worst_ == failure::none) {
        worst_ = failure::dns_timeout;
        worst_detail_ = "no answer for " + target.open.front().str() + " in " + seconds + " s";
      }
      target.cut_off = true;
    }
  }
  if (waiting_for_services_)
    check_services(now);
  check_complete(now);
}

void resolver_lookup::check_complete(time_point now) {
  if (done_ || waiting_for_services_)
    return;
  for (auto& target : targets_) {
    if (target.usable() && target.has_ipv4 && now - target.first_answer >= resolution_delay)
      target.cut_off = true;
    if (target.usable() && !first_usable_)
      first_usable_ = now;
  }
  bool over = first_usable_ && now - *first_usable_ >= straggler_wait;
  if (over
      || std::all_of(targets_.begin(), targets_.end(), [](const auto& x) { return x.complete(); }))
    finish(now);
}

void resolver_lookup::finish(time_point now) {
  if (outcome_.method != resolve_method::literal)
    outcome_.address_time = between(addresses_start_, now);
  for (auto& target : targets_) {
    if (!target.usable())
      continue;
    interleave_families(target.target.addresses);
    if (target.target.addresses.size() > max_addresses_per_target)
      target.target.addresses.resize(max_addresses_per_target);
    outcome_.targets.push_back(std::move(target.target));
  }
  if (!outcome_.targets.empty()) {
    outcome_.total_time = between(start_, now);
    if (!asked_server_
        && (outcome_.method == resolve_method::srv || outcome_.method == resolve_method::address))
      outcome_.method = resolve_method::cache;
    done_ = true;
    return;
  }
  // Before the failures, since a refused address is the fault that the operator can correct.
  if (!refused_.empty())
    return fail(failure::address_refused, "address " + refused_ + " is not public", now);
  if (worst_ != failure::none)
    return fail(worst_, worst_detail_, now);
  // The domain has no addresses either, so a service whose lookup failed may be its only one.
  for (const auto& service : services_)
    if (!service.answered)
      return fail(failure::dns_timeout, "no answer in time for " + service.question.str(), now);
    else if (!service.answer.positive() && !service.answer.negative())
      return fail(failure_of(service.answer), service.answer.detail, now);
  switch (outcome_.method) {
  case resolve_method::static_route:
    return fail(failure::dns_not_found, "no target of the static route has an address", now);
  case resolve_method::srv:
    return fail(failure::dns_not_found,
                "no SRV target of " + outcome_.domain.str() + " has an address", now);
  default:
    return fail(
      failure::dns_not_found,
      outcome_.domain.str()
        + (services_.empty() ? " has no address records" : " has neither SRV nor address records"),
      now);
  }
}

void resolver_lookup::fail(failure why, std::string detail, time_point now) {
  outcome_.why = why;
  outcome_.detail = std::move(detail);
  outcome_.targets.clear();
  outcome_.total_time = between(start_, now);
  to_ask_.clear();
  done_ = true;
}

} // namespace fedhub
