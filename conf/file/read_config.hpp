// From a TOML document to the schema: every key, its range and what must hold between keys.
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

namespace fedhub::conf {

/// Reads the whole document. The result is of use only if no problem was added.
/// @param files gets each file that the document names.
config read_config(const toml_table& root, named_files& files, problem_list& problems);

/// Reads all [[trust]] tables.
/// @param federation what holds where a rule says nothing.
std::vector<trust_rule> read_trust(table_reader& root, const federation_config& federation,
                                   const dns_config& dns);

/// Reports listeners that collide, of which the second could not bind: the same port on one
/// address, or on a wildcard that covers the other. Port 0 is a new port each time.
/// @param table [listen].
void check_listeners(const listen_config& listen, const table_reader& table);

/// Reads [dns_view], and reports what does not go together with the rest of the configuration.
/// @param rest all tables but [dns_view].
/// @param dns the table [dns].
dns_view_config read_dns_view(table_reader& table, const config& rest, const table_reader& dns);

/// Reads [tls] and all below it.
tls_config read_tls(table_reader& table, named_files& files);

/// Reads all [[node]] tables.
std::vector<node_config> read_nodes(table_reader& root, named_files& files);

/// Reads a secret from `key`, or from the file that `key`_file names. Both together are a problem.
/// @returns nothing if neither is there, or after a problem.
std::optional<secret> read_secret(table_reader& table, std::string_view key, named_files& files);

/// Reads secrets from the array under `key`, or from the lines of the file that `key`_file names;
/// empty lines don't count, so that the file may be empty. Both together are a problem.
std::vector<secret> read_secrets(table_reader& table, std::string_view key, size_t max_count,
                                 named_files& files);

/// What the functions below take, for problems.
inline constexpr std::string_view file_allowed = "path of a file";

/// A path of a file that must be readable now.
/// @returns nothing if the key is absent, or after a problem.
std::optional<std::filesystem::path> readable_file(table_reader& table, std::string_view key,
                                                   named_files& files);

/// As `readable_file`, and "" stands for none.
std::optional<std::filesystem::path>
readable_file_or_none(table_reader& table, std::string_view key, named_files& files);

/// An array of paths of files that must be readable now.
std::vector<std::filesystem::path> readable_files(table_reader& table, std::string_view key,
                                                  named_files& files);

/// What `domain_pattern::parse` takes, for problems.
inline constexpr std::string_view pattern_allowed = R"(a domain, "*." and a domain, or "*")";

/// "partner.example" or "*.partner.example", but not "*".
std::optional<domain_pattern> parse_limited_pattern(std::string_view text);

/// What `parse_limited_pattern` takes, for problems.
inline constexpr std::string_view limited_pattern_allowed = R"(a domain, or "*." and a domain)";

/// The address of a DNS server; port 53 unless given.
std::optional<socket_address> parse_dns_server(std::string_view text);

/// What `parse_dns_server` takes, for problems.
inline constexpr std::string_view dns_server_allowed =
  R"("IPV4", "IPV4:PORT" or "[IPV6]:PORT", port 1..65535)";

/// What `host_address::parse` takes, for problems.
inline constexpr std::string_view host_address_allowed =
  R"("HOST", "HOST:PORT" or "[IPV6]:PORT", port 1..65535)";

/// A name of 1..128 octets without control characters.
std::optional<std::string> parse_name(std::string_view text);

/// What `parse_name` takes, for problems.
inline constexpr std::string_view name_allowed = "1..128 octets without control characters";

} // namespace fedhub::conf
