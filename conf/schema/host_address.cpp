#include "conf/schema/host_address.hpp"

#include <algorithm>

#include "protocol/text/decimal.hpp"

namespace fedhub::conf {

namespace {

/// The host and the optional port of "HOST", "HOST:PORT", "[V6]" and "[V6]:PORT".
struct split_address {
  std::string_view host;
  std::optional<std::string_view> port;
  bool bracketed = false;
};

std::optional<split_address> split(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == text.npos)
      return {};
    const auto rest = text.substr(end + 1);
    split_address result{text.substr(1, end - 1), {}, true};
    if (!rest.empty()) {
      if (rest.front() != ':')
        return {};
      result.port = rest.substr(1);
    }
    return result;
  }
  const auto colon = text.find(':');
  if (colon == text.npos)
    return split_address{text, {}};
  if (text.find(':', colon + 1) != text.npos)
    return {};
  return split_address{text.substr(0, colon), text.substr(colon + 1)};
}

std::optional<uint16_t> port_of(const split_address& parts, std::optional<uint16_t> default_port) {
  if (!parts.port)
    return default_port;
  if (parts.port->size() > 1 && parts.port->front() == '0')
    return {};
  return parse_decimal<uint16_t>(*parts.port);
}

/// Returns the address of a split text. IPv6 must have brackets, and IPv4 must not.
std::optional<ip_address> ip_of(const split_address& parts) {
  if (parts.bracketed != (parts.host.find(':') != parts.host.npos))
    return {};
  return ip_address::parse(parts.host);
}

/// Returns whether the last label is a number. "192.0.2.300" and "10.1" are mistyped addresses and
/// no host names (RFC 3696 §2: no top level domain is numeric).
bool ends_in_number(std::string_view host) {
  if (host.ends_with('.'))
    host.remove_suffix(1);
  const auto label = host.substr(host.rfind('.') + 1);
  return std::ranges::all_of(label, [](char c) { return c >= '0' && c <= '9'; });
}

std::string with_port(const ip_address& ip, uint16_t port) {
  const auto text = ip.is_v4() ? ip.str() : "[" + ip.str() + "]";
  return text + ":" + std::to_string(port);
}

} // namespace

std::optional<ip_endpoint> ip_endpoint::parse(std::string_view text,
                                              std::optional<uint16_t> default_port) {
  const auto parts = split(text);
  if (!parts)
    return {};
  const auto ip = ip_of(*parts);
  const auto port = port_of(*parts, default_port);
  if (!ip || !port)
    return {};
  return ip_endpoint{*ip, *port};
}

std::string ip_endpoint::str() const { return with_port(ip, port); }

std::optional<host_address> host_address::parse(std::string_view text, uint16_t default_port) {
  const auto parts = split(text);
  if (!parts)
    return {};
  const auto port = port_of(*parts, default_port);
  if (!port || *port == 0)
    return {};
  if (const auto ip = ip_of(*parts))
    return host_address{*ip, *port};
  if (parts->bracketed || ends_in_number(parts->host))
    return {};
  const auto name = domain_name::parse(parts->host);
  if (!name)
    return {};
  return host_address{*name, *port};
}

std::string host_address::str() const {
  if (const auto* ip = std::get_if<ip_address>(&host))
    return with_port(*ip, port);
  return std::get<domain_name>(host).str() + ":" + std::to_string(port);
}

} // namespace fedhub::conf
