// One configured node, as the API shows it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/admin/stream_row.hpp"

namespace fedhub::admin {

enum class node_health : uint8_t {
  unknown, ///< an s2s node to or from which nothing has come yet; the row has no `health`.
  up,
  degraded, ///< some of its addresses or links fail.
  down,
};

/// Returns the contract's word; empty for `unknown`.
std::string_view to_string(node_health health);

/// One row of `GET nodes`.
struct node_row {
  struct link {
    std::string address;
    clock_time since;
  };

  /// The most links in one row.
  static constexpr size_t most_links = 100;

  std::string name;
  std::string_view protocol;        ///< "component" or "s2s"; a static text.
  std::vector<std::string> domains; ///< patterns.
  std::vector<link> links;          ///< authenticated streams; the first `most_links`.
  node_health health = node_health::unknown;
  std::string why;             ///< empty if it is up.
  std::string last_error = {}; ///< the last refused stream or failed attempt; empty if it is up.
};

} // namespace fedhub::admin
