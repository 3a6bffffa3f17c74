#include "protocol/text/ip_network.hpp"

#include "protocol/text/decimal.hpp"

namespace fedhub {

namespace {

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

ip_network::ip_network(const ip_address& address, uint8_t prefix_length)
  : base_{masked(address, prefix_length)}, prefix_length_{prefix_length} {}

std::optional<ip_network> ip_network::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address_text = text.substr(0, slash);
  const auto address = ip_address::parse(address_text);
  if (!address)
    return {};
  const size_t bits = address->octets().size() * 8;
  size_t length = bits;
  if (slash != text.npos) {
    const auto digits = text.substr(slash + 1);
    const auto number = parse_decimal<uint8_t>(digits);
    if (!number || (digits.size() > 1 && digits.front() == '0'))
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
  return ip_network{*address, static_cast<uint8_t>(length)};
}

bool ip_network::contains(const ip_address& address) const {
  return masked(address, prefix_length_) == base_; // never equal across families
}

std::string ip_network::str() const { return base_.str() + "/" + std::to_string(prefix_length_); }

} // namespace fedhub
