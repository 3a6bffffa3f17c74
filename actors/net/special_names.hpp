// Host names that are not searched in DNS.
#pragma once

#include <cstdint>
#include <string_view>

namespace fedhub {

/// The names of IANA's registry "Special-Use Domain Names" that resolvers answer by themselves.
/// `test`, `local` and all other names of the registry are ordinary names here, since many sites
/// use them in their own DNS.
enum class special_name : uint8_t {
  none,
  localhost, ///< this machine (RFC 6761 §6.3).
  invalid,   ///< no host has such a name (RFC 6761 §6.4).
  onion,     ///< a Tor name; a DNS question would reveal it (RFC 7686 §2).
};

/// Returns the kind of a name, by its last label.
/// @param host lower case, without a final dot.
special_name special_name_of(std::string_view host);

/// Returns why DNS was not asked, for people.
std::string_view describe(special_name name);

} // namespace fedhub
