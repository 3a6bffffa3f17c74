// The calls of the API: which request asks for what.
#pragma once

#include <string_view>
#include <vector>

#include "actors/admin/api_call.hpp"
#include "actors/admin/api_parameters.hpp"

namespace fedhub {

/// One call of the contract. A segment "*" of the path is its argument.
struct api_route {
  std::string_view method;
  std::vector<std::string_view> path; ///< the segments after `api_root`.
  /// Reads the request. Takes all its parameters.
  api_call (*read)(std::string_view argument, api_parameters query);
};

/// @name The calls of one subject each.
/// @{
/// The hub, its domains, streams and nodes.
std::vector<api_route> federation_routes();
/// What needs a person.
std::vector<api_route> notification_routes();
/// The configuration: values in force, changes, history.
std::vector<api_route> configuration_routes();
/// Log levels, cached DNS answers, `explain` and `check`.
std::vector<api_route> diagnosis_routes();
/// Events and management actions.
std::vector<api_route> history_routes();
/// @}

} // namespace fedhub
