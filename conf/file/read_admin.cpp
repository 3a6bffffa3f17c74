// Reads [admin].
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "conf/file/read_config.hpp"

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
  table.boolean("auto_reload", result.auto_reload);
  return result;
}

} // namespace fedhub::conf
