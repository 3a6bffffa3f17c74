// Every key of the configuration: accepted and refused values.
#include "tests/unit/conf/file/loading.hpp"

namespace fedhub::conf {
namespace {

using testing::ElementsAre;

/// Returns a text that sets one key. The key is on the last line: line 4 for a row, otherwise 3.
std::string setting(std::string_view table, std::string_view key, std::string_view value,
                    std::string_view before = "") {
  return std::string{table} + "\n" + std::string{before} + "\n" + std::string{key} + " = "
         + std::string{value};
}

struct integer_key {
  std::string_view table;
  std::string_view key;
  int64_t min;
  int64_t max;
  int64_t (*value)(const config&);
  std::string_view before = ""; ///< a line that the largest value needs.
};

const integer_key integer_keys[] = {
  {"hub", "threads", 0, 256, [](const config& x) -> int64_t { return x.hub.threads; }},
  {"dns", "timeout_s", 1, 60, [](const config& x) { return x.dns.timeout.count(); }},
  {"dns", "negative_ttl_s", 0, 86400, [](const config& x) { return x.dns.negative_ttl.count(); }},
  {"dns_view", "ttl_s", 0, 86400, [](const config& x) { return x.dns_view.ttl.count(); }},
#define LIMIT(name) [](const config& x) -> int64_t { return static_cast<int64_t>(x.limits.name); }
  {"limits", "stanza_bytes", 1024, 67108864, LIMIT(stanza_bytes)},
  {"limits", "unauthenticated_stanza_bytes", 1024, 67108864, LIMIT(unauthenticated_stanza_bytes),
   "stanza_bytes = 67108864"},
  {"limits", "stanza_depth", 4, 4096, LIMIT(stanza_depth)},
  {"limits", "stanza_elements", 16, 1048576, LIMIT(stanza_elements)},
  {"limits", "connections", 1, 1000000, LIMIT(connections)},
  {"limits", "connections_per_address", 1, 1000000, LIMIT(connections_per_address)},
  {"limits", "accepts_per_second", 1, 1000000, LIMIT(accepts_per_second)},
  {"limits", "dns_questions", 16, 65536, LIMIT(dns_questions)},
  {"limits", "log_lines_per_second", 1, 1000000, LIMIT(log_lines_per_second)},
  {"limits", "queue_bytes_per_domain", 1024, 17179869184, LIMIT(queue_bytes_per_domain)},
  {"limits", "queue_stanzas_per_domain", 1, 16777216, LIMIT(queue_stanzas_per_domain)},
  {"limits", "inflight_bytes_per_stream", 4096, 1073741824, LIMIT(inflight_bytes_per_stream)},
#undef LIMIT
#define TIMEOUT(name) [](const config& x) -> int64_t { return x.timeouts.name.count(); }
  {"timeouts", "connect", 1, 300, TIMEOUT(connect)},
  {"timeouts", "negotiation", 1, 3600, TIMEOUT(negotiation)},
  {"timeouts", "dialback", 1, 3600, TIMEOUT(dialback)},
  {"timeouts", "queue", 1, 3600, TIMEOUT(queue)},
  {"timeouts", "node", 1, 3600, TIMEOUT(node)},
  {"timeouts", "idle", 1, 604800, TIMEOUT(idle)},
  {"timeouts", "keepalive", 1, 86400, TIMEOUT(keepalive)},
  {"timeouts", "acknowledge", 5, 3600, TIMEOUT(acknowledge)},
  {"timeouts", "drain", 0, 3600, TIMEOUT(drain)},
#undef TIMEOUT
};

TEST(IntegerKeys, take_their_range_and_nothing_else) {
  for (const auto& integer_key : integer_keys) {
    const auto table = "[" + std::string{integer_key.table} + "]";
    const auto name = std::string{integer_key.table} + "." + std::string{integer_key.key};
    const auto allowed = "; allowed integer " + std::to_string(integer_key.min) + ".."
                         + std::to_string(integer_key.max);
    for (const auto good : {integer_key.min, integer_key.max})
      EXPECT_EQ(integer_key.value(loaded(
                  setting(table, integer_key.key, std::to_string(good), integer_key.before))),
                good)
        << name;
    for (const auto& [value, found] : {
           std::pair{std::to_string(integer_key.min - 1), std::to_string(integer_key.min - 1)},
           std::pair{std::to_string(integer_key.max + 1), std::to_string(integer_key.max + 1)},
           std::pair{std::string{"-9223372036854775808"}, std::string{"-9223372036854775808"}},
           std::pair{std::string{"'many'"}, std::string{"string \"many\""}},
           std::pair{std::string{"2.5"}, std::string{"float 2.5"}},
           std::pair{std::string{"true"}, std::string{"boolean true"}},
           std::pair{std::string{"[]"}, std::string{"array"}},
         })
      EXPECT_THAT(problems_of(setting(table, integer_key.key, value, integer_key.before)),
                  ElementsAre(concat("f:3: ", name, ": found ", found, allowed)));
  }
}

TEST(IntegerKeys, of_a_static_route_are_16_bits_wide) {
  const std::string row = "[[static_route]]\ndomain = 'a.example'\naddress = '192.0.2.1'\n";
  const auto result = loaded(row + "priority = 65535\nweight = 1");
  EXPECT_EQ(result.static_routes.at(0).priority, 65535u);
  EXPECT_EQ(result.static_routes.at(0).weight, 1u);
  EXPECT_THAT(problems_of(row + "priority = 65536\nweight = -1"),
              ElementsAre("f:4: static_route[0].priority: found 65536; allowed integer 0..65535",
                          "f:5: static_route[0].weight: found -1; allowed integer 0..65535"));
}

TEST(MemoryBytes, are_0_or_a_mebibyte_and_more) {
  EXPECT_EQ(loaded("limits.memory_bytes = 0").limits.memory_bytes, 0u);
  EXPECT_EQ(loaded("limits.memory_bytes = 1048576").limits.memory_bytes, 1048576u);
  EXPECT_EQ(loaded("limits.memory_bytes = 17592186044416").limits.memory_bytes, 17592186044416u);
  for (const std::string bad : {"1", "1048575", "17592186044417", "-1"})
    EXPECT_THAT(problems_of("limits.memory_bytes = " + bad),
                ElementsAre("f:1: limits.memory_bytes: found " + bad
                            + "; allowed 0, or integer 1048576..17592186044416"));
}

TEST(StanzaBytes, bound_those_before_authentication) {
  EXPECT_EQ(loaded("limits.stanza_bytes = 4096").limits.unauthenticated_stanza_bytes, 4096u);
  EXPECT_THAT(problems_of("[limits]\nstanza_bytes = 10000\nunauthenticated_stanza_bytes = 10001"),
              ElementsAre("f:3: limits.unauthenticated_stanza_bytes: found 10001; allowed at most "
                          "stanza_bytes, 10000"));
}

TEST(BooleanKeys, take_true_and_false_only) {
  struct {
    std::string name;
    bool (*value)(const config&);
  } const cases[] = {
    {"federation.enabled", [](const config& x) { return x.federation.enabled; }},
    {"federation.require_client_certificates",
     [](const config& x) { return x.federation.require_client_certificates; }},
    {"federation.use_static_routes",
     [](const config& x) { return x.federation.use_static_routes; }},
    {"federation.bidi", [](const config& x) { return x.federation.bidi; }},
    {"federation.stream_management",
     [](const config& x) { return x.federation.stream_management; }},
    {"dns.allow_private_addresses", [](const config& x) { return x.dns.allow_private_addresses; }},
    {"dns.validating", [](const config& x) { return x.dns.validating; }},
    {"tls.session_resumption", [](const config& x) { return x.tls.session_resumption; }},
  };
  for (const auto& [name, value] : cases) {
    EXPECT_TRUE(value(loaded(name + " = true"))) << name;
    EXPECT_FALSE(value(loaded(name + " = false"))) << name;
    EXPECT_THAT(problems_of(name + " = 'yes'"),
                ElementsAre("f:1: " + name + ": found string \"yes\"; allowed true | false"));
    EXPECT_THAT(problems_of(name + " = 1"),
                ElementsAre("f:1: " + name + ": found integer 1; allowed true | false"));
  }
}

/// Sets `name` to each word in turn and reads it back, then to other words, which are refused.
template <class Value>
void expect_choice(const std::string& name, const std::vector<std::string>& words, Value value) {
  std::string allowed;
  for (const auto& word : words) {
    EXPECT_EQ(to_string(value(loaded(concat(name, " = '", word, "'")))), word);
    allowed += concat(allowed.empty() ? "\"" : " | \"", word, "\"");
  }
  EXPECT_THAT(problems_of(name + " = 'On'"),
              ElementsAre("f:1: " + name + ": found \"On\"; allowed " + allowed));
  EXPECT_THAT(problems_of(name + " = true"),
              ElementsAre("f:1: " + name + ": found boolean true; allowed string: " + allowed));
}

TEST(ChoiceKeys, take_their_words_only) {
  expect_choice("federation.security_mode", {"no-tls", "tls-optional", "tls-required"},
                [](const config& x) { return x.federation.security_mode; });
  expect_choice("federation.require_verified", {"off", "report", "on"},
                [](const config& x) { return x.federation.require_verified; });
  expect_choice("federation.privacy_mode", {"off", "allow-list", "deny-list"},
                [](const config& x) { return x.federation.privacy_mode; });
  expect_choice("tls.accept_eku", {"server", "client", "any"},
                [](const config& x) { return x.tls.accept_eku; });
  expect_choice("tls.preset", {"modern", "intermediate"},
                [](const config& x) { return x.tls.preset; });
  expect_choice("log.level", {"trace", "debug", "info", "warn", "error"},
                [](const config& x) { return x.log.level; });
  expect_choice("log.modules.DBVerify", {"trace", "debug", "info", "warn", "error"},
                [](const config& x) { return x.log.modules.at("DBVerify"); });
  expect_choice("log.format", {"text", "json"}, [](const config& x) { return x.log.format; });
}

TEST(LogModules, may_have_dots_in_quotes_only) {
  const auto result = loaded(R"(log.modules = { "stream.in" = "debug", "DBVerify" = "trace" })");
  EXPECT_EQ(result.log.modules,
            (std::map<std::string, log_level>{{"DBVerify", log_level::trace},
                                              {"stream.in", log_level::debug}}));
  EXPECT_THAT(problems_of("[log]\nmodules = { stream.in = 'debug' }"),
              ElementsAre("f:2: log.modules.stream: found table; allowed string: \"trace\" | "
                          "\"debug\" | \"info\" | \"warn\" | \"error\""));
  EXPECT_THAT(problems_of("[log]\nmodules = { 'stream.in' = 'loud' }"),
              ElementsAre("f:2: log.modules.\"stream.in\": found \"loud\"; allowed \"trace\" | "
                          "\"debug\" | \"info\" | \"warn\" | \"error\""));
  EXPECT_THAT(problems_of("log.modules = 'debug'"),
              ElementsAre("f:1: log.modules: found string \"debug\"; allowed table"));
}

struct list_key {
  std::string_view name;
  std::string_view good; ///< TOML.
  std::vector<std::string> read;
  std::string_view bad; ///< one element, without quotes.
  std::string_view allowed;
  std::vector<std::string> (*value)(const config&);
};

TEST(ListKeys, take_arrays_of_what_they_hold) {
  constexpr std::string_view listener = R"("IPV4:PORT" or "[IPV6]:PORT", port 0..65535)";
  constexpr std::string_view pattern = R"(a domain, "*." and a domain, or "*")";
  const list_key keys[] = {
    {"listen.s2s",
     "['[::1]:1', '192.0.2.1:0']",
     {"[::1]:1", "192.0.2.1:0"},
     "localhost:5269",
     listener,
     [](const config& x) { return texts(x.listen.s2s); }},
    {"listen.s2s",
     "[]",
     {},
     ":5269",
     listener,
     [](const config& x) { return texts(x.listen.s2s); }},
    {"listen.s2s_direct_tls",
     "['[::]:5270']",
     {"[::]:5270"},
     "[::]",
     listener,
     [](const config& x) { return texts(x.listen.s2s_direct_tls); }},
    {"listen.nodes",
     "['10.0.0.1:7400']",
     {"10.0.0.1:7400"},
     "10.0.0.1:70000",
     listener,
     [](const config& x) { return texts(x.listen.nodes); }},
    {"listen.dns",
     "['127.0.0.1:53', '127.0.0.2:0']",
     {"127.0.0.1:53", "127.0.0.2:0"},
     "10.0.0.1",
     listener,
     [](const config& x) { return texts(x.listen.dns); }},
    {"dns_view.upstream",
     "['192.0.2.1', '[2001:db8::1]:5353']",
     {"192.0.2.1:53", "[2001:db8::1]:5353"},
     "dns.example",
     R"("IPV4", "IPV4:PORT" or "[IPV6]:PORT", port 1..65535)",
     [](const config& x) { return texts(x.dns_view.upstream); }},
    {"federation.allow",
     "['A.Example', '*.b.example', '*']",
     {"a.example", "*.b.example", "*"},
     "a..example",
     pattern,
     [](const config& x) { return texts(x.federation.allow); }},
    {"federation.deny",
     "['*.münchen.example']",
     {"*.xn--mnchen-3ya.example"},
     "*a.example",
     pattern,
     [](const config& x) { return texts(x.federation.deny); }},
    {"dns.servers",
     "['127.0.0.1:5353', '192.0.2.1', '[::1]']",
     {"127.0.0.1:5353", "192.0.2.1:53", "[::1]:53"},
     "192.0.2.1:0",
     R"("IPV4", "IPV4:PORT" or "[IPV6]:PORT", port 1..65535)",
     [](const config& x) { return texts(x.dns.servers); }},
    {"check.resolvers",
     "['127.0.0.1:5353', '192.0.2.1', '[::1]']",
     {"127.0.0.1:5353", "192.0.2.1:53", "[::1]:53"},
     "192.0.2.1:0",
     R"("IPV4", "IPV4:PORT" or "[IPV6]:PORT", port 1..65535)",
     [](const config& x) { return texts(x.check.resolvers); }},
  };
  for (const auto& key : keys) {
    const std::string name{key.name};
    EXPECT_EQ(key.value(loaded(concat(name, " = ", key.good))), key.read) << name;
    EXPECT_THAT(
      problems_of(concat(name, " = ['", key.bad, "']")),
      ElementsAre(concat("f:1: ", name, "[0]: found \"", key.bad, "\"; allowed ", key.allowed)));
    EXPECT_THAT(
      problems_of(name + " = '192.0.2.1:1'"),
      ElementsAre(
        concat("f:1: ", name, ": found string \"192.0.2.1:1\"; allowed array of ", key.allowed)));
    EXPECT_THAT(
      problems_of(name + " = [\n5269]"),
      ElementsAre(concat("f:2: ", name, "[0]: found integer 5269; allowed string: ", key.allowed)));
  }
}

TEST(ListenMetrics, is_an_address_or_off) {
  EXPECT_EQ(loaded("listen.metrics = '[::1]:0'").listen.metrics.value().str(), "[::1]:0");
  EXPECT_EQ(loaded("listen.metrics = ''").listen.metrics, std::nullopt);
  EXPECT_THAT(problems_of("listen.metrics = '9527'"),
              ElementsAre("f:1: listen.metrics: found \"9527\"; allowed \"IPV4:PORT\" or "
                          "\"[IPV6]:PORT\", port 0..65535; or \"\" for no exporter"));
  EXPECT_THAT(problems_of("listen.metrics = ['127.0.0.1:9527']"), testing::SizeIs(1));
}

TEST(Names, are_1_to_128_octets_without_controls) {
  EXPECT_EQ(loaded("hub.name = 'Zürich 1'").hub.name, "Zürich 1");
  EXPECT_EQ(loaded("hub.name = '" + std::string(128, 'n') + "'").hub.name.size(), 128u);
  constexpr auto allowed = "; allowed 1..128 octets without control characters";
  EXPECT_THAT(problems_of("hub.name = ''"),
              ElementsAre(std::string{"f:1: hub.name: found \"\""} + allowed));
  EXPECT_THAT(problems_of(R"(hub.name = "a\nb")"),
              ElementsAre(std::string{R"(f:1: hub.name: found "a\x0ab")"} + allowed));
  EXPECT_THAT(problems_of("hub.name = '" + std::string(129, 'n') + "'"), testing::SizeIs(1));
  EXPECT_THAT(problems_of("hub.name = 1"), testing::SizeIs(1));
}

TEST(StaticRoutes, keep_their_order_and_values) {
  const auto result = loaded(R"(
[[static_route]]
domain = "partner.example"
address = "192.0.2.7:5270"
direct_tls = true
priority = 10
weight = 5
[[static_route]]
domain = "*.partner.example"
address = "xmpp.partner.example"
)");
  ASSERT_EQ(result.static_routes.size(), 2u);
  EXPECT_EQ(result.static_routes[0].domain.str(), "partner.example");
  EXPECT_EQ(result.static_routes[0].address.str(), "192.0.2.7:5270");
  EXPECT_TRUE(result.static_routes[0].direct_tls);
  EXPECT_EQ(result.static_routes[0].priority, 10u);
  EXPECT_EQ(result.static_routes[0].weight, 5u);
  EXPECT_EQ(result.static_routes[1].domain.str(), "*.partner.example");
  EXPECT_EQ(result.static_routes[1].address.str(), "xmpp.partner.example:5269");
}

} // namespace
} // namespace fedhub::conf
