// The domain actor: how it comes by a stream.
#include "actors/domain/domain_state.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/connection/spawn_connection.hpp"
#include "actors/dial/descriptor_share.hpp"
#include "actors/dial/spawn_connector.hpp"
#include "actors/dns/resolver_log.hpp"
#include "actors/hub/node_health.hpp"
#include "actors/hub/reply.hpp"
#include "actors/log/log.hpp"
#include "protocol/negotiation/see_other_host.hpp"
#include "protocol/text/clip.hpp"

namespace fedhub {

namespace {

/// Waits between attempts: the first is short, so that a server that restarts is found again at
/// once; the last bounds how long a stanza may have to wait for an attempt of its own.
constexpr std::chrono::milliseconds first_back_off{1000};
constexpr std::chrono::milliseconds longest_back_off{30000};
/// A node is near, and its users' contacts get errors until it is found again.
constexpr std::chrono::milliseconds longest_node_back_off{5000};
/// Hosts in a row that name another: RFC 6120 §4.9.3.19 advises two to five.
constexpr unsigned max_redirects = 3;
/// Octets of a peer's text that a failure quotes: any good one is shorter.
constexpr size_t max_redirect_text = 128;

/// Whether DNS has said that there is nobody: the resolver remembers that, so asking again costs
/// nothing.
bool settled_by_dns(failure x) {
  return x == failure::dns_not_found || x == failure::dns_no_service
         || x == failure::address_refused;
}

} // namespace

domain_name domain_state::first_sender() const {
  if (former_)
    return former_->sender;
  for (auto* x : busy_)
    if (!x->second.queue.empty())
      return x->first;
  if (!questions_.empty())
    return questions_.front().value->question.pair.to;
  return seeks_node() ? missed_ : domain_name{};
}

std::chrono::milliseconds domain_state::back_off() {
  auto wait = std::min(to_node() ? longest_node_back_off : longest_back_off,
                       first_back_off * (1u << std::min(failures_, 10u)));
  ++failures_;
  // Jitter keeps hubs that failed together from coming back together.
  return std::chrono::milliseconds(
    std::uniform_int_distribution<int64_t>(wait.count() * 3 / 4, wait.count() * 5 / 4)(random_));
}

void domain_state::dial() {
  tried_.clear();
  second_chance_.reset();
  redirects_ = 0;
  if (leg_ == stream_leg::s2s_out)
    if (auto denied = table_->admits(target_); denied != failure::none) {
      give_up_former();
      return attempt_failed(denied, {});
    }
  if (stanzas_wait() && verdict() == form_verdict::unknown)
    return find_form();
  if (stanzas_wait() && verdict() == form_verdict::unclear)
    return attempt_failed(failure::dns_failed, "whether " + target_.str() + " and "
                                                 + target_.transitional().str()
                                                 + " are one domain is not known");
  if (is_other_form())
    hand_over_all();
  if (!wanted()) {
    note_phase(phase::none);
    return schedule();
  }
  speak_as_remembered();
  if (given_)
    resolve(target_, given_);
  else
    resolve(target_, services());
}

dns_asker domain_state::asker() const {
  if (leg_ != stream_leg::s2s_out || former_ || (stanzas_wait() && node_waits_))
    return {};
  std::optional<dns_asker> first;
  if (stanzas_wait()) // the hub's own answers to authenticated peers
    first = dns_asker{dns_party::remote};
  for (auto& x : questions_)
    if (!first || x.value->asker.party < first->party)
      first = x.value->asker;
  return first.value_or(dns_asker{});
}

void domain_state::hurry() {
  if (phase_ == phase::resolving && asking_.party != dns_party::node && redirects_ == 0
      && asker().party == dns_party::node)
    dial();
}

void domain_state::no_room(const resolution& x) {
  if (asker().party == dns_party::node)
    return dial();
  note_phase(phase::none);
  leave_host(false);
  route_log(log_module::stream_out, "failed attempts")
    .warn("[{}] no stream: {}", fact::domain(target_), explained{x.why, x.detail}, fact::leg(leg_));
  for (auto& [sender, lane] : lanes_)
    reject_all(lane, x.why, x.detail);
  answer_questions(x.why, x.detail);
  schedule();
}

template <class... What>
void domain_state::resolve(const What&... what) {
  note_phase(phase::resolving);
  auto attempt = ++attempt_;
  asking_ = asker();
  self_->request(hub_->current()->resolver, caf::infinite, resolve_atom_v, what..., asking_)
    .then(
      [this, attempt](const resolution_ptr& x) {
        if (attempt == attempt_ && phase_ == phase::resolving)
          resolved(x);
      },
      [this, attempt](const caf::error&) {
        if (attempt == attempt_ && phase_ == phase::resolving)
          attempt_failed(failure::shutting_down, {});
      });
}

/// Where TLS is forbidden, direct TLS is no way out.
service_kinds domain_state::services() const {
  return hub_->current()->trust->security(target_) == stream_security::no_tls
           ? service_kinds::starttls
           : service_kinds::any;
}

void domain_state::resolved(const resolution_ptr& x) {
  log_resolution(*x, origin());
  const bool for_node = std::exchange(asking_, {}).party == dns_party::node;
  if (x->why == failure::memory_full && !for_node)
    return no_room(*x);
  if (x->why != failure::none)
    return attempt_failed(x->why, x->detail);
  resolution_ = x;
  auto rest = untried();
  if (!rest)
    return attempt_failed(failure::stream_refused,
                          "see-other-host leads back to where it came from");
  if (auto host = sharable_host(*rest); !host.empty())
    share(host, rest);
  else
    connect(rest);
}

resolution_ptr domain_state::untried() const {
  if (tried_.empty())
    return resolution_;
  auto rest = std::make_shared<resolution>(*resolution_);
  for (auto& target : rest->targets)
    std::erase_if(target.addresses, [&](auto& x) {
      return tried_.contains({x.str(), target.direct_tls});
    });
  std::erase_if(rest->targets, [](auto& x) { return x.addresses.empty(); });
  return rest->targets.empty() ? nullptr : rest;
}

void domain_state::connect(const resolution_ptr& x) {
  note_phase(phase::connecting);
  auto attempt = ++attempt_;
  race_options options;
  options.timeout = hub_->current()->config.timeouts.connect;
  options.descriptors = dialing_descriptors(most_descriptors(), asker().party);
  auto connector = spawn_connector(self_->home_system(), hub_->loop, x, options, &hub_->metrics);
  self_->link_to(connector); // its sockets go with this actor
  connector_ = connector.address();
  self_->request(connector, caf::infinite, connect_atom_v)
    .then(
      [this, attempt](const connected_ptr& result) {
        if (attempt == attempt_ && phase_ == phase::connecting)
          connected_to(*result);
      },
      [this, attempt](const caf::error&) {
        if (attempt == attempt_ && phase_ == phase::connecting)
          attempt_failed(failure::shutting_down, {});
      });
}

void domain_state::connected_to(connected& x) {
  if (x.why != failure::none)
    return attempt_failed(x.why, x.detail);
  auto sender = first_sender();
  if (sender.empty() || stopping_) {
    note_phase(phase::none); // all that waited has expired meanwhile
    leave_host(false);
    return schedule();
  }
  link_server_ = {x.address.str(), x.direct_tls};
  tried_.insert(link_server_);
  auto settings = hub_->current();
  outgoing_stream::options options{sender, spoken_, stream_security::tls_optional};
  if (leg_ == stream_leg::s2s_out) {
    options.security = settings->trust->security(target_);
    options.external = external_.asks(link_server_.first, now()) && settings->tls->covers(sender);
    options.bidi = settings->config.federation.bidi;
    options.limits = limits_told(settings->config);
  }
  options.direct_tls = x.direct_tls;
  note_host(x, options.security);
  link_address_ = {x.host, x.port};
  connection_seed seed;
  seed.fd = std::move(x.fd);
  seed.peer = x.address;
  seed.leg = leg_;
  seed.owner = link_owner_actor{domain_actor{self_}};
  seed.direct_tls = x.direct_tls;
  if (redirects_ == 0 && x.dnssec.allows_dane()) // the domain's zone has not named the other host
    seed.endpoint = tlsa_endpoint{x.host, x.port, x.dnssec.canonical};
  seed.outgoing = std::move(options);
  seed.asker = asker();
  seed.provoked = origin().stranger();
  if (former_)
    seed.former = std::make_unique<management_session>(former_->session);
  if (auto out = route_log(log_module::stream_out, "connects"); out.should_log(spdlog::level::info))
    out.info("[{}] connected to {} ({}) in {:.1f} ms", fact::domain(target_), fact::host(x.host),
             fact::address(x.address), static_cast<double>(x.time.count()) / 1000,
             fact::duration_s(x.time), fact::leg(leg_), fact::direct_tls(x.direct_tls));
  link_was_ready_ = link_of_use_ = unanswered_ = false;
  note_phase(phase::negotiating);
  link_ = spawn_connection(self_->home_system(), hub_, std::move(seed));
  self_->monitor(link_);
}

bool domain_state::try_next_address() {
  if (stopping_ || !wanted() || !resolution_)
    return false;
  auto rest = tried_.size() < max_tried ? untried() : nullptr;
  if (!rest && second_chance_) {
    tried_.erase(*second_chance_);
    second_chance_.reset();
    rest = untried();
  }
  if (!rest)
    return false;
  route_log(log_module::stream_out, "next addresses")
    .info("[{}] next address after: {}", fact::domain(target_), explained{last_why_, last_detail_},
          fact::leg(leg_));
  connect(rest);
  return true;
}

bool domain_state::follow_redirect() {
  auto text = std::exchange(redirect_, {});
  if (text.empty() || stopping_ || !wanted())
    return false;
  auto refuse = [&](std::string_view why) {
    last_detail_.append("; \"").append(clip(text, max_redirect_text));
    last_detail_.append("\" is not followed: ").append(why);
    return false;
  };
  auto to = parse_see_other_host(text);
  if (!to)
    return refuse("it is no host name or address");
  if (leg_ != stream_leg::s2s_out || given_)
    return refuse("the configuration says where this domain's servers are");
  if (auto denied = table_->admits(target_); denied != failure::none)
    return refuse(describe(denied));
  if (redirects_ == max_redirects)
    return refuse("the attempt was redirected " + std::to_string(redirects_) + " times before");
  ++redirects_;
  redirected_to_ = std::move(text);
  route_log(log_module::stream_out, "redirects")
    .info("[{}] follows see-other-host to {}", fact::domain(target_),
          fact::redirect(redirected_to_), fact::leg(leg_));
  // A host that is named without a port is looked for like a domain: RFC 6120 §3.2.
  if (to->port == 0)
    resolve(to->host, services());
  else
    resolve(to->host, to->port);
  return true;
}

void domain_state::attempt_failed(failure why, const std::string& detail) {
  note_phase(phase::none);
  leave_host(false);
  last_why_ = why;
  last_detail_ = redirects_ == 0
                   ? detail
                   : detail + (detail.empty() ? "" : "; ") + "redirected to " + redirected_to_;
  // What a redirect leads to is known only after another stream to who says so.
  // And a node is looked for on and on.
  if (redirects_ > 0 || !settled_by_dns(why) || to_node())
    retry_at_ = now() + back_off();
  route_log(log_module::stream_out, "failed attempts")
    .warn("[{}] no stream: {}", fact::domain(target_), explained{why, last_detail_},
          fact::leg(leg_));
  if (leg_ == stream_leg::node_s2s_out)
    note_nodes_missed(*hub_, target_);
  if (settled_by_dns(why))
    give_up_former(); // there is nobody to resume it
  const auto told = last_detail_;
  if (to_node())
    node_missed();
  else
    for (auto& [sender, lane] : lanes_)
      reject_all(lane, why, told);
  answer_questions(why, told);
  schedule();
}

} // namespace fedhub
