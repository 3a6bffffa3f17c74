// JIDs as far as a router needs them: RFC 7622.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// The parts of an address as they stand, not normalised. Views into the text that was split.
struct jid_parts {
  std::string_view local; ///< empty if absent.
  std::string_view domain;
  std::string_view resource; ///< empty if absent.

  /// The bare JID's octets in the text (`local@domain`, or `domain`).
  std::string_view bare;
};

/// Splits an address (RFC 7622 §3.1: first "/", then first "@" before it) and checks limits: each
/// part at most 1023 octets and not empty where its separator is there; no control character, and
/// in the localpart none of `"&'/:<>@` and no space. The domainpart is not looked into: see
/// `domain_name`.
/// @returns nothing if it is malformed.
std::optional<jid_parts> split_jid(std::string_view text);

/// Returns the domainpart of an address that may be malformed otherwise: the text between the last
/// "@" before the first "/", and that "/". It is not checked; empty if nothing is there.
std::string_view domain_part(std::string_view address);

} // namespace fedhub
