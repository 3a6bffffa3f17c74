#include "conf/schema/network.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

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

/// Parses a decimal number without sign and leading zeros.
template <class T>
std::optional<T> parse_number(std::string_view text) {
  if (text.size() > 1 && text.front() == '0')
    return {};
  T result = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, result);
  if (error != std::errc{} || stop != end)
    return {};
  return result;
}

std::optional<uint16_t> port_of(const split_address& parts, std::optional<uint16_t> default_port) {
  return parts.port ? parse_number<uint16_t>(*parts.port) : default_port;
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

/// Returns `octet`, the `index`-th of an address, without the bits after the prefix.
uint8_t masked(uint8_t octet, size_t index, size_t prefix_length) {
  const auto bits_before = index * 8;
  if (prefix_length >= bits_before + 8)
    return octet;
  if (prefix_length <= bits_before)
    return 0;
  return octet & static_cast<uint8_t>(0xff << (bits_before + 8 - prefix_length));
}

ip_address masked(const ip_address& address, size_t prefix_length) {
  std::array<uint8_t, 16> octets{};
  for (size_t i = 0; i < address.octets().size(); ++i)
    octets[i] = masked(address.octets()[i], i, prefix_length);
  if (address.is_v4())
    return ip_address::v4({octets[0], octets[1], octets[2], octets[3]});
  return ip_address::v6(octets);
}

} // namespace

std::optional<ip_address> ip_address::parse(std::string_view text) {
  // inet_pton would stop at a NUL and accept the text before it.
  if (text.find('\0') != text.npos)
    return {};
  const std::string copy{text};
  std::array<uint8_t, 4> four{};
  if (inet_pton(AF_INET, copy.c_str(), four.data()) == 1)
    return v4(four);
  std::array<uint8_t, 16> sixteen{};
  if (inet_pton(AF_INET6, copy.c_str(), sixteen.data()) == 1)
    return v6(sixteen);
  return {};
}

bool ip_address::is_any() const {
  return std::ranges::all_of(octets(), [](uint8_t octet) { return octet == 0; });
}

bool ip_address::is_loopback() const {
  return is_v4() ? octets_[0] == 127
                 : *this == v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
}

std::string ip_address::str() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  inet_ntop(is_v4() ? AF_INET : AF_INET6, octets_.data(), buffer.data(), buffer.size());
  return buffer.data();
}

std::optional<socket_address> socket_address::parse(std::string_view text,
                                                    std::optional<uint16_t> default_port) {
  const auto parts = split(text);
  if (!parts)
    return {};
  const auto ip = ip_of(*parts);
  const auto port = port_of(*parts, default_port);
  if (!ip || !port)
    return {};
  return socket_address{*ip, *port};
}

std::string socket_address::str() const { return with_port(ip, port); }

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

std::optional<network> network::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address_text = text.substr(0, slash);
  const auto address = ip_address::parse(address_text);
  if (!address)
    return {};
  const size_t bits = address->octets().size() * 8;
  size_t length = bits;
  if (slash != text.npos) {
    const auto number = parse_number<uint8_t>(text.substr(slash + 1));
    if (!number)
      return {};
    length = *number;
    // "::ffff:10.0.0.0/104" counts the first 96 bits of an IPv4-mapped address.
    if (address->is_v4() && address_text.find(':') != address_text.npos) {
      if (length < 96)
        return {};
      length -= 96;
    }
  }
  if (length > bits)
    return {};
  network result;
  result.base_ = masked(*address, length);
  result.prefix_length_ = static_cast<uint8_t>(length);
  return result;
}

bool network::contains(const ip_address& address) const {
  return masked(address, prefix_length_) == base_; // never equal across families
}

std::string network::str() const { return base_.str() + "/" + std::to_string(prefix_length_); }

} // namespace fedhub::conf
