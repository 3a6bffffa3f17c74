#include "protocol/dns/dns_query.hpp"

#include <algorithm>

#include "protocol/dns/dns_writer.hpp"

namespace fedhub {

namespace {

using message_view = std::span<const uint8_t>;

constexpr size_t max_name_octets = 255;
constexpr uint16_t opt_dnssec_ok = 0x8000;

/// Returns an answer that is only a header, for a message whose question cannot be repeated.
dns_query_fault header_alone(message_view message, dns_rcode rcode) {
  dns_writer result;
  result.put16(dns_number_at(message, 0));
  constexpr uint16_t kept = 0x7900; // opcode and RD
  const uint16_t flags =
    static_cast<uint16_t>(dns_writer::response | (dns_number_at(message, 2) & kept));
  result.put16(static_cast<uint16_t>(flags | static_cast<uint8_t>(rcode)));
  for (int i = 0; i < 4; ++i)
    result.put16(0);
  return {rcode, result.take()};
}

/// Returns the position after the name of a question; nothing if it is cut off, compressed or too
/// long.
std::optional<size_t> skip_plain_name(message_view message, size_t at) {
  const auto begin = at;
  while (at < message.size()) {
    const auto length = message[at];
    if (length > 63)
      return {};
    at += 1 + length;
    if (at - begin > max_name_octets)
      return {};
    if (length == 0)
      return at;
  }
  return {};
}

/// Returns whether the options of an OPT record fill it exactly.
bool has_whole_options(message_view options) {
  while (!options.empty()) {
    if (options.size() < 4 || options.size() - 4 < dns_number_at(options, 2))
      return false;
    options = options.subspan(4 + dns_number_at(options, 2));
  }
  return true;
}

/// Reads the record at `at`, which may be OPT.
/// @returns the position after it; nothing if it is malformed.
std::optional<size_t> read_additional(message_view message, size_t at, dns_query& into,
                                      uint8_t& version) {
  const bool root = at < message.size() && message[at] == 0;
  const auto head = skip_dns_name(message, at);
  if (!head || message.size() - *head < dns_record_head_octets)
    return {};
  const auto rdata = *head + dns_record_head_octets;
  const auto length = dns_number_at(message, *head + 8);
  if (message.size() - rdata < length)
    return {};
  if (dns_number_at(message, *head) == dns_number::type_opt) {
    if (!root || into.edns || !has_whole_options(message.subspan(rdata, length)))
      return {};
    into.edns = true;
    into.payload = dns_number_at(message, *head + 2);
    version = message[*head + 5];
    into.dnssec_ok = (dns_number_at(message, *head + 6) & opt_dnssec_ok) != 0;
  }
  return rdata + length;
}

/// Returns the answer to an unknown version of EDNS (RFC 6891 §6.1.3).
dns_query_fault wrong_version(const dns_query& query) {
  dns_writer result;
  result.put16(query.id);
  result.put16(static_cast<uint16_t>(
    dns_writer::response | (query.recursion_desired ? dns_writer::recursion_desired : 0)));
  for (const uint16_t count : {1, 0, 0, 1})
    result.put16(count);
  result.put(query.question);
  result.put_opt(static_cast<uint8_t>(dns_rcode::bad_version) >> 4, false);
  return {dns_rcode::bad_version, result.take()};
}

uint8_t lower_octet(uint8_t c) { return c >= 'A' && c <= 'Z' ? static_cast<uint8_t>(c + 32) : c; }

} // namespace

std::optional<size_t> skip_dns_name(std::span<const uint8_t> message, size_t at) {
  for (size_t octets = 0; at < message.size() && octets <= max_name_octets;) {
    const auto length = message[at];
    if (length >= 0xc0)
      return at + 2 <= message.size() ? std::optional{at + 2} : std::nullopt;
    if (length > 63)
      return {};
    at += 1 + length;
    octets += 1 + length;
    if (length == 0)
      return octets <= max_name_octets ? std::optional{at} : std::nullopt;
  }
  return {};
}

bool same_dns_name(std::span<const uint8_t> left, std::span<const uint8_t> right) {
  return std::ranges::equal(left, right, {}, lower_octet, lower_octet);
}

dns_octets dns_name_of(std::string_view text) {
  dns_octets result;
  while (!text.empty()) {
    const auto label = text.substr(0, text.find('.'));
    result.push_back(static_cast<uint8_t>(label.size()));
    result.insert(result.end(), label.begin(), label.end());
    text.remove_prefix(std::min(label.size() + 1, text.size()));
  }
  result.push_back(0);
  return result;
}

size_t dns_query::most_octets(dns_transport how) const {
  if (how == dns_transport::tcp)
    return UINT16_MAX;
  return edns ? std::clamp(payload, dns_plain_udp_octets, dns_udp_octets) : dns_plain_udp_octets;
}

std::variant<dns_query, dns_query_fault> read_dns_query(std::span<const uint8_t> message) {
  if (message.size() < dns_header_octets || (message[2] & 0x80) != 0)
    return dns_query_fault{};
  if ((message[2] & 0x78) != 0)
    return header_alone(message, dns_rcode::not_implemented);
  const auto malformed = [&] { return header_alone(message, dns_rcode::format_error); };
  if (dns_number_at(message, 4) != 1 || dns_number_at(message, 6) != 0
      || dns_number_at(message, 8) != 0)
    return malformed();
  dns_query result;
  result.id = dns_number_at(message, 0);
  result.recursion_desired = (message[2] & 0x01) != 0;
  result.checking_disabled = (message[3] & 0x10) != 0;
  const auto name_end = skip_plain_name(message, dns_header_octets);
  if (!name_end || message.size() - *name_end < 4)
    return malformed();
  result.type = dns_number_at(message, *name_end);
  result.klass = dns_number_at(message, *name_end + 2);
  result.question.assign(message.begin() + dns_header_octets,
                         message.begin() + static_cast<ptrdiff_t>(*name_end) + 4);
  std::optional<size_t> at = *name_end + 4;
  uint8_t version = 0;
  for (auto left = dns_number_at(message, 10); left > 0 && at; --left)
    at = read_additional(message, *at, result, version);
  if (!at || *at != message.size())
    return malformed();
  if (version != 0)
    return wrong_version(result);
  return result;
}

} // namespace fedhub
