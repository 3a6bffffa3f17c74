// The API's words for the states of domains and nodes.
#include <array>

#include "protocol/admin/domain_row.hpp"
#include "protocol/admin/node_row.hpp"

namespace fedhub::admin {

namespace {

constexpr std::array<std::string_view, domain_state_count> domain_words{
  "refused", "connected", "failing", "connecting", "waiting", "idle"};

} // namespace

std::string_view to_string(domain_state state) { return domain_words[static_cast<size_t>(state)]; }

std::string_view to_string(node_health health) {
  switch (health) {
  case node_health::unknown:
    break;
  case node_health::up:
    return "up";
  case node_health::degraded:
    return "degraded";
  case node_health::down:
    return "down";
  }
  return {};
}

} // namespace fedhub::admin
