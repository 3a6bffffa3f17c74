// All keys of a configuration with their values, defaults and origins, as the API shows them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "conf/file/layer_sum.hpp"

namespace fedhub::conf {

/// One key. A row's keys have the row's identity in quotes: `static_route."partner.example
/// 192.0.2.7:5269".priority`.
struct listed_key {
  std::string key;
  std::string value;   ///< in force, as JSON; a secret is "***".
  std::string initial; ///< the default, as JSON; empty: none.
  std::string file;    ///< that sets the value; empty: the default is in force.
  uint32_t line = 0;   ///< of the key in the file, from 1.
};

/// A key whose values in two configurations differ. Values are JSON; empty: none.
struct changed_key {
  std::string key;
  std::string before;
  std::string after;
};

/// Returns whether the value of a key is a secret.
/// @param name the last part of the key.
bool is_secret_key(std::string_view name);

/// Returns how many keys there are: those that are set, and all others with a default.
size_t count_keys(const layer_sum& sum);

/// Returns the keys from the one of this number, from 0, in a fixed order.
std::vector<listed_key> list_keys(const layer_sum& sum, size_t first, size_t limit);

/// Returns the keys whose values in force differ, sorted.
std::vector<changed_key> compare_keys(const layer_sum& before, const layer_sum& after);

/// Returns the keys that two documents of one file set differently, sorted. Defaults do not count,
/// and a row that is taken back has the key `removed`.
std::vector<changed_key> compare_documents(const toml_table& before, const toml_table& after);

} // namespace fedhub::conf
