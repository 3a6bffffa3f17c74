// Relays questions to another DNS server, and its answers back.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "protocol/dns/dns_query.hpp"

namespace fedhub {

/// Returns the question for another server. It has an id of its own and copies only the question,
/// RD, CD, and DO of EDNS from the client's message, since EDNS is hop by hop (RFC 6891 §6.1.1).
dns_octets forwarded_question(const dns_query& query, uint16_t id);

/// Returns whether a message answers the question that was forwarded with this id.
bool is_answer_to(std::span<const uint8_t> message, const dns_query& query, uint16_t id);

/// Returns the answer's code, without its upper bits in OPT. @pre `is_answer_to`.
dns_rcode rcode_of(std::span<const uint8_t> message);
/// Returns whether the answer is truncated and should be requested over TCP. @pre `is_answer_to`.
bool is_truncated(std::span<const uint8_t> message);

/// Returns the answer for the client: with the client's id and letter case, with the hub's own OPT
/// if the client uses EDNS, and without AD, since the answer may have been forged on its way to the
/// hub. An answer longer than the client accepts is truncated (TC).
/// @returns nothing if the message is malformed or has an extended code. @pre `is_answer_to`.
std::optional<dns_octets> relayed_answer(std::span<const uint8_t> message, const dns_query& query,
                                         dns_transport how);

} // namespace fedhub
