#include "protocol/errors/stanza_error.hpp"

#include <array>

namespace fedhub {

namespace {

struct condition_row {
  std::string_view name;
  std::string_view type;
};

// In the order of the enum, with the types of RFC 6120 §8.3.3. Where the RFC permits several types
// (policy-violation: modify or wait; undefined-condition: any), this is the one that fits a hub.
constexpr std::array<condition_row, 16> conditions = {{
  {"bad-request", "modify"},
  {"forbidden", "auth"},
  {"gone", "cancel"},
  {"internal-server-error", "cancel"},
  {"item-not-found", "cancel"},
  {"jid-malformed", "modify"},
  {"not-acceptable", "modify"},
  {"not-allowed", "cancel"},
  {"not-authorized", "auth"},
  {"policy-violation", "modify"},
  {"recipient-unavailable", "wait"},
  {"remote-server-not-found", "cancel"},
  {"remote-server-timeout", "wait"},
  {"resource-constraint", "wait"},
  {"service-unavailable", "cancel"},
  {"undefined-condition", "cancel"},
}};
static_assert(conditions.size() == static_cast<size_t>(stanza_error::undefined_condition) + 1);

} // namespace

std::string_view to_string(stanza_error x) { return conditions[static_cast<size_t>(x)].name; }
std::string_view error_type(stanza_error x) { return conditions[static_cast<size_t>(x)].type; }

} // namespace fedhub
