#include "actors/admin/explained_rules.hpp"

#include <gmock/gmock.h>

#include "conf/file/loader.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using admin::explained_step;
using admin::explanation_row;
using admin::step_result;
using testing::AllOf;
using testing::HasSubstr;

domain_name domain(std::string_view text) { return domain_name::parse(text).value(); }

const std::string node_row =
  "[[node]]\nname = 'im'\ndomains = ['corp.example', '*.corp.example']\nsecret = 's'\n"
  "[[node]]\nname = 'chat'\nprotocol = 's2s'\ndomains = ['chat.example']\naddress = '10.0.0.5'\n"
  "trusted_from = ['10.0.0.5']\n";

/// The rules of a configuration, and a node whose state the test sets.
class rules {
public:
  explicit rules(const std::string& text = {}) {
    auto loaded = conf::load_text(text + node_row, "f");
    for (auto& problem : loaded.problems)
      ADD_FAILURE() << to_string(problem);
    in_force.config = *loaded.value;
    in_force.trust = std::make_shared<const trust_policy>(in_force.config);
    live(true);
  }

  void live(bool is, bool awaited = false) {
    std::vector<node_route> nodes;
    for (auto& entry : in_force.config.nodes) {
      auto& node = nodes.emplace_back();
      node.name = entry.name;
      node.protocol = entry.protocol();
      node.live = is;
      node.awaited = awaited;
    }
    table = std::make_shared<const routing_table>(in_force.config, std::move(nodes));
  }

  explained_way way(std::string_view from, std::string_view to) const {
    return way_of(*table, {{domain(from), std::string{from}}, {domain(to), std::string{to}}});
  }
  explanation_row end(std::string_view name, std::optional<double> presence = {}) const {
    return explain_end(explained_step::sender, {domain(name), std::string{name}}, *table,
                       [=](const std::string&) { return presence; });
  }
  explanation_row privacy(std::string_view remote) const {
    return explain_privacy(in_force, *table, domain(remote));
  }
  explanation_row route(std::string_view remote) const {
    return explain_route(in_force.config, *table, domain(remote));
  }
  explanation_row trust(std::string_view remote,
                        const std::optional<admin::domain_details>& known = {}) const {
    return explain_trust(in_force, domain(remote), known);
  }

  settings in_force;
  routing_table_ptr table;
};

TEST(ExplainedRules, know_the_direction_of_the_way) {
  const rules by;
  EXPECT_EQ(by.way("corp.example", "partner.example"), explained_way::outgoing);
  EXPECT_EQ(by.way("partner.example", "a.corp.example"), explained_way::incoming);
  EXPECT_EQ(by.way("corp.example", "chat.example"), explained_way::inside);
  EXPECT_EQ(by.way("a.example", "b.example"), explained_way::foreign);
}

TEST(ExplainedRules, report_whether_the_node_of_a_domain_is_there) {
  rules by;
  EXPECT_EQ(by.end("corp.example").result, step_result::ok);
  EXPECT_THAT(by.end("x.corp.example").detail, HasSubstr("served by im (component)"));
  EXPECT_EQ(by.end("corp.example").source, "[[node]] im");
  EXPECT_EQ(by.end("chat.example").result, step_result::ok) << "nothing is known of it yet";
  EXPECT_EQ(by.end("chat.example", 1).result, step_result::ok);
  EXPECT_EQ(by.end("chat.example", 0).why, failure::node_unavailable);
  EXPECT_EQ(by.end("chat.example", 0).result, step_result::fail);
  EXPECT_EQ(by.end("wrong.example").result, step_result::fail);
  EXPECT_THAT(by.end("wrong.example").remedy, HasSubstr("spelling"));
  by.live(false, true);
  EXPECT_THAT(by.end("corp.example").detail, HasSubstr("stanzas wait for it"));
  by.live(false);
  EXPECT_EQ(by.end("corp.example").result, step_result::fail);
  EXPECT_EQ(by.end("corp.example").why, failure::node_unavailable);
}

TEST(ExplainedRules, name_the_list_and_the_pattern_of_the_privacy_mode) {
  struct row {
    std::string text;
    std::string remote;
    failure why;
    std::string detail;
    std::string source;
    std::string remedy;
  };
  const std::string allow = "[federation]\nprivacy_mode = 'allow-list'\n"
                            "allow = ['*.example', 'partner.example']\n";
  const std::string deny =
    "[federation]\nprivacy_mode = 'deny-list'\ndeny = ['*.bad.example', 'bad.example']\n";
  const std::string route = "[[static_route]]\ndomain = 'far.test'\naddress = '192.0.2.7'\n";
  const row expected[] = {
    {"", "partner.example", failure::none, "privacy mode is off", "federation.privacy_mode", ""},
    {allow, "partner.example", failure::none, "and partner.example matches", "federation.allow",
     ""},
    {allow, "other.example", failure::none, "and *.example matches", "federation.allow", ""},
    {allow, "far.test", failure::domain_denied, "no pattern matches far.test", "federation.allow",
     "Add far.test to federation.allow."},
    {allow + route, "far.test", failure::none, "its static route allows it", "federation.allow",
     ""},
    {deny, "good.example", failure::none, "no pattern matches", "federation.deny", ""},
    {deny, "a.bad.example", failure::domain_denied, "*.bad.example matches", "federation.deny",
     "Remove *.bad.example from federation.deny."},
  };
  for (const auto& [text, remote, why, detail, source, remedy] : expected) {
    const auto step = rules{text}.privacy(remote);
    EXPECT_EQ(step.why, why) << text << remote;
    EXPECT_EQ(step.result, why == failure::none ? step_result::ok : step_result::fail) << remote;
    EXPECT_THAT(step.detail, HasSubstr(detail));
    EXPECT_EQ(step.source, source);
    EXPECT_EQ(step.remedy, remedy);
  }
}

TEST(ExplainedRules, name_the_row_that_leads_to_a_domain) {
  const std::string routes =
    "[[static_route]]\ndomain = '*.line.example'\naddress = '192.0.2.7'\n"
    "[[static_route]]\ndomain = '*.line.example'\naddress = 'b.example:5270'\ndirect_tls = true\n"
    "[[static_route]]\ndomain = 'a.line.example'\naddress = '[2001:db8::7]:5269'\n";
  const rules by{routes};
  EXPECT_EQ(by.route("partner.example").source, "DNS");
  EXPECT_EQ(by.route("b.line.example").source, "[[static_route]] *.line.example");
  EXPECT_THAT(by.route("b.line.example").detail,
              HasSubstr("192.0.2.7:5269, b.example:5270 (direct TLS)"));
  EXPECT_THAT(by.route("a.line.example").detail,
              AllOf(HasSubstr("a.line.example leads to [2001:db8::7]:5269")));
  const rules off{"[federation]\nuse_static_routes = false\n" + routes};
  EXPECT_THAT(off.route("a.line.example").detail, HasSubstr("switched off"));
  EXPECT_EQ(off.route("a.line.example").source, "DNS");
}

TEST(ExplainedRules, show_the_proof_that_a_domain_has_to_give_and_its_last_certificate) {
  const rules by{"[[trust]]\ndomain = '*.partner.example'\nmethods = ['pkix']\n"
                 "[[trust]]\ndomain = 'lax.example'\nmethods = ['pkix', 'dialback']\n"
                 "security_mode = 'tls-optional'\nreport_only = true\n"};
  EXPECT_THAT(by.trust("partner.example").detail, HasSubstr("by pkix or dialback"));
  EXPECT_EQ(by.trust("partner.example").source, "federation.security_mode");
  EXPECT_THAT(by.trust("a.partner.example").detail, HasSubstr("by pkix"));
  EXPECT_EQ(by.trust("a.partner.example").source, "[[trust]] *.partner.example");
  EXPECT_THAT(by.trust("lax.example").detail,
              AllOf(HasSubstr("tls-optional"), HasSubstr("only reported")));
  admin::domain_details known;
  auto& certificate = known.streams.emplace_back().more.emplace().certificate.emplace();
  certificate.verdict = "expired";
  certificate.subject = "CN=partner";
  EXPECT_THAT(by.trust("lax.example", known).detail,
              HasSubstr("its last certificate: expired CN=partner"));
}

TEST(ExplainedRules, report_that_federation_is_switched_off) {
  EXPECT_EQ(explain_federation(rules{}.in_force.config).result, step_result::ok);
  const rules off{"[federation]\nenabled = false\n"};
  EXPECT_EQ(explain_federation(off.in_force.config).why, failure::federation_disabled);
  EXPECT_EQ(explain_federation(off.in_force.config).result, step_result::fail);
}

TEST(ExplainedStream, is_judged_by_what_the_hub_knows) {
  const auto shown = [](const std::function<void(admin::domain_row&)>& change,
                        explained_way way = explained_way::outgoing,
                        std::optional<admin::clock_time> held_until = {}) {
    admin::domain_details known;
    known.row.name = "partner.example";
    change(known.row);
    return explain_stream(way, domain("partner.example"), {known, held_until});
  };
  const admin::clock_time at{90s};
  const auto unknown = explain_stream(explained_way::outgoing, domain("partner.example"), {});
  EXPECT_EQ(unknown.result, step_result::ok);
  EXPECT_THAT(unknown.detail, HasSubstr("the next stanza begins an attempt"));

  const auto up = shown([](auto& row) {
    row.streams_out = 2;
    row.out = {"pkix", "1.3"};
  });
  EXPECT_EQ(up.result, step_result::ok);
  EXPECT_EQ(up.detail, "2 streams to partner.example, proof pkix, TLS 1.3");

  const auto waiting = shown(
    [](auto& row) {
      row.state = admin::domain_state::failing;
      row.why = failure::connect_refused;
      row.detail = "192.0.2.7:5269: Connection refused";
    },
    explained_way::outgoing, at);
  EXPECT_EQ(waiting.result, step_result::fail);
  EXPECT_EQ(waiting.why, failure::connect_refused);
  EXPECT_THAT(waiting.detail, HasSubstr("before 1970-01-01T00:01:30"));

  const auto over = shown([](auto& row) {
    row.state = admin::domain_state::failing;
    row.why = failure::connect_refused;
  });
  EXPECT_EQ(over.result, step_result::warn) << "the next stanza gets an attempt";

  const auto pair_refused = shown([](auto& row) {
    row.state = admin::domain_state::connected;
    row.streams_out = 1;
    row.why = failure::dialback_refused;
  });
  EXPECT_EQ(pair_refused.result, step_result::fail);

  const auto connecting = shown([](auto& row) { row.state = admin::domain_state::connecting; });
  EXPECT_THAT(connecting.detail, HasSubstr("under way"));

  admin::domain_details bidi;
  auto& both = bidi.streams.emplace_back();
  both.leg = "s2s-in";
  both.more.emplace();
  const auto by_bidi = [&] {
    return explain_stream(explained_way::outgoing, domain("partner.example"), {bidi, {}}).detail;
  };
  EXPECT_THAT(by_bidi(), HasSubstr("there is no stream to"));
  both.more->features.push_back("bidi");
  EXPECT_THAT(by_bidi(), HasSubstr("carries both directions"));

  const auto incoming = shown(
    [&](auto& row) {
      row.streams_out = 1;
      row.last_success = at;
    },
    explained_way::incoming);
  EXPECT_EQ(incoming.result, step_result::warn);
  EXPECT_THAT(incoming.detail, AllOf(HasSubstr("no stream from"), HasSubstr("1970")));
  EXPECT_EQ(shown([](auto& row) { row.streams_in = 1; }, explained_way::incoming).detail,
            "1 stream from partner.example, without TLS");
}

TEST(ExplainedResolution, shows_records_with_ttl_and_what_was_refused) {
  auto outcome = std::make_shared<resolution>();
  outcome->targets.push_back(
    {.host = "a.example", .addresses = {*socket_address::parse("192.9.2.1", 5269)}});
  resolution_trace trace{outcome, {}};
  dns_answer services;
  services.what = dns_answer::kind::records;
  services.services = {{10, 20, 5269, "a.example"}, {0, 0, 0, ""}};
  trace.answers.push_back(
    {{"_xmpp-server._tcp.p.example", dns_type::srv}, services, true, 55s, {}});
  dns_answer addresses;
  addresses.what = dns_answer::kind::records;
  addresses.addresses = {*socket_address::parse("192.9.2.1", 0),
                         *socket_address::parse("10.0.0.1", 0)};
  trace.answers.push_back({{"a.example", dns_type::a}, addresses, true, 7s, {}});
  auto step = explain_resolution(trace, false, "192.0.2.53:53");
  EXPECT_EQ(step.detail,
            "SRV _xmpp-server._tcp.p.example: 10 20 5269 a.example; 0 0 0 . (TTL 55 s, cached); "
            "A a.example: 192.9.2.1; 10.0.0.1 (refused: not public) (TTL 7 s, cached); "
            "in this order: 192.9.2.1:5269");
  EXPECT_EQ(step.source, "cache");
  trace.answers[1].cached = false;
  step = explain_resolution(trace, true, "192.0.2.53:53");
  EXPECT_EQ(step.source, "192.0.2.53:53");
  EXPECT_THAT(step.detail, testing::Not(HasSubstr("refused")));

  auto failed = std::make_shared<resolution>(*outcome);
  failed->why = failure::dns_failed;
  failed->detail = "SERVFAIL for A a.example";
  trace.outcome = failed;
  step = explain_resolution(trace, true, "192.0.2.53:53");
  EXPECT_EQ(step.result, step_result::fail);
  EXPECT_EQ(step.why, failure::dns_failed);
  EXPECT_THAT(step.detail, testing::StartsWith("SERVFAIL for A a.example (SRV"));
}

TEST(ExplainedResolution, has_a_bound_whatever_dns_answers) {
  resolution_trace trace{std::make_shared<resolution>(), {}};
  dns_answer many;
  many.what = dns_answer::kind::records;
  for (int i = 0; i < 2000; ++i)
    many.services.push_back({0, 0, 1, std::string(250, 'a')});
  for (int i = 0; i < 100; ++i)
    trace.answers.push_back({{"a.example", dns_type::srv}, many, false, 1s, {}});
  EXPECT_LE(explain_resolution(trace, true, "s").detail.size(), 8192u);
}

} // namespace
} // namespace fedhub
