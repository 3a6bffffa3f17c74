// The rules in force for one remote domain, as the API shows them.
#pragma once

#include <span>

#include "actors/hub/settings.hpp"
#include "protocol/admin/domain_row.hpp"
#include "protocol/text/domain_name.hpp"
#include "protocol/text/domain_pattern.hpp"

namespace fedhub {

/// Returns the most specific pattern that matches the domain in either of its forms; null if none
/// does.
const domain_pattern* most_specific(std::span<const domain_pattern> patterns,
                                    const domain_name& domain);

/// Returns the rules by which a remote domain is judged.
admin::rule_row rule_of(const settings& in_force, const domain_name& domain);

} // namespace fedhub
