// The default of every key of the configuration.
#include "tests/unit/conf/file/loading.hpp"

namespace fedhub::conf {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

TEST(Defaults, are_those_of_the_contract) {
  const auto x = loaded("");
  EXPECT_EQ(x.hub.name, "hub-1");
  EXPECT_EQ(x.hub.state_dir, "etc/state");
  EXPECT_EQ(x.hub.threads, 0u);
  EXPECT_THAT(texts(x.listen.s2s), ElementsAre("[::]:5269"));
  EXPECT_THAT(x.listen.s2s_direct_tls, ElementsAre());
  EXPECT_THAT(texts(x.listen.nodes), ElementsAre("127.0.0.1:7400"));
  EXPECT_EQ(x.listen.metrics.value().str(), "127.0.0.1:9527");
  EXPECT_THAT(x.listen.dns, ElementsAre());
  EXPECT_TRUE(x.federation.enabled);
  EXPECT_EQ(x.federation.security_mode, security_mode::tls_required);
  EXPECT_FALSE(x.federation.require_client_certificates);
  EXPECT_EQ(x.federation.dialback_secret, std::nullopt);
  EXPECT_THAT(x.federation.dialback_secret_previous, ElementsAre());
  EXPECT_TRUE(x.federation.bidi);
  EXPECT_TRUE(x.federation.stream_management);
  EXPECT_EQ(x.federation.require_verified, verification_rule::off);
  EXPECT_EQ(x.federation.privacy_mode, privacy_mode::off);
  EXPECT_THAT(x.federation.allow, ElementsAre());
  EXPECT_THAT(x.federation.deny, ElementsAre());
  EXPECT_TRUE(x.federation.use_static_routes);
  EXPECT_THAT(x.trust, ElementsAre());
  EXPECT_THAT(x.static_routes, ElementsAre());
  EXPECT_THAT(x.dns.servers, ElementsAre());
  EXPECT_FALSE(x.dns.allow_private_addresses);
  EXPECT_FALSE(x.dns.validating);
  EXPECT_EQ(x.dns.timeout, 5s);
  EXPECT_EQ(x.dns.negative_ttl, 60s);
  EXPECT_EQ(x.dns_view.name.str(), "fedhub.internal");
  EXPECT_EQ(x.dns_view.address, std::nullopt);
  EXPECT_THAT(x.dns_view.allow, ElementsAre());
  EXPECT_THAT(x.dns_view.upstream, ElementsAre());
  EXPECT_EQ(x.dns_view.ttl, 60s);
  EXPECT_EQ(x.tls.ca_file, "/etc/ssl/certs/ca-certificates.crt");
  EXPECT_THAT(x.tls.crl_files, ElementsAre());
  EXPECT_EQ(x.tls.accept_eku, eku_policy::server);
  EXPECT_EQ(x.tls.preset, tls_preset::intermediate);
  EXPECT_TRUE(x.tls.session_resumption);
  EXPECT_EQ(x.tls.client_certificate, std::nullopt);
  EXPECT_THAT(x.tls.certificates, ElementsAre());
  EXPECT_THAT(x.nodes, ElementsAre());
  EXPECT_EQ(x.limits.stanza_bytes, 524288u);
  EXPECT_EQ(x.limits.unauthenticated_stanza_bytes, 8192u);
  EXPECT_EQ(x.limits.stanza_depth, 64u);
  EXPECT_EQ(x.limits.stanza_elements, 16384u);
  EXPECT_EQ(x.limits.connections, 50000u);
  EXPECT_EQ(x.limits.connections_per_address, 64u);
  EXPECT_EQ(x.limits.accepts_per_second, 500u);
  EXPECT_EQ(x.limits.dns_questions, 4096u);
  EXPECT_EQ(x.limits.log_lines_per_second, 50u);
  EXPECT_EQ(x.limits.queue_bytes_per_domain, 4194304u);
  EXPECT_EQ(x.limits.queue_stanzas_per_domain, 32768u);
  EXPECT_EQ(x.limits.inflight_bytes_per_stream, 1048576u);
  EXPECT_EQ(x.limits.memory_bytes, 0u);
  EXPECT_EQ(x.timeouts.connect, 10s);
  EXPECT_EQ(x.timeouts.negotiation, 30s);
  EXPECT_EQ(x.timeouts.dialback, 30s);
  EXPECT_EQ(x.timeouts.queue, 30s);
  EXPECT_EQ(x.timeouts.node, 5s);
  EXPECT_EQ(x.timeouts.idle, 600s);
  EXPECT_EQ(x.timeouts.keepalive, 60s);
  EXPECT_EQ(x.timeouts.acknowledge, 60s);
  EXPECT_EQ(x.timeouts.drain, 10s);
  EXPECT_EQ(x.log.level, log_level::info);
  EXPECT_TRUE(x.log.modules.empty());
  EXPECT_EQ(x.log.format, log_format::text);
}

TEST(Defaults, of_rows_are_those_of_the_contract) {
  const auto x = loaded(R"(
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
  ASSERT_EQ(x.static_routes.size(), 1u);
  EXPECT_EQ(x.static_routes[0].address.str(), "192.0.2.7:5269");
  EXPECT_FALSE(x.static_routes[0].direct_tls);
  EXPECT_EQ(x.static_routes[0].priority, 0u);
  EXPECT_EQ(x.static_routes[0].weight, 0u);
  ASSERT_EQ(x.nodes.size(), 2u);
  EXPECT_EQ(x.nodes[0].name, "node-1");
  EXPECT_EQ(x.nodes[1].name, "node-2");
  EXPECT_EQ(x.nodes[0].protocol(), node_protocol::component);
}

} // namespace
} // namespace fedhub::conf
