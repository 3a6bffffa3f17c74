// The domain actor: attempts to get a stream.
#include "actors/domain/domain_state.hpp"

#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/connection/spawn_connection.hpp"
#include "actors/dial/descriptor_share.hpp"
#include "actors/dial/spawn_connector.hpp"
#include "actors/dns/resolver_log.hpp"
#include "actors/hub/node_health.hpp"
#include "actors/hub/settings.hpp"
#include "actors/log/log.hpp"
#include "actors/runtime/network_loop.hpp"
#include "metrics/hub_metrics.hpp"
#include "protocol/negotiation/see_other_host.hpp"
#include "protocol/text/clip.hpp"

namespace fedhub {

namespace {

/// The most octets of a peer's redirect that a failure quotes. Any valid one is shorter.
constexpr size_t max_redirect_text = 128;

} // namespace

void domain_state::dial() {
  attempt_ = std::make_unique<dial_attempt>();
  record_end(attempts_->begin(now()));
  if (leg_ == stream_leg::s2s_out)
    if (auto denied = table_->admits(target()); denied != failure::none) {
      give_up_former();
      return attempt_failed(denied, {});
    }
  if (lanes_->stanzas_wait() && verdict() == form_verdict::unknown)
    return find_form();
  if (lanes_->stanzas_wait() && verdict() == form_verdict::unclear)
    return attempt_failed(failure::dns_failed, "it is not known whether " + target().str() + " and "
                                                 + target().transitional().str()
                                                 + " are one domain");
  if (is_other_form())
    hand_over_all();
  if (!wanted()) {
    end_attempt();
    return schedule();
  }
  choose_form();
  if (given_)
    resolve(target(), given_);
  else
    resolve(target(), services());
}

void domain_state::hurry() {
  if (route_.in(route_phase::resolving) && attempt_->asked_for() != dns_party::node
      && !attempt_->redirected() && asker().party == dns_party::node)
    dial();
}

void domain_state::no_room(const resolution& found) {
  if (asker().party == dns_party::node)
    return dial();
  record_end(attempts_->fail(found.why, found.detail, now()));
  end_attempt();
  leave_host(false);
  route_log(log_module::stream_out, "failed attempts")
    .warn("[{}] no stream: {}", fact::domain(target()), explained{found.why, found.detail},
          fact::leg(leg_));
  reject_lanes(found.why, found.detail);
  answer_questions(found.why, found.detail);
  schedule();
}

template <class... What>
void domain_state::resolve(const What&... what) {
  enter(route_phase::resolving);
  attempts_->step(admin::attempt_step::resolve, now());
  const auto step = route_.begin_step();
  const auto by = asker();
  attempt_->ask_for(by.party);
  self_->request(hub_->current()->resolver, caf::infinite, resolve_atom_v, what..., by)
    .then(
      [this, step](const resolution_ptr& found) {
        if (route_.awaits(step, route_phase::resolving))
          resolved(found);
      },
      [this, step](const caf::error&) {
        if (route_.awaits(step, route_phase::resolving))
          attempt_failed(failure::shutting_down, {});
      });
}

/// Returns the services to look for: without TLS, direct TLS is no option.
service_kinds domain_state::services() const {
  return hub_->current()->trust->security(target()) == stream_security::no_tls
           ? service_kinds::starttls
           : service_kinds::any;
}

void domain_state::resolved(const resolution_ptr& found) {
  log_resolution(*found, origin());
  const bool for_node = attempt_->end_of_question() == dns_party::node;
  if (found->why == failure::memory_full && !for_node)
    return no_room(*found);
  if (found->why != failure::none)
    return attempt_failed(found->why, found->detail);
  attempt_->found(found);
  auto rest = attempt_->untried();
  if (!rest)
    return attempt_failed(failure::stream_refused,
                          "see-other-host leads only to addresses that were already tried");
  if (auto host = sharable_host(*rest); !host.empty())
    share(host, rest);
  else
    connect(rest);
}

void domain_state::connect(const resolution_ptr& to) {
  enter(route_phase::connecting);
  attempts_->step(admin::attempt_step::connect, now());
  const auto step = route_.begin_step();
  race_options options;
  options.timeout = hub_->current()->config.timeouts.connect;
  options.descriptors = dialing_descriptors(most_descriptors(), asker().party);
  auto connector = spawn_connector(self_->home_system(), hub_->loop, to, options, &hub_->metrics);
  self_->link_to(connector); // its sockets are closed if this actor ends
  connector_ = connector.address();
  self_->request(connector, caf::infinite, connect_atom_v)
    .then(
      [this, step](const connected_ptr& result) {
        if (route_.awaits(step, route_phase::connecting))
          connected_to(*result);
      },
      [this, step](const caf::error&) {
        if (route_.awaits(step, route_phase::connecting))
          attempt_failed(failure::shutting_down, {});
      });
}

void domain_state::connected_to(connected& connected) {
  if (connected.why != failure::none)
    return attempt_failed(connected.why, connected.detail);
  auto sender = first_sender();
  if (sender.empty() || stopping()) {
    end_attempt(); // everything that waited has expired meanwhile
    leave_host(false);
    return schedule();
  }
  attempts_->reached(connected.address);
  attempts_->go_on(connected.direct_tls ? admin::attempt_step::tls : admin::attempt_step::features,
                   now());
  const dialed_server server{connected.address.str(), connected.direct_tls};
  attempt_->note_tried(server);
  auto settings = hub_->current();
  outgoing_stream::options options{sender, name_.in_use(), stream_security::tls_optional};
  if (leg_ == stream_leg::s2s_out) {
    options.security = settings->trust->security(target());
    options.external = external_.asks(server.address, now()) && settings->tls->covers(sender);
    options.bidi = settings->config.federation.bidi;
    options.limits = announced_limits(settings->config);
  }
  options.direct_tls = connected.direct_tls;
  outgoing_ = std::make_unique<outgoing_link>(server, note_host(connected, options.security));
  if (to_node())
    outgoing_->leads_to_node(connected.host, connected.port);
  connection_seed seed;
  seed.fd = std::move(connected.fd);
  seed.peer = connected.address;
  seed.leg = leg_;
  seed.owner = link_owner_actor{domain_actor{self_}};
  seed.direct_tls = connected.direct_tls;
  // A host named by a redirect is not named by the domain's zone, so DANE does not apply.
  if (!attempt_->redirected() && connected.dnssec.allows_dane())
    seed.endpoint = tlsa_endpoint{connected.host, connected.port, connected.dnssec.canonical};
  seed.outgoing = std::move(options);
  seed.asker = asker();
  seed.provoked = origin().stranger();
  if (former_)
    seed.former = std::make_unique<management_session>(former_->session());
  if (auto out = route_log(log_module::stream_out, "connects"); out.should_log(spdlog::level::info))
    out.info("[{}] connected to {} ({}) in {:.1f} ms", fact::domain(target()),
             fact::host(connected.host), fact::address(connected.address),
             static_cast<double>(connected.time.count()) / 1000, fact::duration_s(connected.time),
             fact::leg(leg_), fact::direct_tls(connected.direct_tls));
  enter(route_phase::negotiating);
  link_ = spawn_connection(self_->home_system(), hub_, std::move(seed));
  self_->monitor(link_);
}

bool domain_state::try_next_address() {
  if (stopping() || !wanted() || !attempt_)
    return false;
  const auto to = attempt_->next();
  if (!to)
    return false;
  route_log(log_module::stream_out, "next addresses")
    .info("[{}] next address after: {}", fact::domain(target()), cause(), fact::leg(leg_));
  connect(to);
  return true;
}

bool domain_state::follow_redirect(std::string text) {
  if (text.empty() || stopping() || !wanted() || !attempt_)
    return false;
  auto refuse = [&](std::string_view why) {
    retry_.add_detail("; \"");
    retry_.add_detail(clip(text, max_redirect_text));
    retry_.add_detail("\" is not followed: ");
    retry_.add_detail(why);
    return false;
  };
  auto to = parse_see_other_host(text);
  if (!to)
    return refuse("it is not a host name or an address");
  if (leg_ != stream_leg::s2s_out || given_)
    return refuse("the configuration says where this domain's servers are");
  if (auto denied = table_->admits(target()); denied != failure::none)
    return refuse(describe(denied));
  if (!attempt_->may_follow())
    return refuse("the attempt was redirected " + std::to_string(attempt_->redirects())
                  + " times already");
  attempt_->follow(std::move(text));
  route_log(log_module::stream_out, "redirects")
    .info("[{}] the hub follows see-other-host to {}", fact::domain(target()),
          fact::redirect(attempt_->redirected_to()), fact::leg(leg_));
  // A host without a port is resolved like a domain (RFC 6120 §3.2).
  if (to->port == 0)
    resolve(to->host, services());
  else
    resolve(to->host, to->port);
  return true;
}

void domain_state::end_attempt() {
  record_end(attempts_->abandon(now()));
  enter(route_phase::none);
  attempt_ = nullptr;
}

void domain_state::attempt_failed(failure why, const std::string& detail) {
  const bool redirected = attempt_ && attempt_->redirected();
  const auto explained = attempt_ ? attempt_->explain(detail) : detail;
  record_end(attempts_->fail(why, explained, now()));
  end_attempt();
  leave_host(false);
  retry_.note(why, explained);
  // After a redirect, a retry needs another stream to the server that redirects, so it has to wait.
  // A node is sought again and again.
  if (redirected || !settled_by_dns(why) || to_node())
    put_off();
  route_log(log_module::stream_out, "failed attempts")
    .warn("[{}] no stream: {}", fact::domain(target()), cause(), fact::leg(leg_));
  if (to_node())
    note_nodes_missed(*hub_, target());
  if (settled_by_dns(why))
    give_up_former(); // no server is left to resume it
  if (to_node())
    node_missed();
  else
    reject_lanes(why, explained);
  answer_questions(why, explained);
  report();
  schedule();
}

void domain_state::put_off() {
  retry_.put_off(now(), to_node() ? retry_plan::longest_node_wait : retry_plan::longest_wait);
}

} // namespace fedhub
