#include "actors/process/hub_listeners.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include "actors/hub/settings.hpp"
#include "actors/log/peer_log.hpp"
#include "actors/routing/spawn_listener.hpp"
#include "metrics/hub_metrics.hpp"

namespace fedhub {

namespace {

std::optional<listener_kind> stream_kind(std::string_view key) {
  if (key == "s2s")
    return listener_kind::s2s;
  if (key == "s2s_direct_tls")
    return listener_kind::s2s_direct_tls;
  if (key == "nodes")
    return listener_kind::nodes;
  return {};
}

http_server::ending ending_of(listener_end how) {
  return how == listener_end::closed ? http_server::ending::closed
                                     : http_server::ending::given_back;
}

/// Federation does not depend on the API.
void report_no_management(const std::string& why) {
  hub_log("management")
    .warn("nobody can manage this hub, since it has no socket for that: {}", fact::reason(why));
}

/// Returns the names in `all` that are not in `others`, in one line.
std::string missing_in(const std::vector<std::string>& others,
                       const std::vector<std::string>& all) {
  std::string result;
  for (const auto& name : all)
    if (std::ranges::find(others, name) == others.end())
      result += (result.empty() ? "" : " ") + name;
  return result;
}

/// Returns all names, the API's socket included.
std::vector<std::string> names_of(const listening_places& places) {
  auto names = places.names();
  if (!places.management.empty())
    names.push_back("admin=" + places.management);
  return names;
}

} // namespace

std::string hub_listeners::serve_metrics(listener_change& first, const hub_metrics& metrics,
                                         readiness_probe not_ready, health_probe ailing) {
  const std::lock_guard lock{mutex_};
  std::optional<http_listener> socket;
  const auto found = std::ranges::find(first.to_open, "metrics", &listener_change::opened::key);
  if (found != first.to_open.end()) {
    socket = http_listener::inherited(std::move(found->tcp));
    first.to_open.erase(found);
  }
  auto exporter = http_exporter::start(std::move(socket), metrics, std::move(not_ready),
                                       http_exporter::limits{}, std::move(ailing));
  if (!exporter)
    return exporter.error();
  exporter_ = std::move(*exporter);
  return {};
}

void hub_listeners::serve(caf::actor_system& system, api_services services,
                          const listener_change_ptr& first) {
  const std::lock_guard lock{mutex_};
  system_ = &system;
  hub_ = services.hub;
  dns_view_ = std::make_unique<dns_view_server>(hub_->metrics);
  if (!first->management_error.empty())
    report_no_management(first->management_error);
  std::optional<http_listener> socket;
  if (first->management) {
    socket = std::move(first->management->listener);
    first->management.reset();
  }
  if (auto management = admin_server::start(system, std::move(socket), std::move(services)))
    management_ = std::move(*management);
  else
    report_no_management(management.error());
  serving_ = true;
  carry_out(hub_->current()->config, *first);
  for (auto& [config, change] : std::exchange(early_, {}))
    carry_out(*config, *change);
}

void hub_listeners::put_in_force(const conf::config& config, listener_change_ptr change) {
  const std::lock_guard lock{mutex_};
  if (stopped_)
    return;
  sockets_->commit(*change);
  if (serving_)
    carry_out(config, *change);
  else
    early_.emplace_back(std::make_shared<const conf::config>(config), std::move(change));
}

void hub_listeners::carry_out(const conf::config& config, listener_change& change) {
  dns_view_server::listeners dns{.to_open = {}, .to_close = {}, .nodes_ports = change.nodes_ports};
  const auto is_metrics = [](const auto& part) { return part.key == "metrics"; };
  const bool metrics_replaced = std::ranges::any_of(change.to_open, is_metrics);
  if (metrics_replaced) {
    const auto former = std::ranges::find_if(change.to_end, is_metrics);
    const auto fresh = std::ranges::find_if(change.to_open, is_metrics);
    exporter_->replace(
      http_listener::inherited(std::move(fresh->tcp)),
      ending_of(former == change.to_end.end() ? listener_end::closed : former->how));
  }
  // A change of `listen.admin` ends its connections, but no session. The former listener goes
  // first.
  for (const auto& ended : change.to_end)
    if (ended.key == "admin" && management_)
      management_->close_tcp();
  for (auto& opened : change.to_open)
    open_one(config, std::move(opened), dns);
  for (const auto& ended : change.to_end)
    end_one(ended, metrics_replaced, dns);
  dns_view_->apply(std::make_shared<const conf::config>(config), std::move(dns));
  if (change.management && management_) {
    management_->replace_socket(std::move(change.management->listener),
                                ending_of(change.management->former));
  } else if (change.management_group) {
    admin_server::give_to_group(change.places.management, *change.management_group);
  }
  if (management_)
    management_->follow_settings();
  report(board_->places(), change.places);
  board_->replace(std::move(change.places));
}

void hub_listeners::open_one(const conf::config& config, listener_change::opened opened,
                             dns_view_server::listeners& dns) {
  if (const auto kind = stream_kind(opened.key))
    streams_.emplace(opened.id, spawn_listener(*system_, hub_, std::move(opened.tcp), *kind));
  else if (opened.key == "dns")
    dns.to_open.push_back(
      {opened.id, dns_view_sockets{std::move(opened.udp), std::move(opened.tcp)}});
  else if (opened.key == "admin")
    serve_management(config, http_listener::inherited(std::move(opened.tcp)));
}

void hub_listeners::serve_management(const conf::config& config, http_listener listener) {
  std::string why = "the API has no server";
  if (management_) {
    auto served = management_->serve_tcp(std::move(listener), config.listen.admin->ip);
    if (served)
      return;
    why = served.error();
  }
  hub_log("management").warn("listen.admin is not served: {}", fact::reason(why));
}

void hub_listeners::end_one(const listener_change::ended& ended, bool replaced,
                            dns_view_server::listeners& dns) {
  if (const auto stream = streams_.find(ended.id); stream != streams_.end()) {
    if (ended.how == listener_end::handed_over)
      caf::anon_send(stream->second, close_atom_v);
    else
      caf::anon_send(stream->second, retire_atom_v, ended.how == listener_end::given_back);
    streams_.erase(stream);
  } else if (ended.key == "dns") {
    dns.to_close.push_back({ended.id, ended.how != listener_end::closed});
  } else if (ended.key == "metrics" && !replaced) {
    exporter_->replace({}, ending_of(ended.how));
  }
}

void hub_listeners::report(const listening_places& before, const listening_places& now) const {
  const auto old = names_of(before), fresh = names_of(now);
  const auto opened = missing_in(old, fresh), closed = missing_in(fresh, old);
  if (before.bound.empty() && before.management.empty()) // the start, which has its own line
    return;
  if (!opened.empty() || !closed.empty())
    hub_log("listeners")
      .info("the listeners have changed: opened {}; closed {}", opened.empty() ? "none" : opened,
            closed.empty() ? "none" : closed, fact::listeners(now.names()));
}

void hub_listeners::stop_accepting() {
  const std::lock_guard lock{mutex_};
  stopped_ = true;
  sockets_->close();
  for (const auto& [id, listener] : streams_)
    caf::anon_send(listener, close_atom_v);
}

void hub_listeners::stop_http() {
  const std::lock_guard lock{mutex_};
  stopped_ = true;
  sockets_->close();
  exporter_.reset();
  management_.reset();
  for (const auto& [id, listener] : streams_)
    caf::anon_send_exit(listener, caf::exit_reason::user_shutdown);
}

void hub_listeners::stop() {
  const std::lock_guard lock{mutex_};
  dns_view_.reset();
  streams_.clear();
  early_.clear();
  hub_.reset();
}

} // namespace fedhub
