// Reads a TOML document into the schema: every key, its range, and the rules between keys.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "conf/file/files.hpp"
#include "conf/file/problem_list.hpp"
#include "conf/file/table_reader.hpp"
#include "conf/file/toml_document.hpp"
#include "conf/schema/schema.hpp"
#include "protocol/text/domain_pattern.hpp"

namespace fedhub::conf {

/// Reads the whole document. The result is usable only if no problem was added.
/// @param files receives each file that the document names.
config read_config(const toml_table& root, named_files& files, problem_list& problems);

/// Reads all [[trust]] tables.
/// @param federation the values that apply if a rule does not state its own.
std::vector<trust_rule> read_trust(table_reader& root, const federation_config& federation,
                                   const dns_config& dns);

/// Reports listeners that collide, so that the second could not bind: the same port on one address,
/// or on a wildcard that covers the other address. Port 0 is a new port each time.
/// @param table [listen].
void check_listeners(const listen_config& listen, const table_reader& table);

/// Reads [admin].
admin_config read_admin(table_reader& table, named_files& files);

/// Reads [dns_view], and reports values that contradict the rest of the configuration.
/// @param rest all tables but [dns_view].
/// @param dns the table [dns].
dns_view_config read_dns_view(table_reader& table, const config& rest, const table_reader& dns);

/// Reads [tls] and all tables below it.
tls_config read_tls(table_reader& table, named_files& files);

/// Reads all [[node]] tables.
std::vector<node_config> read_nodes(table_reader& root, named_files& files);

/// Reads a secret from `key`, or from the file that `key`_file names. Both together are a problem.
/// @returns nothing if neither is there, or after a problem.
std::optional<secret> read_secret(table_reader& table, std::string_view key, named_files& files);

/// Reads secrets from the array under `key`, or from the lines of the file that `key`_file names.
/// Empty lines are ignored, so the file may be empty. Both together are a problem.
std::vector<secret> read_secrets(table_reader& table, std::string_view key, size_t max_count,
                                 named_files& files);

/// The values that the functions below accept, for problems.
inline constexpr std::string_view file_allowed = "path of a file";

/// Reads a path of a file that must be readable now.
/// @returns nothing if the key is absent, or after a problem.
std::optional<std::filesystem::path> readable_file(table_reader& table, std::string_view key,
                                                   named_files& files);

/// Reads a path like `readable_file`, but "" means no file.
std::optional<std::filesystem::path>
readable_file_or_none(table_reader& table, std::string_view key, named_files& files);

/// Reads an array of paths of files that must be readable now.
std::vector<std::filesystem::path> readable_files(table_reader& table, std::string_view key,
                                                  named_files& files);

/// The values that `domain_pattern::parse` accepts, for problems.
inline constexpr std::string_view pattern_allowed = R"(a domain, "*." and a domain, or "*")";

/// Parses "partner.example" or "*.partner.example", but not "*".
std::optional<domain_pattern> parse_limited_pattern(std::string_view text);

/// The values that `parse_limited_pattern` accepts, for problems.
inline constexpr std::string_view limited_pattern_allowed = R"(a domain, or "*." and a domain)";

/// Parses the address of a DNS server; port 53 by default.
std::optional<ip_endpoint> parse_dns_server(std::string_view text);

/// The values that `parse_dns_server` accepts, for problems.
inline constexpr std::string_view dns_server_allowed =
  R"("IPV4", "IPV4:PORT" or "[IPV6]:PORT", port 1..65535)";

/// The values that `host_address::parse` accepts, for problems.
inline constexpr std::string_view host_address_allowed =
  R"("HOST", "HOST:PORT" or "[IPV6]:PORT", port 1..65535)";

/// Parses a name of 1..128 octets without control characters.
std::optional<std::string> parse_name(std::string_view text);

/// The values that `parse_name` accepts, for problems.
inline constexpr std::string_view name_allowed = "1..128 octets without control characters";

} // namespace fedhub::conf
