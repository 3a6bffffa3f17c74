#include "conf/file/read_config.hpp"

#include <algorithm>
#include <map>
#include <unordered_set>

namespace fedhub::conf {

namespace {

constexpr std::string_view listener_allowed = R"("IPV4:PORT" or "[IPV6]:PORT", port 0..65535)";

/// Reads one [table] of the root, if it is there, and reports the keys that `read` does not know.
template <class Read>
void section(table_reader& root, std::string_view key, Read read) {
  auto table = root.table(key);
  read(table);
  table.finish();
}

hub_config read_hub(table_reader& table, named_files& files) {
  hub_config result;
  table.parsed("name", result.name, parse_name, name_allowed);
  result.state_dir = (files.folder(0) / result.state_dir).lexically_normal();
  const auto resolve = [&](std::string_view text) {
    return resolve_path(files.folder(table.layer_of("state_dir")), text);
  };
  if (table.parsed("state_dir", result.state_dir, resolve, "path of a folder")) {
    std::error_code ignored;
    const auto type = std::filesystem::status(result.state_dir, ignored).type();
    if (type != std::filesystem::file_type::directory
        && type != std::filesystem::file_type::not_found)
      table.report("state_dir", in_quotes(result.state_dir.string()) + ", which is not a folder",
                   "a folder, or a path where one can be made");
  }
  table.integer("threads", result.threads, 0, 256);
  return result;
}

std::optional<ip_endpoint> parse_listener(std::string_view text) {
  return ip_endpoint::parse(text);
}

listen_config read_listen(table_reader& table) {
  listen_config result;
  table.list("s2s", result.s2s, parse_listener, listener_allowed);
  table.list("s2s_direct_tls", result.s2s_direct_tls, parse_listener, listener_allowed);
  table.list("nodes", result.nodes, parse_listener, listener_allowed);
  const auto parse_metrics =
    [](std::string_view text) -> std::optional<std::optional<ip_endpoint>> {
    if (text.empty())
      return std::optional<ip_endpoint>{};
    if (const auto address = parse_listener(text))
      return address;
    return {};
  };
  table.list("dns", result.dns, parse_listener, listener_allowed);
  table.parsed("metrics", result.metrics, parse_metrics,
               std::string{listener_allowed} + R"(; or "" for no exporter)");
  return result;
}

void check_repeated(const table_reader& table, std::string_view key,
                    const std::vector<domain_pattern>& list) {
  std::unordered_set<std::string> known;
  for (size_t i = 0; i < list.size(); ++i)
    if (list[i] != domain_pattern{} && !known.insert(list[i].str()).second)
      table.report_element(key, i, in_quotes(list[i].str()) + " twice", "each pattern once");
}

federation_config read_federation(table_reader& table, named_files& files) {
  federation_config result;
  table.boolean("enabled", result.enabled);
  table.choice("security_mode", result.security_mode,
               {security_mode::no_tls, security_mode::tls_optional, security_mode::tls_required});
  table.boolean("require_client_certificates", result.require_client_certificates);
  table.choice("require_verified", result.require_verified,
               {verification_rule::off, verification_rule::report, verification_rule::on});
  result.dialback_secret = read_secret(table, "dialback_secret", files);
  result.dialback_secret_previous =
    read_secrets(table, "dialback_secret_previous", max_previous_secrets, files);
  table.boolean("bidi", result.bidi);
  table.boolean("stream_management", result.stream_management);
  table.choice("privacy_mode", result.privacy_mode,
               {privacy_mode::off, privacy_mode::allow_list, privacy_mode::deny_list});
  table.list("allow", result.allow, domain_pattern::parse, pattern_allowed);
  table.list("deny", result.deny, domain_pattern::parse, pattern_allowed);
  table.boolean("use_static_routes", result.use_static_routes);

  check_repeated(table, "allow", result.allow);
  check_repeated(table, "deny", result.deny);
  if (result.require_client_certificates && result.security_mode == security_mode::no_tls)
    table.report("require_client_certificates", R"(true with security_mode "no-tls")",
                 "true where TLS is used");
  if (result.require_verified == verification_rule::on
      && result.security_mode == security_mode::no_tls)
    table.report("require_verified", R"("on" with security_mode "no-tls")",
                 R"("on" where TLS is used)");
  return result;
}

static_route read_static_route(table_reader& table) {
  static_route result;
  table.parsed("domain", result.domain, parse_limited_pattern, limited_pattern_allowed);
  table.require("domain", limited_pattern_allowed);
  table.parsed(
    "address", result.address,
    [](std::string_view text) { return host_address::parse(text, s2s_port); },
    host_address_allowed);
  table.require("address", host_address_allowed);
  table.boolean("direct_tls", result.direct_tls);
  table.integer("priority", result.priority, 0, 65535);
  table.integer("weight", result.weight, 0, 65535);
  table.finish();
  return result;
}

std::vector<static_route> read_static_routes(table_reader& root) {
  std::vector<static_route> result;
  std::map<std::pair<std::string, std::string>, size_t> first;
  for (auto& table : root.tables("static_route")) {
    const auto& route = result.emplace_back(read_static_route(table));
    if (route.domain == domain_pattern{} || route.address == host_address{})
      continue;
    const auto [other, fresh] =
      first.emplace(std::pair{route.domain.str(), route.address.str()}, result.size() - 1);
    if (!fresh)
      table.report("address",
                   in_quotes(route.address.str()) + ", which "
                     + path_of("static_route", other->second) + " also names",
                   "each target of a domain once");
  }
  return result;
}

dns_config read_dns(table_reader& table) {
  dns_config result;
  table.list("servers", result.servers, parse_dns_server, dns_server_allowed);
  table.boolean("allow_private_addresses", result.allow_private_addresses);
  table.boolean("validating", result.validating);
  table.seconds("timeout_s", result.timeout, 1, 60);
  table.seconds("negative_ttl_s", result.negative_ttl, 0, 86400);
  return result;
}

check_config read_check(table_reader& table) {
  check_config result;
  table.list("resolvers", result.resolvers, parse_dns_server, dns_server_allowed);
  return result;
}

limits_config read_limits(table_reader& table) {
  constexpr int64_t mebi = 1 << 20;
  constexpr int64_t gibi = mebi << 10;
  limits_config result;
  table.integer("stanza_bytes", result.stanza_bytes, 1024, 64 * mebi);
  result.unauthenticated_stanza_bytes =
    std::min(result.unauthenticated_stanza_bytes, result.stanza_bytes);
  table.integer("unauthenticated_stanza_bytes", result.unauthenticated_stanza_bytes, 1024,
                64 * mebi);
  table.integer("stanza_depth", result.stanza_depth, 4, 4096);
  table.integer("stanza_elements", result.stanza_elements, 16, mebi);
  table.integer("connections", result.connections, 1, 1000000);
  table.integer("connections_per_address", result.connections_per_address, 1, 1000000);
  table.integer("accepts_per_second", result.accepts_per_second, 1, 1000000);
  table.integer("dns_questions", result.dns_questions, 16, 65536);
  table.integer("log_lines_per_second", result.log_lines_per_second, 1, 1000000);
  table.integer("queue_bytes_per_domain", result.queue_bytes_per_domain, 1024, 16 * gibi);
  table.integer("queue_stanzas_per_domain", result.queue_stanzas_per_domain, 1, 16 * mebi);
  table.integer("inflight_bytes_per_stream", result.inflight_bytes_per_stream, 4096, gibi);
  table.integer_or_zero("memory_bytes", result.memory_bytes, mebi, (16 * gibi) << 10);
  table.integer("memory_bytes_per_connection", result.memory_bytes_per_connection, 65536, gibi);

  if (result.unauthenticated_stanza_bytes > result.stanza_bytes)
    table.report("unauthenticated_stanza_bytes",
                 std::to_string(result.unauthenticated_stanza_bytes),
                 "at most stanza_bytes, " + std::to_string(result.stanza_bytes));
  return result;
}

timeouts_config read_timeouts(table_reader& table) {
  timeouts_config result;
  table.seconds("connect", result.connect, 1, 300);
  table.seconds("negotiation", result.negotiation, 1, 3600);
  table.seconds("dialback", result.dialback, 1, 3600);
  table.seconds("queue", result.queue, 1, 3600);
  table.seconds("node", result.node, 1, 3600);
  table.seconds("idle", result.idle, 1, 604800);
  table.seconds("keepalive", result.keepalive, 1, 86400);
  table.seconds("acknowledge", result.acknowledge, 5, 3600);
  table.seconds("drain", result.drain, 0, 3600);
  return result;
}

log_config read_log(table_reader& table) {
  const auto levels = {log_level::trace, log_level::debug, log_level::info, log_level::warn,
                       log_level::error};
  log_config result;
  table.choice("level", result.level, levels);
  auto modules = table.table("modules");
  for (const auto& name : modules.keys()) {
    auto level = log_level::info;
    if (modules.choice(name, level, levels))
      result.modules.emplace(name, level);
  }
  table.choice("format", result.format, {log_format::text, log_format::json});
  return result;
}

} // namespace

config read_config(const toml_table& document, named_files& files, problem_list& problems) {
  table_reader root{problems, &document, ""};
  config result;
  section(root, "hub", [&](auto& table) { result.hub = read_hub(table, files); });
  section(root, "listen", [&](auto& table) {
    result.listen = read_listen(table);
    check_listeners(result.listen, table);
  });
  section(root, "admin", [&](auto& table) { result.admin = read_admin(table, files); });
  section(root, "federation",
          [&](auto& table) { result.federation = read_federation(table, files); });
  result.static_routes = read_static_routes(root);
  auto dns = root.table("dns");
  result.dns = read_dns(dns);
  dns.finish();
  auto dns_view = root.table("dns_view");
  result.trust = read_trust(root, result.federation, result.dns);
  section(root, "tls", [&](auto& table) { result.tls = read_tls(table, files); });
  result.nodes = read_nodes(root, files);
  section(root, "limits", [&](auto& table) { result.limits = read_limits(table); });
  section(root, "timeouts", [&](auto& table) { result.timeouts = read_timeouts(table); });
  section(root, "log", [&](auto& table) { result.log = read_log(table); });
  section(root, "check", [&](auto& table) { result.check = read_check(table); });
  result.dns_view = read_dns_view(dns_view, result, dns);
  dns_view.finish();
  root.finish();
  return result;
}

} // namespace fedhub::conf
