#include "actors/net/special_names.hpp"

namespace fedhub {

special_name special_name_of(std::string_view host) {
  const auto last = host.substr(host.rfind('.') + 1);
  if (last == "localhost")
    return special_name::localhost;
  if (last == "invalid")
    return special_name::invalid;
  return last == "onion" ? special_name::onion : special_name::none;
}

std::string_view describe(special_name name) {
  switch (name) {
  case special_name::localhost:
    return "localhost is this machine (RFC 6761); DNS was not asked";
  case special_name::invalid:
    return "names that end in invalid do not exist (RFC 6761); DNS was not asked";
  case special_name::onion:
    return "names that end in onion are not in DNS (RFC 7686); DNS was not asked";
  case special_name::none:
    break;
  }
  return "an ordinary name";
}

} // namespace fedhub
