#include "actors/process/listening_sockets.hpp"

#include <algorithm>
#include <filesystem>
#include <ranges>

#include "actors/admin/admin_server.hpp"
#include "actors/process/socket_opener.hpp"
#include "metrics/sockets/listening_socket.hpp"

namespace fedhub {

namespace {

/// The longest time for which the owner of a socket keeps it after its listener has ended.
constexpr std::chrono::seconds longest_farewell{2};

/// Returns the host part of an address, as in front of a port: "10.0.0.1" or "[::]".
std::string host_text(const conf::ip_endpoint& at) {
  auto text = at.str();
  return text.substr(0, text.rfind(':'));
}

bool same_path(const std::string& one, const std::string& other) {
  return std::filesystem::path{one}.lexically_normal()
         == std::filesystem::path{other}.lexically_normal();
}

/// Returns a copy of the descriptors.
open_socket copy_of(const open_socket& from) {
  open_socket result{from.at, from.id, from.passed, duplicate(from.tcp.get()), {}};
  if (from.udp)
    result.udp = duplicate(from.udp.get());
  return result;
}

listener_change::opened sockets_for_owner(const open_socket& from, uint64_t id,
                                          std::string_view key) {
  auto copy = copy_of(from);
  return {id, key, std::move(copy.tcp), std::move(copy.udp)};
}

std::vector<open_socket>::iterator find(std::vector<open_socket>& all, uint64_t id) {
  return std::ranges::find(all, id, &open_socket::id);
}

/// Moves the descriptors of the socket's origin into it, if it is there.
void take_descriptors(std::vector<open_socket>& from, listener_change::successor& next) {
  if (const auto old = find(from, next.origin); old != from.end()) {
    next.socket.tcp = std::move(old->tcp);
    next.socket.udp = std::move(old->udp);
    from.erase(old);
  }
}

} // namespace

listening_sockets::outcome listening_sockets::prepare_first(const conf::config& config,
                                                            inherited_sockets& inherited) {
  return prepare(config, mode::listen, inherited);
}

listening_sockets::outcome listening_sockets::prepare(const conf::config& config, mode how) {
  inherited_sockets none;
  return prepare(config, how, none);
}

listening_sockets::outcome listening_sockets::prepare(const conf::config& config, mode how,
                                                      inherited_sockets& inherited) {
  const std::lock_guard lock{mutex_};
  if (closed_)
    return tl::unexpected(std::vector{listener_fault{"listen", "listen", "", "the hub stops"}});
  const auto fresh = conf::all_listeners(config.listen);
  const auto plan = conf::plan_listeners(addresses(), fresh);
  auto change = std::make_shared<listener_change>();
  change->in_force.resize(fresh.size());
  std::vector<listener_fault> faults;
  for (const auto& [from, to] : plan.kept) {
    const auto& old = open_[from];
    change->in_force[to] = {{{old.at.key, fresh[to].at, old.at.port}, old.id, old.passed, {}, {}},
                            old.id};
  }
  socket_opener opener{inherited, parked_, how == mode::listen};
  share(plan.opened, true);
  for (const auto& [to, beside] : plan.opened) {
    auto& next = change->in_force[to];
    const bool shared = !beside.empty() || is_leaving(fresh[to].at);
    next.socket.id = ++last_id_;
    if (auto fault =
          opener.open(fresh[to], shared ? address_use::shared : address_use::alone, next)) {
      faults.push_back(std::move(*fault));
      continue;
    }
    if (shared && next.origin == 0)
      for (const auto* fd : {&next.socket.tcp, &next.socket.udp})
        share_address(fd->get(), false);
    const auto parked = find(parked_, next.origin);
    change->to_open.push_back(sockets_for_owner(parked == parked_.end() ? next.socket : *parked,
                                                next.socket.id, fresh[to].key));
  }
  share(plan.opened, false);
  for (const auto& [from, to] : plan.handed_over) {
    const auto& old = open_[from];
    const auto id = ++last_id_;
    change->in_force[to] = {{{fresh[to].key, fresh[to].at, old.at.port}, id, old.passed, {}, {}},
                            old.id};
    change->to_open.push_back(sockets_for_owner(old, id, fresh[to].key));
  }
  end_listeners(plan, *change);
  if (auto fault = prepare_management(config, inherited, *change))
    faults.push_back(std::move(*fault));
  if (!faults.empty())
    return tl::unexpected(std::move(faults));
  for (const auto& next : change->in_force) {
    const auto& at = next.socket.at;
    change->places.bound.push_back({std::string{at.key}, host_text(at.configured), at.port});
    if (at.key == "nodes")
      change->nodes_ports.push_back(at.port);
  }
  return change;
}

std::vector<conf::open_address> listening_sockets::addresses() const {
  std::vector<conf::open_address> result;
  for (const auto& socket : open_)
    result.push_back(socket.at);
  return result;
}

bool listening_sockets::is_leaving(const conf::ip_endpoint& at) {
  const auto now = std::chrono::steady_clock::now();
  std::erase_if(leaving_, [&](const auto& left) { return now - left.second > longest_farewell; });
  return std::ranges::any_of(leaving_,
                             [&](const auto& left) { return conf::overlap(left.first, at); });
}

void listening_sockets::share(const std::vector<conf::listener_plan::opening>& plans,
                              bool on) const {
  for (const auto& plan : plans)
    for (const auto from : plan.beside)
      for (const auto* fd : {&open_[from].tcp, &open_[from].udp})
        if (*fd)
          share_address(fd->get(), on);
}

void listening_sockets::end_listeners(const conf::listener_plan& plan,
                                      listener_change& change) const {
  for (const auto& step : plan.handed_over)
    change.to_end.push_back(
      {open_[step.from].id, open_[step.from].at.key, listener_end::handed_over});
  for (const auto from : plan.closed)
    change.to_end.push_back({open_[from].id, open_[from].at.key,
                             open_[from].passed ? listener_end::given_back : listener_end::closed});
}

std::optional<listener_fault> listening_sockets::prepare_management(const conf::config& config,
                                                                    inherited_sockets& inherited,
                                                                    listener_change& change) const {
  const auto path = admin_server::socket_path(config);
  const bool stays = management_.open && same_path(management_.path, path);
  change.group = config.admin.group;
  if (stays || management_.open)
    change.places.management = management_.path;
  if (stays) {
    if (management_.group != config.admin.group && !management_.passed)
      change.management_group = config.admin.group;
    return {};
  }
  const auto former = management_.passed ? listener_end::given_back : listener_end::closed;
  if (passed_management_ && same_path(passed_management_->first, path)) {
    const auto& socket = passed_management_->second;
    change.management = {http_listener::inherited(duplicate(socket.get())), former};
    change.passed_management = duplicate(socket.get());
  } else {
    auto bound = admin_server::bind(config, inherited);
    if (!bound && config.admin.socket.empty() && !management_.open) {
      change.management_error = bound.error();
      return {};
    }
    if (!bound)
      return listener_fault{"admin.socket", "admin.socket", path, bound.error()};
    if (bound->was_passed())
      change.passed_management = duplicate(bound->fd());
    change.management = {std::move(*bound), former};
  }
  change.places.management = path;
  return {};
}

void listening_sockets::commit(listener_change& change) {
  const std::lock_guard lock{mutex_};
  if (closed_)
    return;
  std::vector<open_socket> next;
  for (auto& successor : change.in_force) {
    if (successor.origin != 0) {
      take_descriptors(open_, successor);
      take_descriptors(parked_, successor);
    }
    next.push_back(std::move(successor.socket));
  }
  const auto now = std::chrono::steady_clock::now();
  for (auto& left : open_)
    if (left.passed)
      parked_.push_back(std::move(left));
    else
      leaving_.emplace_back(left.at.bound(), now);
  open_ = std::move(next);
  if (change.management) {
    management_ = {change.places.management, change.group, true,
                   change.passed_management.has_value()};
    if (change.passed_management)
      passed_management_ = {management_.path, std::move(*change.passed_management)};
  }
  management_.group = change.group;
}

void listening_sockets::close() {
  const std::lock_guard lock{mutex_};
  closed_ = true;
  open_.clear();
  parked_.clear();
  passed_management_.reset();
}

} // namespace fedhub
