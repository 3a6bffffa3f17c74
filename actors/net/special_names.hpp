// Host names that are not looked for in DNS.
#pragma once

#include <cstdint>
#include <string_view>

namespace fedhub {

/// The names of IANA's registry "Special-Use Domain Names" that resolvers answer by themselves.
/// `test`, `local` and the others stay ordinary names: many estates use them in their own DNS.
enum class special_name : uint8_t {
  none,
  localhost, ///< this machine (RFC 6761 §6.3).
  invalid,   ///< no host has such a name (RFC 6761 §6.4).
  onion,     ///< a name of Tor's; asking DNS would tell it to others (RFC 7686 §2).
};

/// Returns which kind the name is of, by its last label.
/// @param host lower case, without a final dot.
special_name special_name_of(std::string_view host);

/// Returns why DNS was not asked, for people.
std::string_view describe(special_name x);

} // namespace fedhub
