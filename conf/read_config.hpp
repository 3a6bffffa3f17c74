// From a TOML document to the schema: every key, its range and what must hold between keys.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "conf/problem_list.hpp"
#include "conf/schema.hpp"
#include "conf/table_reader.hpp"
#include "conf/toml_document.hpp"

namespace fedhub::conf {

/// Reads the whole document. The result is of use only if no problem was added.
/// @param folder what relative paths are taken from.
config read_config(const toml_table& root, const std::filesystem::path& folder,
                   problem_list& problems);

/// Reads all [[node]] tables.
std::vector<node_config> read_nodes(table_reader& root, const std::filesystem::path& folder);

/// Reads a secret from `key`, or from the file that `key`_file names. Both together are a problem.
/// @returns nothing if neither is there, or after a problem.
std::optional<secret> read_secret(table_reader& table, std::string_view key,
                                  const std::filesystem::path& folder);

/// A path of a file that must be readable now.
/// @returns nothing if the key is absent, or after a problem.
std::optional<std::filesystem::path> readable_file(table_reader& table, std::string_view key,
                                                   const std::filesystem::path& folder);

/// "partner.example" or "*.partner.example", but not "*".
std::optional<domain_pattern> parse_limited_pattern(std::string_view text);

/// What `parse_limited_pattern` takes, for problems.
inline constexpr std::string_view limited_pattern_allowed = R"(a domain, or "*." and a domain)";

/// What `host_address::parse` takes, for problems.
inline constexpr std::string_view host_address_allowed =
  R"("HOST", "HOST:PORT" or "[IPV6]:PORT", port 1..65535)";

/// A name of 1..128 octets without control characters.
std::optional<std::string> parse_name(std::string_view text);

/// What `parse_name` takes, for problems.
inline constexpr std::string_view name_allowed = "1..128 octets without control characters";

} // namespace fedhub::conf
