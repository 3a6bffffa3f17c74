// The configuration files that come with the hub, and an example with all keys.
#include "tests/unit/conf/file/loading.hpp"

#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>

#include "conf/schema/default_text.hpp"

namespace fedhub::conf {
namespace {

using testing::SizeIs;

std::filesystem::path conf_folder() {
  return std::filesystem::path{FEDHUB_CORPUS_DIR} / "../../conf";
}

config loaded_file(const std::filesystem::path& path) {
  const auto result = load_file(path);
  for (const auto& problem : result.problems)
    ADD_FAILURE() << to_string(problem);
  return result.value ? *result.value : config{};
}

TEST(DefaultText, has_the_defaults) { EXPECT_EQ(loaded(default_text()), loaded("")); }

TEST(DefaultText, is_the_file) {
  std::ifstream file{conf_folder() / "default.toml"};
  std::ostringstream content;
  content << file.rdbuf();
  EXPECT_EQ(default_text(), content.str());
}

/// Turns a file's commented-out examples into settings, except for the second form of secrets.
std::string with_examples(std::string_view text) {
  std::istringstream lines{std::string{text}};
  std::string result;
  const std::regex example{R"(#([a-z_]+ = .*|\[.*\]))"};
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    const bool use = std::regex_match(line, match, example)
                     && !line.starts_with("#dialback_secret_file")
                     && !line.starts_with("#dialback_secret_previous_file");
    result += (use ? match[1].str() : line) + "\n";
  }
  return result;
}

TEST(DefaultText, shows_every_other_key_in_examples_that_load) {
  auto text = with_examples(default_text());
  // The files that the examples name do not exist, so any files take their place.
  for (const std::string_view name :
       {"\"corp.pem\"", "\"corp.key\"", "\"corp.ocsp\"", "\"client.pem\"", "\"client.key\"",
        "\"/etc/ssl/certs/ca-certificates.crt\""})
    text.replace(text.find(name), name.size(),
                 "'" + (conf_folder() / "default.toml").string() + "'");
  const auto result = loaded(text);
  EXPECT_THAT(result.static_routes, SizeIs(1));
  EXPECT_THAT(result.trust, SizeIs(1));
  EXPECT_THAT(result.tls.certificates, SizeIs(1));
  EXPECT_TRUE(result.tls.client_certificate);
  EXPECT_THAT(result.nodes, SizeIs(2));
  EXPECT_TRUE(result.federation.dialback_secret);
}

TEST(Examples, component_node_loads) {
  const auto result = loaded_file(conf_folder() / "examples/component-node.toml");
  ASSERT_THAT(result.nodes, SizeIs(2));
  EXPECT_EQ(result.nodes[0].domains, result.nodes[1].domains);
  EXPECT_EQ(result.nodes[0].protocol(), node_protocol::component);
}

TEST(Examples, prosody_behind_the_hub_loads) {
  const auto result = loaded_file(conf_folder() / "examples/prosody-behind-the-hub.toml");
  ASSERT_THAT(result.nodes, SizeIs(1));
  EXPECT_EQ(result.nodes[0].protocol(), node_protocol::s2s);
}

TEST(Examples, static_routes_and_privacy_loads) {
  const auto result = loaded_file(conf_folder() / "examples/static-routes-and-privacy.toml");
  EXPECT_THAT(result.static_routes, SizeIs(3));
  EXPECT_EQ(result.federation.privacy_mode, privacy_mode::allow_list);
}

TEST(Examples, have_a_test_each) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator{conf_folder() / "examples"})
    names.push_back(entry.path().filename());
  std::ranges::sort(names);
  EXPECT_THAT(names, testing::ElementsAre("component-node.toml", "prosody-behind-the-hub.toml",
                                          "static-routes-and-privacy.toml"));
}

class Contract : public folder_test {};

/// All keys at once. The only node row has the keys of both protocols, and the files that are named
/// exist on every machine.
TEST_F(Contract, loads_with_all_of_its_keys) {
  write("corp.pem", "x");
  write("corp.key", "x");
  write("ca.crt", "x");
  const auto result = load(R"(
[hub]
name = "hub-1"                  # instance name
state_dir = "state"
threads = 0

[listen]
s2s = ["[::]:5269"]
s2s_direct_tls = []
nodes = ["127.0.0.1:7400"]
metrics = "127.0.0.1:9527"
dns = []

[federation]
enabled = true
security_mode = "tls-required"
require_client_certificates = false
dialback_secret = "…"
dialback_secret_previous = ["old", "older"]
bidi = true
stream_management = true
privacy_mode = "off"
allow = ["partner.example", "*.partner.example"]
deny = []
use_static_routes = true

[[trust]]
domain = "*.partner.example"
methods = ["pkix", "dane", "pin", "dialback"]
pins = ["sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="]
security_mode = "tls-required"
report_only = false

[[static_route]]
domain = "partner.example"
address = "192.0.2.7:5269"
direct_tls = false
priority = 0
weight = 0

[dns]
servers = ["127.0.0.1:5353"]
allow_private_addresses = false
validating = false
timeout_s = 5
negative_ttl_s = 60

[check]
resolvers = ["192.0.2.53"]

[dns_view]
name = "fedhub.internal"
address = ""
allow = []
upstream = []
ttl_s = 60

[tls]
ca_file = "ca.crt"
crl_files = []
accept_eku = "server"
preset = "intermediate"
session_resumption = true
[tls.client_certificate]
chain_file = ""
key_file = ""
[[tls.certificate]]
chain_file = "corp.pem"
key_file = "corp.key"
ocsp_file = ""

[[node]]
name = "cm-2_s2scp-1"
domains = ["corp.example"]
protocol = "component"
secret = "…"
address = "10.0.0.5:5269"
trusted_from = ["10.0.0.5/32"]

[limits]
stanza_bytes = 524288
unauthenticated_stanza_bytes = 8192
stanza_depth = 64
stanza_elements = 16384
connections = 50000
connections_per_address = 64
accepts_per_second = 500
queue_bytes_per_domain = 4194304
queue_stanzas_per_domain = 32768
inflight_bytes_per_stream = 1048576
memory_bytes = 0
memory_bytes_per_connection = 262144

[timeouts]
connect = 10
negotiation = 30
dialback = 30
queue = 30
node = 5
idle = 600
keepalive = 60
acknowledge = 60
drain = 10

[log]
level = "info"
modules = { "DBVerify" = "debug" }
format = "text"
)");
  for (const auto& problem : result.problems)
    ADD_FAILURE() << to_string(problem);
  ASSERT_TRUE(result);
  const auto& found = *result.value;
  EXPECT_EQ(found.federation.dialback_secret->reveal(), "…");
  EXPECT_THAT(found.federation.allow, SizeIs(2));
  EXPECT_THAT(found.federation.dialback_secret_previous, SizeIs(2));
  ASSERT_THAT(found.trust, SizeIs(1));
  EXPECT_THAT(found.trust[0].methods, SizeIs(4));
  EXPECT_EQ(found.tls.client_certificate, std::nullopt);
  EXPECT_THAT(found.static_routes, SizeIs(1));
  ASSERT_THAT(found.nodes, SizeIs(1));
  EXPECT_EQ(found.nodes[0].protocol(), node_protocol::component);
  EXPECT_EQ(found.log.modules.at("DBVerify"), log_level::debug);
  // Values that are given as defaults really are the defaults.
  EXPECT_EQ(found.listen, config{}.listen);
  EXPECT_EQ(found.limits, config{}.limits);
  EXPECT_EQ(found.timeouts, config{}.timeouts);
}

} // namespace
} // namespace fedhub::conf
