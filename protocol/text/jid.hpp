// Splits JIDs into their parts, as far as a router needs them: RFC 7622.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fedhub {

/// The parts of an address, not normalised. They are views into the address.
struct jid_parts {
  std::string_view local; ///< empty if absent.
  std::string_view domain;
  std::string_view resource; ///< empty if absent.

  /// The octets of the bare JID (`local@domain`, or `domain`).
  std::string_view bare;
};

/// Splits an address (RFC 7622 §3.1: at the first "/", then at the first "@" before it) and checks
/// its limits. Each part has at most 1023 octets, and is not empty if its separator is there. No
/// part has a control character. The localpart has no space and none of `"&'/:<>@`. The domainpart
/// is not checked further: see `domain_name`.
/// @returns nothing if the address is malformed.
std::optional<jid_parts> split_jid(std::string_view text);

/// Returns the domainpart of an address that may be malformed otherwise: the text between the last
/// "@" before the first "/", and that "/". The domainpart is not checked and may be empty.
std::string_view domain_part(std::string_view address);

} // namespace fedhub
