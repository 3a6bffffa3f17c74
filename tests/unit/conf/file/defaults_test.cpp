// The default of every key of the configuration.
#include "tests/unit/conf/file/loading.hpp"

namespace fedhub::conf {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

TEST(Defaults, are_those_of_the_contract) {
  const auto result = loaded("");
  EXPECT_EQ(result.hub.name, "hub-1");
  EXPECT_EQ(result.hub.state_dir, "etc/state");
  EXPECT_EQ(result.hub.threads, 0u);
  EXPECT_THAT(texts(result.listen.s2s), ElementsAre("[::]:5269"));
  EXPECT_THAT(result.listen.s2s_direct_tls, ElementsAre());
  EXPECT_THAT(texts(result.listen.nodes), ElementsAre("127.0.0.1:7400"));
  EXPECT_EQ(result.listen.metrics.value().str(), "127.0.0.1:9527");
  EXPECT_THAT(result.listen.dns, ElementsAre());
  EXPECT_TRUE(result.federation.enabled);
  EXPECT_EQ(result.federation.security_mode, security_mode::tls_required);
  EXPECT_FALSE(result.federation.require_client_certificates);
  EXPECT_EQ(result.federation.dialback_secret, std::nullopt);
  EXPECT_THAT(result.federation.dialback_secret_previous, ElementsAre());
  EXPECT_TRUE(result.federation.bidi);
  EXPECT_TRUE(result.federation.stream_management);
  EXPECT_EQ(result.federation.require_verified, verification_rule::off);
  EXPECT_EQ(result.federation.privacy_mode, privacy_mode::off);
  EXPECT_THAT(result.federation.allow, ElementsAre());
  EXPECT_THAT(result.federation.deny, ElementsAre());
  EXPECT_TRUE(result.federation.use_static_routes);
  EXPECT_THAT(result.trust, ElementsAre());
  EXPECT_THAT(result.static_routes, ElementsAre());
  EXPECT_THAT(result.dns.servers, ElementsAre());
  EXPECT_THAT(result.check.resolvers, ElementsAre());
  EXPECT_FALSE(result.dns.allow_private_addresses);
  EXPECT_FALSE(result.dns.validating);
  EXPECT_EQ(result.dns.timeout, 5s);
  EXPECT_EQ(result.dns.negative_ttl, 60s);
  EXPECT_EQ(result.dns_view.name.str(), "fedhub.internal");
  EXPECT_EQ(result.dns_view.address, std::nullopt);
  EXPECT_THAT(result.dns_view.allow, ElementsAre());
  EXPECT_THAT(result.dns_view.upstream, ElementsAre());
  EXPECT_EQ(result.dns_view.ttl, 60s);
  EXPECT_EQ(result.tls.ca_file, "/etc/ssl/certs/ca-certificates.crt");
  EXPECT_THAT(result.tls.crl_files, ElementsAre());
  EXPECT_EQ(result.tls.accept_eku, eku_policy::server);
  EXPECT_EQ(result.tls.preset, tls_preset::intermediate);
  EXPECT_TRUE(result.tls.session_resumption);
  EXPECT_EQ(result.tls.client_certificate, std::nullopt);
  EXPECT_THAT(result.tls.certificates, ElementsAre());
  EXPECT_THAT(result.nodes, ElementsAre());
  EXPECT_EQ(result.limits.stanza_bytes, 524288u);
  EXPECT_EQ(result.limits.unauthenticated_stanza_bytes, 8192u);
  EXPECT_EQ(result.limits.stanza_depth, 64u);
  EXPECT_EQ(result.limits.stanza_elements, 16384u);
  EXPECT_EQ(result.limits.connections, 50000u);
  EXPECT_EQ(result.limits.connections_per_address, 64u);
  EXPECT_EQ(result.limits.accepts_per_second, 500u);
  EXPECT_EQ(result.limits.dns_questions, 4096u);
  EXPECT_EQ(result.limits.log_lines_per_second, 50u);
  EXPECT_EQ(result.limits.queue_bytes_per_domain, 4194304u);
  EXPECT_EQ(result.limits.queue_stanzas_per_domain, 32768u);
  EXPECT_EQ(result.limits.inflight_bytes_per_stream, 1048576u);
  EXPECT_EQ(result.limits.memory_bytes, 0u);
  EXPECT_EQ(result.timeouts.connect, 10s);
  EXPECT_EQ(result.timeouts.negotiation, 30s);
  EXPECT_EQ(result.timeouts.dialback, 30s);
  EXPECT_EQ(result.timeouts.queue, 30s);
  EXPECT_EQ(result.timeouts.node, 5s);
  EXPECT_EQ(result.timeouts.idle, 600s);
  EXPECT_EQ(result.timeouts.keepalive, 60s);
  EXPECT_EQ(result.timeouts.acknowledge, 60s);
  EXPECT_EQ(result.timeouts.drain, 10s);
  EXPECT_EQ(result.log.level, log_level::info);
  EXPECT_TRUE(result.log.modules.empty());
  EXPECT_EQ(result.log.format, log_format::text);
}

TEST(Defaults, of_rows_are_those_of_the_contract) {
  const auto result = loaded(R"(
[[static_route]]
domain = "partner.example"
address = "192.0.2.7"
[[node]]
domains = ["a.example"]
secret = "s"
[[node]]
domains = ["b.example"]
secret = "s"
)");
  ASSERT_EQ(result.static_routes.size(), 1u);
  EXPECT_EQ(result.static_routes[0].address.str(), "192.0.2.7:5269");
  EXPECT_FALSE(result.static_routes[0].direct_tls);
  EXPECT_EQ(result.static_routes[0].priority, 0u);
  EXPECT_EQ(result.static_routes[0].weight, 0u);
  ASSERT_EQ(result.nodes.size(), 2u);
  EXPECT_EQ(result.nodes[0].name, "node-1");
  EXPECT_EQ(result.nodes[1].name, "node-2");
  EXPECT_EQ(result.nodes[0].protocol(), node_protocol::component);
}

} // namespace
} // namespace fedhub::conf
