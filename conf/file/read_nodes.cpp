#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "conf/file/read_config.hpp"

namespace fedhub::conf {

namespace {

struct row {
  table_reader table;
  node_config node;
  std::optional<node_protocol> protocol; ///< nothing if the file names neither protocol.
};

constexpr std::string_view network_allowed = R"("ADDRESS/PREFIX-LENGTH" or "ADDRESS")";

void read_address(table_reader& table, host_address& into) {
  table.parsed(
    "address", into, [](std::string_view text) { return host_address::parse(text, s2s_port); },
    host_address_allowed);
}

void read_trusted_from(table_reader& table, std::vector<ip_network>& into) {
  table.nonempty_list("trusted_from", into, ip_network::parse, network_allowed);
}

// Tools write rows with all keys and only switch `protocol`. So the keys of the other protocol are
// checked, but have no effect.

component_access read_component(table_reader& table, named_files& files) {
  s2s_access unused;
  read_address(table, unused.address);
  table.list("trusted_from", unused.trusted_from, ip_network::parse, network_allowed);
  auto secret = read_secret(table, "secret", files);
  if (!table.has("secret_file"))
    table.require("secret", "string, not empty; or the key secret_file");
  return {secret.value_or(conf::secret{})};
}

s2s_access read_s2s(table_reader& table, named_files& files) {
  read_secret(table, "secret", files);
  s2s_access result;
  read_address(table, result.address);
  table.require("address", host_address_allowed);
  read_trusted_from(table, result.trusted_from);
  table.require("trusted_from", "array of " + std::string{network_allowed});
  return result;
}

row read_row(table_reader table, size_t index, named_files& files) {
  row result{std::move(table), {}, {}};
  auto& [reader, node, protocol] = result;
  node.name = "node-" + std::to_string(index + 1);
  if (!reader.present())
    return result;
  reader.parsed("name", node.name, parse_name, name_allowed);
  reader.nonempty_list("domains", node.domains, parse_limited_pattern, limited_pattern_allowed);
  auto chosen = node_protocol::component;
  if (reader.choice("protocol", chosen, {node_protocol::component, node_protocol::s2s}))
    protocol = chosen;
  reader.require("domains", "array of " + std::string{limited_pattern_allowed});
  reader.know({"secret", "secret_file", "address", "trusted_from"});
  if (protocol == node_protocol::component)
    node.access = read_component(reader, files);
  else if (protocol == node_protocol::s2s)
    node.access = read_s2s(reader, files);
  reader.finish();
  return result;
}

void check_names(const std::vector<row>& rows) {
  std::map<std::string, size_t> first;
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto [other, fresh] = first.emplace(rows[i].node.name, i);
    if (!fresh)
      rows[i].table.report("name",
                           in_quotes(rows[i].node.name) + ", which "
                             + path_of("node", other->second) + " also uses",
                           "a name that no other node has");
  }
}

/// Nodes that share a domain take turns with its stanzas or replace each other. Two protocols
/// cannot do that.
void check_domains(const std::vector<row>& rows) {
  std::map<std::string, size_t> first;
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto& [table, node, protocol] = rows[i];
    for (size_t j = 0; j < node.domains.size(); ++j) {
      if (node.domains[j] == domain_pattern{})
        continue;
      const auto text = node.domains[j].str();
      const auto [known, fresh] = first.emplace(text, i);
      const auto other = known->second;
      if (!fresh && other == i)
        table.report_element("domains", j, in_quotes(text) + " twice", "each domain once");
      else if (protocol && rows[other].protocol && protocol != rows[other].protocol)
        table.report_element("domains", j,
                             in_quotes(text) + ", which " + path_of("node", other)
                               + " serves by protocol "
                               + in_quotes(to_string(*rows[other].protocol)),
                             "one protocol for all nodes of a domain");
    }
  }
}

/// Adds the IDNA2003 forms of each node's domains. A form that two nodes would have is given to
/// neither: servers that use IDNA2003 cannot distinguish the two domains, and the configuration
/// does not say to which node the form belongs.
void add_transitional_domains(std::vector<node_config>& nodes) {
  std::map<std::string, std::set<size_t>> claims;
  for (size_t i = 0; i < nodes.size(); ++i)
    for (auto& domain : nodes[i].domains) {
      claims[domain.str()].insert(i);
      claims[domain.transitional().str()].insert(i);
    }
  for (auto& node : nodes) {
    std::set<std::string> known;
    for (const auto& domain : node.domains)
      known.insert(domain.str());
    for (const auto& domain : node.domains)
      if (auto form = domain.transitional(); form != domain
                                             && claims[form.str()] == claims[domain.str()]
                                             && known.insert(form.str()).second)
        node.transitional_domains.push_back(std::move(form));
  }
}

} // namespace

std::vector<node_config> read_nodes(table_reader& root, named_files& files) {
  std::vector<row> rows;
  for (auto& table : root.tables("node"))
    rows.push_back(read_row(std::move(table), rows.size(), files));
  check_names(rows);
  check_domains(rows);
  std::vector<node_config> result;
  result.reserve(rows.size());
  for (auto& one : rows)
    result.push_back(std::move(one.node));
  add_transitional_domains(result);
  return result;
}

} // namespace fedhub::conf
