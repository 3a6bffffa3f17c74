// The answers of the API as JSON.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "protocol/admin/attempt_row.hpp"
#include "protocol/admin/domain_row.hpp"
#include "protocol/admin/hub_status.hpp"
#include "protocol/admin/node_row.hpp"
#include "protocol/admin/notification_row.hpp"
#include "protocol/admin/stream_row.hpp"

namespace fedhub::admin {

/// A part of a list.
template <class Row>
struct page {
  std::vector<Row> items;
  size_t total = 0; ///< of the whole list.
  std::string next; ///< for `after` of the next page; empty: this is the last page.
};

/// @name Each returns one JSON object. A field without a value is left out. Octets that are not
/// UTF-8 are replaced by U+FFFD, since some texts come from peers.
/// @{
std::string json_of(const hub_status& status);
std::string json_of(const stream_row& stream);
std::string json_of(const domain_details& domain);
std::string json_of(const attempt_row& attempt);
std::string json_of(const page<stream_row>& streams);
std::string json_of(const page<domain_row>& domains);
std::string json_of(const page<node_row>& nodes);
std::string json_of(const page<notification_row>& notifications);
/// @}

} // namespace fedhub::admin
