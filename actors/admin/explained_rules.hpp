// The steps of `explain` that follow from the rules in force and from the answers of other actors.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "actors/dns/resolver.hpp"
#include "actors/hub/settings.hpp"
#include "actors/interfaces/diagnostics.hpp"
#include "actors/rules/routing_table.hpp"
#include "protocol/admin/domain_row.hpp"
#include "protocol/admin/explanation.hpp"

namespace fedhub {

/// The way that `explain` looks at.
enum class explained_way : uint8_t {
  outgoing, ///< from a local to a remote domain.
  incoming, ///< from a remote to a local domain.
  inside,   ///< both domains are local.
  foreign,  ///< neither is.
};

explained_way way_of(const routing_table& table, const explain_question& question);

/// Returns whether a node is there, by its name: 1 or 0; nothing if that is not known yet.
using node_presence = std::function<std::optional<double>(const std::string& node)>;

/// Returns the step of one end of the way: the node that serves its domain, and whether it is
/// there. Fails for a domain that is not local.
admin::explanation_row explain_end(admin::explained_step step, const explained_address& end,
                                   const routing_table& table, const node_presence& presence);

admin::explanation_row explain_federation(const conf::config& config);

admin::explanation_row explain_privacy(const settings& in_force, const routing_table& table,
                                       const domain_name& remote);

/// Returns which row leads to a remote domain.
admin::explanation_row explain_route(const conf::config& config, const routing_table& table,
                                     const domain_name& remote);

/// Returns the security mode and the trust rule for a remote domain.
/// @param known the details of the domain; its last certificate becomes part of the text.
admin::explanation_row explain_trust(const settings& in_force, const domain_name& remote,
                                     const std::optional<admin::domain_details>& known);

/// Returns the records of a remote domain in DNS, or the addresses of its static route.
/// @param allow_private private addresses are not refused.
/// @param servers the name servers, for people.
admin::explanation_row explain_resolution(const resolution_trace& trace, bool allow_private,
                                          std::string_view servers);

/// A remote domain as the hub knows it.
struct known_domain {
  std::optional<admin::domain_details> details; ///< nothing: it has no row.
  /// Earlier failures hold up attempts until then; nothing: they do not.
  std::optional<admin::clock_time> held_until;
};

/// Returns the state of the stream to or from a remote domain.
admin::explanation_row explain_stream(explained_way way, const domain_name& remote,
                                      const known_domain& domain);

/// Returns the step of a part of the way that was not looked at.
admin::explanation_row skipped_step(admin::explained_step step, std::string why);

} // namespace fedhub
