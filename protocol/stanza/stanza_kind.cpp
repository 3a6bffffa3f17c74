#include "protocol/stanza/stanza_kind.hpp"

#include <array>
#include <cstddef>

namespace fedhub {

stanza_kind parse_stanza_kind(std::string_view local_name) {
  if (local_name == "message")
    return stanza_kind::message;
  if (local_name == "presence")
    return stanza_kind::presence;
  return local_name == "iq" ? stanza_kind::iq : stanza_kind::none;
}

std::string_view to_string(stanza_kind kind) {
  constexpr std::array<std::string_view, 4> names = {"none", "message", "presence", "iq"};
  return names[static_cast<size_t>(kind)];
}

} // namespace fedhub
