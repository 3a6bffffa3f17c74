// Passes questions on to another DNS server, and its answers back.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "protocol/dns/dns_query.hpp"

namespace fedhub {

/// The question as it goes to another server: its own id, and nothing of the asker's message but
/// the question, RD, CD, and DO of EDNS, which is hop by hop (RFC 6891 §6.1.1).
dns_octets forwarded_question(const dns_query& x, uint16_t id);

/// Whether a message answers the question that was forwarded with this id.
bool is_answer_to(std::span<const uint8_t> message, const dns_query& x, uint16_t id);

/// The answer's code, without the part in OPT. @pre `is_answer_to`.
dns_rcode rcode_of(std::span<const uint8_t> message);
/// Whether there is more over TCP. @pre `is_answer_to`.
bool is_truncated(std::span<const uint8_t> message);

/// The answer as the asker gets it: with the asker's id and letter case, the hub's own OPT if the
/// asker knows EDNS, and no AD, as the way here may be forged. One that is longer than the asker
/// takes is truncated (TC).
/// @returns nothing if the message is malformed or has an extended code. @pre `is_answer_to`.
std::optional<dns_octets> relayed_answer(std::span<const uint8_t> message, const dns_query& x,
                                         dns_transport how);

} // namespace fedhub
