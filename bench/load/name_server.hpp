// The zone of the remote domains, and the DNS server for it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "bench/load/address.hpp"
#include "bench/load/event_loop.hpp"

namespace fedhub::load {

/// The zone `load.example`. Each domain `rK.load.example` has an SRV record of `_xmpp-server._tcp`,
/// which leads to one of the hosts `hostI.load.example`. Each host has one address.
class name_zone {
public:
  /// @param first the address of host 0, and the port of all hosts.
  /// @param hosts how many there are, with successive addresses.
  name_zone(const address& first, uint32_t hosts) : first_(first), hosts_(hosts) {}

  /// Answers a query (RFC 1035 §4). Other names in the zone have no records. Names of services that
  /// no domain has do not exist.
  /// @returns the response; empty if the octets are no query.
  std::string answer(std::string_view query) const;

  static constexpr uint32_t ttl_s = 3600;

private:
  address first_;
  uint32_t hosts_;
};

/// Answers over UDP.
class name_server final : public io_handler {
public:
  /// Starts to listen. @param loop outlives the server.
  static tl::expected<std::unique_ptr<name_server>, std::string>
  listen(event_loop& loop, const address& at, const name_zone& zone);

  void on_events(uint32_t events) override;

private:
  name_server(unique_fd fd, const name_zone& zone) : fd_(std::move(fd)), zone_(zone) {}

  unique_fd fd_;
  name_zone zone_;
};

} // namespace fedhub::load
