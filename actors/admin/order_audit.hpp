// What the audit says of an order.
#pragma once

#include <optional>
#include <string>

#include "actors/interfaces/admin.hpp"
#include "actors/interfaces/diagnostics.hpp"
#include "metrics/http/http_message.hpp"
#include "protocol/admin/event_row.hpp"

namespace fedhub {

/// Returns who has called: "uid 1000" on the Unix socket, else the address.
std::string caller_of(const http_peer& peer);

/// Returns the row for an order of a caller.
/// @param answer null: nobody has answered, so it is not known whether the order was carried out.
admin::audit_row audit_of(const admin_order& order, const http_peer& caller,
                          const admin_answer* answer);

/// Returns the row for a request that changes something, or that the world sees; nothing for
/// another one.
std::optional<admin::audit_row> audit_of(const diagnosis_request& request, const http_peer& caller);

} // namespace fedhub
