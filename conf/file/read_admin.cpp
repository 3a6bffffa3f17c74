// Reads [admin].
#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "conf/file/read_config.hpp"
#include "protocol/access/access_token.hpp"
#include "protocol/access/user_name.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub::conf {

namespace {

/// The octets of a Unix socket's path, without the final zero (unix(7)).
constexpr size_t most_socket_octets = 107;

/// Parses the name of a group, or "".
std::optional<std::string> parse_group(std::string_view text) {
  const bool fits =
    text.size() <= 32 && !text.starts_with('-') && std::ranges::all_of(text, [](char octet) {
      return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z')
             || (octet >= '0' && octet <= '9') || octet == '_' || octet == '-' || octet == '.';
    });
  if (!fits)
    return {};
  return std::string{text};
}

std::optional<std::string> parse_user_name(std::string_view text) {
  if (!is_user_name(text))
    return {};
  return std::string{text};
}

/// Reads a hash. Problems do not show it, since somebody may have put a password there.
template <class Hash, class Parse>
void read_hash(table_reader& row, std::string_view key, std::optional<Hash>& hash, Parse parse,
               std::string_view allowed) {
  const auto text = row.secret_text(key);
  if (text && !(hash = parse(*text)))
    row.report(key, "another text", std::string{allowed});
}

admin_user read_user(table_reader& row) {
  admin_user user;
  row.parsed("name", user.name, parse_user_name, user_name_allowed);
  row.require("name", user_name_allowed);
  constexpr std::string_view password_allowed = "a hash that `fedhubctl passwd` printed";
  constexpr std::string_view token_allowed = "the SHA-256 of a token, as 64 hexadecimal digits";
  read_hash(row, "password_hash", user.password, password_hash::parse, password_allowed);
  read_hash(row, "token_hash", user.token, parse_digest, token_allowed);
  const bool both = row.has("password_hash") && row.has("token_hash");
  const bool none = !row.has("password_hash") && !row.has("token_hash");
  if (both)
    row.report("token_hash", "a user with password_hash too",
               "one of both: a person has a password, a program has a token");
  else if (none)
    row.report("password_hash", "nothing",
               std::string{password_allowed} + "; or token_hash, " + std::string{token_allowed});
  row.choice("role", user.role, {admin_role::viewer, admin_role::full});
  row.require("role", R"("viewer" | "operator")");
  row.finish();
  return user;
}

std::vector<admin_user> read_users(table_reader& table) {
  std::vector<admin_user> users;
  std::set<std::string> names;
  for (auto& row : table.tables("user")) {
    users.push_back(read_user(row));
    const auto& name = users.back().name;
    if (!name.empty() && !names.insert(name).second)
      row.report("name", in_quotes(name) + " twice", "each name once");
  }
  if (users.size() > admin_config::most_users)
    table.report("user", std::to_string(users.size()) + " users",
                 "at most " + std::to_string(admin_config::most_users));
  return users;
}

/// Parses the name of a host: a domain name, or an IP address without brackets.
std::optional<std::string> parse_host(std::string_view text) {
  if (const auto address = ip_address::parse(text))
    return address->str();
  if (const auto name = domain_name::parse(text))
    return name->str();
  return {};
}

/// Reads `chain_file` and `key_file`, both or neither.
void read_certificate_of(table_reader& table, admin_config& result, named_files& files) {
  result.chain_file = readable_file_or_none(table, "chain_file", files).value_or("");
  result.key_file = readable_file_or_none(table, "key_file", files).value_or("");
  const auto given = [&](std::string_view key) {
    return table.has(key) && !table.is_empty_string(key);
  };
  const auto need = [&](std::string_view key, std::string_view other) {
    if (given(other) && !given(key))
      table.report(key, table.has(key) ? "\"\"" : "nothing",
                   std::string{file_allowed} + ", as " + std::string{other} + " is set");
  };
  need("chain_file", "key_file");
  need("key_file", "chain_file");
  if (!result.key_file.empty())
    files.mark_secret(result.key_file);
}

} // namespace

admin_config read_admin(table_reader& table, named_files& files) {
  admin_config result;
  const auto resolve = [&](std::string_view text) -> std::optional<std::filesystem::path> {
    if (text.empty())
      return std::filesystem::path{};
    return resolve_path(files.folder(table.layer_of("socket")), text);
  };
  if (table.parsed("socket", result.socket, resolve, R"(path of a Unix socket, or "")")
      && result.socket.native().size() > most_socket_octets)
    table.report("socket",
                 in_quotes(result.socket.string()) + ", which has "
                   + std::to_string(result.socket.native().size()) + " octets",
                 "a path of at most " + std::to_string(most_socket_octets) + " octets");
  table.parsed("group", result.group, parse_group,
               R"(the name of a group: at most 32 letters, digits, "_", "-" and "."; or "")");
  table.integer("history_days", result.history_days, 1, 3650);
  table.integer("history_mebibytes", result.history_mebibytes, 16, 65'536);
  table.list("hosts", result.hosts, parse_host, "a domain name or an IP address");
  read_certificate_of(table, result, files);
  table.boolean("auto_reload", result.auto_reload);
  result.users = read_users(table);
  return result;
}

} // namespace fedhub::conf
