// The configuration in force, as the API shows it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "protocol/admin/answer_json.hpp"

namespace fedhub::admin {

/// One key of `GET config`.
struct configuration_row {
  std::string key;
  std::string value;   ///< JSON; secrets are masked.
  std::string initial; ///< the default, as JSON; empty: none.
  std::string file;    ///< empty: the default is in force.
  uint32_t line = 0;
};

/// The answer to a change of the configuration.
struct configuration_report {
  struct change {
    std::string key;
    std::string before; ///< JSON; empty: no value.
    std::string after;  ///< likewise.
  };
  uint64_t version = 0;
  bool applied = false;
  std::vector<change> changes;
  size_t change_count = 0;
  std::vector<std::string> warnings;
};

/// One of the last changes through the API.
struct configuration_change {
  uint64_t number = 0; ///< from 1, without gaps.
  std::string time;    ///< RFC 3339.
  std::string who;
  bool undo = false; ///< it took an earlier change back.
  std::vector<configuration_report::change> changes;
};

/// @name Each returns one JSON object.
/// @{
std::string json_of(const page<configuration_row>& keys);
std::string json_of(const configuration_report& report);
std::string json_of(const page<configuration_change>& changes);
/// @}

} // namespace fedhub::admin
