#include "actors/process/listening_sockets.hpp"

#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include "actors/admin/admin_server.hpp"
#include "metrics/sockets/socket.hpp"

namespace fedhub {

namespace {

/// Returns the host part of an address, as in front of a port: "10.0.0.1" or "[::]".
std::string host_text(const conf::ip_endpoint& at) {
  auto text = at.str();
  return text.substr(0, text.rfind(':'));
}

/// Opens sockets one after another. Each function returns what failed; empty if nothing did.
class socket_opener {
public:
  socket_opener(const conf::listen_config& addresses, inherited_sockets& inherited,
                listening_sockets& result)
    : addresses_{addresses}, inherited_{inherited}, result_{result} {}

  std::string open_streams(const std::vector<conf::ip_endpoint>& all, std::string_view key,
                           listener_kind kind) {
    for (const auto& at : all) {
      auto fd = take_or_listen(at);
      if (!fd)
        return std::string{key} + ": " + at.str() + ": " + std::generic_category().message(errno)
               + rival(at);
      note(key, at, local_address(fd.get()).port());
      result_.streams.push_back({std::move(fd), kind});
    }
    return {};
  }

  std::string open_dns() {
    for (const auto& at : addresses_.dns) {
      auto opened = dns_view_sockets::open(at, inherited_);
      if (!opened)
        return "dns: " + at.str() + ": " + opened.error() + rival(at);
      note("dns", at, opened->port());
      result_.dns.push_back(std::move(*opened));
    }
    return {};
  }

  std::string open_metrics() {
    const auto& at = addresses_.metrics;
    if (!at)
      return {};
    if (auto passed = inherited_.claim_tcp({at->ip, at->port})) {
      result_.metrics = http_listener::inherited(std::move(passed));
    } else {
      auto opened = http_listener::tcp(at->ip.str(), at->port);
      if (!opened)
        return "metrics: " + opened.error() + rival(*at);
      result_.metrics = std::move(*opened);
    }
    note("metrics", *at, result_.metrics->port());
    return {};
  }

private:
  unique_fd take_or_listen(const conf::ip_endpoint& at) {
    auto passed = inherited_.claim_tcp({at.ip, at.port});
    return passed ? std::move(passed) : listen_tcp({at.ip, at.port});
  }

  /// Returns which passed socket holds the port of another address, for the end of an error.
  std::string rival(const conf::ip_endpoint& at) const {
    const auto other = inherited_.unclaimed_at(at.port);
    return other.empty() ? "" : "; a socket with this port was passed to the hub: " + other;
  }

  void note(std::string_view key, const conf::ip_endpoint& at, uint16_t port) {
    result_.bound.push_back({std::string{key}, host_text(at), port});
  }

  const conf::listen_config& addresses_;
  inherited_sockets& inherited_;
  listening_sockets& result_;
};

/// @returns what failed; empty if nothing did.
std::string open_all(const conf::listen_config& addresses, socket_opener& opener) {
  using kind = listener_kind;
  auto why = opener.open_streams(addresses.s2s, "s2s", kind::s2s);
  if (why.empty())
    why = opener.open_streams(addresses.s2s_direct_tls, "s2s_direct_tls", kind::s2s_direct_tls);
  if (why.empty())
    why = opener.open_streams(addresses.nodes, "nodes", kind::nodes);
  if (why.empty())
    why = opener.open_dns();
  if (why.empty())
    why = opener.open_metrics();
  return why;
}

} // namespace

tl::expected<listening_sockets, std::string> listening_sockets::open(const conf::config& config,
                                                                     inherited_sockets inherited) {
  listening_sockets result;
  socket_opener opener{config.listen, inherited, result};
  if (auto why = open_all(config.listen, opener); !why.empty())
    return tl::unexpected("listen." + why);
  result.management = admin_server::bind(config, inherited);
  if (!result.management && !config.admin.socket.empty())
    return tl::unexpected("admin.socket: " + result.management.error());
  result.unused = inherited.close_unclaimed();
  return result;
}

} // namespace fedhub
