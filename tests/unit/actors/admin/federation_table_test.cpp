#include "tests/unit/actors/admin/federation_scene.hpp"

#include <random>

#include <gmock/gmock.h>

#include "conf/file/loader.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using admin::domain_state;
using test::domain;
using testing::ElementsAre;
using testing::IsEmpty;
using phase = domain_news::phase;

class FederationTable : public test::federation_test {};

TEST_F(FederationTable, shows_the_first_state_that_applies) {
  struct row {
    phase at;
    failure why;
    uint64_t queued;
    bool stream;
    domain_state state;
  };
  const row rows[] = {
    {phase::idle, failure::none, 0, false, domain_state::idle},
    {phase::connecting, failure::none, 0, false, domain_state::connecting},
    {phase::connecting, failure::dns_timeout, 1, false, domain_state::failing},
    {phase::waiting, failure::none, 1, false, domain_state::waiting},
    {phase::waiting, failure::connect_refused, 1, false, domain_state::failing},
    {phase::idle, failure::dns_not_found, 0, false, domain_state::failing},
    {phase::ready, failure::none, 0, false, domain_state::idle}, // no pair is authorised yet
    {phase::idle, failure::none, 2, false, domain_state::waiting},
    {phase::waiting, failure::connect_refused, 1, true, domain_state::connected},
    {phase::ready, failure::none, 0, true, domain_state::connected},
  };
  uint64_t id = 0;
  for (const auto& expected : rows) {
    const auto name = "d" + std::to_string(++id) + ".example";
    report(name, expected.at, expected.why, expected.queued);
    if (expected.stream)
      prove(id, name);
    EXPECT_EQ(state(name), expected.state) << "row " << id;
  }
}

TEST_F(FederationTable, counts_a_domains_streams_by_direction) {
  open(1);
  EXPECT_FALSE(row("partner.example")); // a name that is not proved makes no row
  prove(1, "partner.example");
  prove(2, "partner.example", stream_leg::s2s_out);
  prove(2, "partner.example", stream_leg::s2s_out); // a further pair with the same domain
  EXPECT_EQ(row("partner.example")->streams_in, 1);
  EXPECT_EQ(row("partner.example")->streams_out, 1);
  end(1);
  end(1);
  EXPECT_EQ(row("partner.example")->streams_in, 0);
  EXPECT_EQ(state("partner.example"), domain_state::connected);
  end(2);
  EXPECT_EQ(state("partner.example"), domain_state::idle);
}

TEST_F(FederationTable, counts_a_stream_for_each_domain_that_it_has_proved) {
  prove(1, "a.example");
  prove(1, "b.example");
  prove(1, "b.example");
  EXPECT_THAT(table.streams_of(domain("b.example")), ElementsAre(1));
  end(1);
  EXPECT_EQ(row("a.example")->streams_in, 0);
  EXPECT_EQ(row("b.example")->streams_in, 0);
  EXPECT_THAT(table.streams_of(domain("b.example")), IsEmpty());
}

TEST_F(FederationTable, knows_which_domain_an_outgoing_stream_dials) {
  table.on_stream({.id = 1, .leg = stream_leg::s2s_out, .peer = domain("partner.example")}, now);
  EXPECT_THAT(table.streams_of(domain("partner.example")), ElementsAre(1));
  EXPECT_THAT(ids({.match = admin::name_match{"partner"}, .leg = {}, .state = {}, .page = {}}),
              ElementsAre(1));
  EXPECT_FALSE(row("partner.example")); // it is not usable yet
  prove(1, "partner.example", stream_leg::s2s_out);
  EXPECT_EQ(row("partner.example")->streams_out, 1);
  table.on_stream({.id = 2, .leg = stream_leg::s2s_out, .peer = domain("partner.example")}, now);
  end(2);
  EXPECT_EQ(row("partner.example")->streams_out, 1);
}

TEST_F(FederationTable, takes_no_node_for_a_remote_domain) {
  prove(1, "corp.example", stream_leg::node_s2s_in);
  EXPECT_FALSE(row("corp.example"));
  EXPECT_THAT(ids({}), ElementsAre(1));
}

TEST_F(FederationTable, knows_since_when_a_domain_has_its_state_and_fails) {
  report("partner.example", phase::connecting);
  now += 10s;
  report("partner.example", phase::waiting, failure::connect_refused, 1);
  const auto failed = clocks().wall;
  now += 10s;
  report("partner.example", phase::connecting, failure::connect_refused, 1);
  EXPECT_EQ(row("partner.example")->since, failed);
  EXPECT_EQ(row("partner.example")->failing_since, failed);
  now += 10s;
  prove(1, "partner.example", stream_leg::s2s_out);
  EXPECT_EQ(row("partner.example")->since, clocks().wall);
  EXPECT_EQ(row("partner.example")->last_success, clocks().wall);
  EXPECT_FALSE(row("partner.example")->failing_since);
}

TEST_F(FederationTable, keeps_ended_domains_for_a_day) {
  report("partner.example", phase::waiting, failure::connect_refused, 1);
  report("partner.example", phase::gone, failure::connect_refused);
  EXPECT_EQ(state("partner.example"), domain_state::failing);
  now += 23h;
  report("other.example", phase::gone);
  EXPECT_TRUE(row("partner.example"));
  now += 1h + 1s;
  report("third.example", phase::gone);
  EXPECT_FALSE(row("partner.example"));
  EXPECT_TRUE(row("other.example"));
}

TEST_F(FederationTable, keeps_a_bounded_number_of_ended_domains_the_latest) {
  for (size_t i = 0; i < federation_table::most_ended + 10; ++i)
    report("d" + std::to_string(i) + ".example", phase::gone, failure::dns_not_found);
  EXPECT_EQ(table.domains({}, clocks()).total, federation_table::most_ended);
  EXPECT_FALSE(row("d9.example"));
  EXPECT_TRUE(row("d10.example"));
}

TEST_F(FederationTable, keeps_no_domain_that_only_strangers_have_named) {
  auto news = std::make_shared<domain_news>();
  news->domain = domain("made-up.example");
  news->now = phase::gone;
  news->why = failure::dns_not_found;
  news->strangers_only = true;
  report("made-up.example", phase::connecting);
  table.on_domain(news, now);
  EXPECT_FALSE(row("made-up.example"));
  prove(1, "made-up.example"); // the key was good, so it is a partner
  table.on_domain(news, now);
  end(1);
  EXPECT_TRUE(row("made-up.example"));
}

TEST_F(FederationTable, keeps_a_domain_that_has_come_back) {
  report("first.example", phase::gone);
  report("partner.example", phase::gone);
  report("partner.example", phase::connecting);
  now += 25h;
  report("other.example", phase::gone);
  EXPECT_TRUE(row("partner.example"));
  EXPECT_FALSE(row("first.example"));
}

TEST_F(FederationTable, shows_domains_that_the_rules_deny_as_refused) {
  prove(1, "partner.example");
  prove(2, "good.example");
  auto loaded =
    conf::load_text("federation = { privacy_mode = 'deny-list', deny = ['partner.example'] }", "f");
  ASSERT_TRUE(loaded.value);
  const auto rules =
    std::make_shared<const routing_table>(*loaded.value, std::vector<node_route>{});
  table.on_rules(rules, now);
  EXPECT_EQ(state("partner.example"), domain_state::refused);
  EXPECT_EQ(row("partner.example")->why, failure::domain_denied);
  EXPECT_EQ(state("good.example"), domain_state::connected);
  prove(3, "partner.example");
  EXPECT_EQ(state("partner.example"), domain_state::refused);
}

TEST_F(FederationTable, picks_and_orders_domains) {
  report("c.example", phase::waiting, failure::connect_refused, 5);
  report("a.example", phase::idle);
  prove(1, "b.example");
  report("d.test", phase::waiting, failure::none, 7);
  EXPECT_THAT(names({}), ElementsAre("a.example", "b.example", "c.example", "d.test"));
  EXPECT_THAT(names({.match = admin::name_match{"*.example"}, .state = {}, .sort = {}, .page = {}}),
              ElementsAre("a.example", "b.example", "c.example"));
  EXPECT_THAT(names({.match = {}, .state = domain_state::failing, .sort = {}, .page = {}}),
              ElementsAre("c.example"));
  EXPECT_THAT(names({.match = {}, .state = {}, .sort = "-queued_stanzas", .page = {}}),
              ElementsAre("d.test", "c.example", "a.example", "b.example"));
  EXPECT_THAT(names({.match = {}, .state = {}, .sort = "state", .page = {}}),
              ElementsAre("c.example", "d.test", "b.example", "a.example"));
  EXPECT_THAT(
    names({.match = {}, .state = {}, .sort = "failing_since", .page = {}}),
    ElementsAre("c.example", "a.example", "b.example", "d.test")); // without a value: last
}

TEST_F(FederationTable, pages_show_each_row_once_in_every_order) {
  for (int i = 0; i < 25; ++i)
    report("d" + std::to_string(i) + ".example", phase::idle, failure::none, i % 4);
  for (const auto* sort : {"", "queued_stanzas", "-queued_stanzas", "state", "failing_since"}) {
    domains_question question{
      .match = {}, .state = {}, .sort = sort, .page = {.limit = 7, .after = {}}};
    std::vector<std::string> paged;
    for (;;) {
      const auto page = table.domains(question, clocks());
      EXPECT_EQ(page.total, 25);
      for (const auto& item : page.items)
        paged.push_back(item.name);
      if (page.next.empty())
        break;
      question.page.after = page.next;
      ASSERT_LE(paged.size(), 25);
    }
    question.page = {.limit = 1000, .after = {}};
    EXPECT_EQ(paged, names(question)) << sort;
  }
}

TEST_F(FederationTable, goes_on_after_a_row_that_has_gone) {
  for (const uint64_t id : {1, 2, 3, 4})
    open(id);
  streams_question question{.match = {}, .leg = {}, .state = {}, .page = {.limit = 2, .after = {}}};
  EXPECT_THAT(ids(question), ElementsAre(1, 2));
  question.page.after = table.streams(question, clocks()).next;
  end(2);
  EXPECT_THAT(ids(question), ElementsAre(3, 4));
  EXPECT_EQ(table.streams(question, clocks()).next, "");
}

TEST_F(FederationTable, picks_streams) {
  open(1);
  prove(2, "partner.example");
  prove(3, "partner.example", stream_leg::s2s_out);
  table.on_stream({.id = 4,
                   .leg = stream_leg::node_component,
                   .state = stream_state::authenticated,
                   .node = "cm-1",
                   .address = "10.0.0.5:40000"},
                  now);
  EXPECT_THAT(ids({.match = {}, .leg = stream_leg::s2s_out, .state = {}, .page = {}}),
              ElementsAre(3));
  EXPECT_THAT(ids({.match = {}, .leg = {}, .state = stream_state::negotiating, .page = {}}),
              ElementsAre(1));
  EXPECT_THAT(ids({.match = admin::name_match{"cm"}, .leg = {}, .state = {}, .page = {}}),
              ElementsAre(4));
  EXPECT_EQ(table.stream(4, clocks())->peer, "cm-1");
}

TEST_F(FederationTable, knows_the_links_of_nodes) {
  const auto serves = [](const domain_name& name) { return name.str() == "corp.example"; };
  table.on_stream({.id = 1, .leg = stream_leg::node_component, .address = "10.0.0.5:1"}, now);
  EXPECT_THAT(table.links_of("cm-1", serves, clocks()), IsEmpty()); // it has not proved its name
  table.on_stream({.id = 1,
                   .leg = stream_leg::node_component,
                   .state = stream_state::authenticated,
                   .node = "cm-1",
                   .address = "10.0.0.5:1"},
                  now);
  table.on_stream({.id = 2,
                   .leg = stream_leg::node_s2s_in,
                   .state = stream_state::authenticated,
                   .peer = domain("corp.example"),
                   .address = "10.0.0.6:2"},
                  now);
  const auto none = [](const domain_name&) { return false; };
  ASSERT_EQ(table.links_of("cm-1", none, clocks()).size(), 1);
  EXPECT_EQ(table.links_of("cm-1", none, clocks())[0].address, "10.0.0.5:1");
  ASSERT_EQ(table.links_of("server", serves, clocks()).size(), 1);
  EXPECT_EQ(table.links_of("server", serves, clocks())[0].address, "10.0.0.6:2");
  end(1);
  end(2);
  EXPECT_THAT(table.links_of("cm-1", none, clocks()), IsEmpty());
}

/// Whatever the order of the reports, the counts are those of the rows.
TEST_F(FederationTable, adds_up_after_any_reports) {
  std::mt19937 random{7};
  const auto below = [&](uint32_t n) { return random() % n; };
  std::map<uint64_t, std::set<std::string>> live; // the domains of each stream
  for (int i = 0; i < 20000; ++i) {
    now += std::chrono::seconds{below(100)};
    const uint64_t id = 1 + below(50);
    const auto leg = id % 2 == 0 ? stream_leg::s2s_out : stream_leg::s2s_in;
    const auto name = "d" + std::to_string(below(30)) + ".example";
    switch (below(5)) {
    case 0:
      open(id, leg);
      live[id];
      break;
    case 1:
    case 2:
      prove(id, name, leg);
      live[id].insert(name);
      break;
    case 3:
      end(id);
      live.erase(id);
      break;
    default:
      report(name, static_cast<phase>(below(5)), below(2) == 0 ? failure::none : failure::stalled,
             below(3));
    }
    if (i % 100 != 0)
      continue;
    std::map<std::string, uint32_t> usable;
    for (const auto& [stream, names] : live)
      for (const auto& peer : names)
        ++usable[peer];
    const auto page = table.domains(
      {.match = {}, .state = {}, .sort = {}, .page = {.limit = 1000, .after = {}}}, clocks());
    for (const auto& item : page.items)
      EXPECT_EQ(item.streams_in + item.streams_out, usable[item.name]) << item.name;
    for (const auto& [name, count] : usable)
      EXPECT_TRUE(count == 0 || row(name)) << name;
    uint64_t sum = 0;
    for (const auto count : table.domain_counts())
      sum += count;
    EXPECT_EQ(sum, page.total);
    EXPECT_EQ(table.streams({}, clocks()).total, live.size());
  }
}

} // namespace
} // namespace fedhub
