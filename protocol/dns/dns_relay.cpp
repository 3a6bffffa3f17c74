#include "protocol/dns/dns_relay.hpp"

#include <algorithm>

#include "protocol/dns/dns_writer.hpp"

namespace fedhub {

namespace {

using message_view = std::span<const uint8_t>;

/// The records of an answer that are relayed.
struct kept_records {
  size_t end;           ///< the position after the last one.
  uint16_t additionals; ///< how many of the additional records remain.
};

/// Walks through all records. Drops OPT and the records after it, which are rare: their names might
/// point to positions after the removed octets.
/// @returns nothing if the message is malformed, or if OPT contains bits of the code.
std::optional<kept_records> walk(message_view message, size_t at) {
  const size_t before = size_t{dns_number_at(message, 6)} + dns_number_at(message, 8);
  const size_t all = before + dns_number_at(message, 10);
  std::optional<kept_records> kept;
  for (size_t i = 0; i < all; ++i) {
    const auto begin = at;
    const auto head = skip_dns_name(message, at);
    if (!head || message.size() - *head < dns_record_head_octets)
      return {};
    const auto length = dns_number_at(message, *head + 8);
    at = *head + dns_record_head_octets;
    if (message.size() - at < length)
      return {};
    at += length;
    if (dns_number_at(message, *head) != dns_number::type_opt)
      continue;
    if (i < before || kept || message[*head + 4] != 0)
      return {};
    kept = kept_records{begin, static_cast<uint16_t>(i - before)};
  }
  if (at != message.size())
    return {};
  return kept ? *kept : kept_records{at, dns_number_at(message, 10)};
}

} // namespace

dns_octets forwarded_question(const dns_query& query, uint16_t id) {
  dns_writer result;
  result.put16(id);
  result.put16(
    static_cast<uint16_t>((query.recursion_desired ? dns_writer::recursion_desired : 0)
                          | (query.checking_disabled ? dns_writer::checking_disabled : 0)));
  for (const uint16_t count : {1, 0, 0, query.edns ? 1 : 0})
    result.put16(count);
  result.put(query.question);
  if (query.edns)
    result.put_opt(0, query.dnssec_ok);
  return result.take();
}

bool is_answer_to(std::span<const uint8_t> message, const dns_query& query, uint16_t id) {
  return message.size() >= dns_header_octets + query.question.size()
         && dns_number_at(message, 0) == id && (message[2] & 0xf8) == 0x80
         && dns_number_at(message, 4) == 1
         && same_dns_name(message.subspan(dns_header_octets, query.question.size()),
                          query.question);
}

dns_rcode rcode_of(std::span<const uint8_t> message) {
  return static_cast<dns_rcode>(message[3] & 0x0f);
}

bool is_truncated(std::span<const uint8_t> message) { return (message[2] & 0x02) != 0; }

std::optional<dns_octets> relayed_answer(std::span<const uint8_t> message, const dns_query& query,
                                         dns_transport how) {
  const auto question_end = dns_header_octets + query.question.size();
  const auto kept = walk(message, question_end);
  if (!kept)
    return {};
  const size_t opt = query.edns ? dns_writer::opt_octets : 0;
  const bool fits = kept->end + opt <= query.most_octets(how);
  constexpr uint16_t dropped = dns_writer::authentic_data | 0x0040; // and Z, which must be 0
  auto flags = static_cast<uint16_t>(dns_number_at(message, 2) & ~dropped);
  if (!fits)
    flags |= dns_writer::truncated;
  dns_writer result;
  result.put16(query.id);
  result.put16(flags);
  result.put16(1);
  for (const auto count : {dns_writer::answers, dns_writer::authorities})
    result.put16(fits ? dns_number_at(message, count) : 0);
  const auto additionals = fits ? kept->additionals : uint16_t{0};
  result.put16(static_cast<uint16_t>(additionals + (query.edns ? 1 : 0)));
  result.put(query.question);
  if (fits)
    result.put(message.subspan(question_end, kept->end - question_end));
  if (query.edns)
    result.put_opt(0, query.dnssec_ok);
  return result.take();
}

} // namespace fedhub
