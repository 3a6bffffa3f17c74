#include "tests/unit/actors/admin/federation_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using test::domain;
using testing::ElementsAre;
using phase = domain_news::phase;

/// What the table knows beside the states of streams and domains.
class FederationDetails : public test::federation_test {};

TEST_F(FederationDetails, keeps_what_ended_streams_have_carried_for_the_domain_proved_first) {
  prove(1, "a.example");
  prove(1, "b.example"); // on the same stream
  prove(2, "a.example", stream_leg::s2s_out);
  for (const uint64_t id : {1, 2})
    table.on_stream({.id = id, .ended = true, .traffic = {1, 2, 30, 40}}, now);
  open(3);
  table.on_stream({.id = 3, .ended = true, .traffic = {5, 5, 5, 5}}, now); // it proved nothing
  const auto traffic = row("a.example").value().traffic;
  EXPECT_EQ(traffic.stanzas_in, 2);
  EXPECT_EQ(traffic.stanzas_out, 4);
  EXPECT_EQ(traffic.bytes_in, 60);
  EXPECT_EQ(traffic.bytes_out, 80);
  EXPECT_EQ(row("b.example").value().traffic.stanzas_in, 0);
}

TEST_F(FederationDetails, shows_each_domain_its_own_news_though_equal_ones_are_stored_once) {
  report("a.example", phase::gone, failure::dns_not_found);
  report("b.example", phase::gone, failure::dns_not_found);
  report("c.example", phase::gone, failure::connect_refused);
  report("d.example", phase::gone, failure::dns_not_found);
  report("e.example", phase::idle, failure::none, 1);
  report("f.example", phase::idle);
  EXPECT_EQ(row("a.example").value().why, failure::dns_not_found);
  EXPECT_EQ(row("b.example").value().why, failure::dns_not_found);
  EXPECT_EQ(row("c.example").value().why, failure::connect_refused);
  EXPECT_EQ(row("d.example").value().why, failure::dns_not_found);
  EXPECT_EQ(row("e.example").value().queued_stanzas, 1);
  EXPECT_EQ(row("f.example").value().queued_stanzas, 0);
  const auto end = [&](std::string_view name, std::string detail) {
    auto news = std::make_shared<domain_news>();
    news->domain = domain(name);
    news->now = phase::gone;
    news->why = failure::dns_timeout;
    news->detail = std::move(detail);
    table.on_domain(news, now);
  };
  end("g.example", "no answer for g.example");
  end("h.example", "no answer for h.example");
  EXPECT_EQ(row("g.example").value().detail, "no answer for g.example");
  EXPECT_EQ(row("h.example").value().detail, "no answer for h.example");
  report("g.example", phase::connecting);
  EXPECT_EQ(row("g.example").value().detail, "");
}

TEST_F(FederationDetails, finds_the_streams_of_many_domains_at_once) {
  prove(1, "a.example");
  prove(2, "b.example", stream_leg::s2s_out);
  prove(3, "a.example");
  prove(3, "c.example");
  const auto page = table.domains({}, clocks());
  EXPECT_THAT(table.streams_of_each(page.items),
              ElementsAre(ElementsAre(1, 3), ElementsAre(2), ElementsAre(3)));
  EXPECT_TRUE(table.counts_for(3, domain("a.example")));
  EXPECT_FALSE(table.counts_for(3, domain("c.example")));
}

TEST_F(FederationDetails, knows_the_last_error_of_each_node) {
  const auto of = [&](std::string_view served) {
    return table.last_error_of("n", [&](const domain_name& name) { return name.str() == served; });
  };
  const auto refuse = [&](std::string claim, std::string error) {
    now += 1s;
    table.on_stream({.id = 1, .claim = std::move(claim), .error = std::move(error)}, now);
  };
  EXPECT_EQ(of("corp.example"), "");
  refuse("corp.example", "first");
  refuse("corp.example", "second");
  refuse("other.example", "other");
  EXPECT_EQ(of("corp.example"), "second");
  refuse("n", "by its name");
  EXPECT_EQ(of("corp.example"), "by its name");
  EXPECT_EQ(of("other.example"), "by its name");
  auto news = std::make_shared<domain_news>();
  news->domain = domain("corp.example");
  news->to_node = true;
  news->why = failure::connect_refused;
  now += 1s;
  table.on_domain(news, now);
  EXPECT_THAT(of("corp.example"), testing::HasSubstr(describe(failure::connect_refused)));
  EXPECT_FALSE(row("corp.example")); // a node's domain is not a remote one
}

TEST_F(FederationDetails, forgets_the_oldest_claims_to_nodes) {
  const auto serves = [](const domain_name& name) { return name.str() == "c0.example"; };
  for (int i = 0; i <= 256; ++i) {
    EXPECT_EQ(table.last_error_of("n", serves), i == 0 ? "" : "error");
    now += 1s;
    table.on_stream({.id = 1, .claim = "c" + std::to_string(i) + ".example", .error = "error"},
                    now);
  }
  EXPECT_EQ(table.last_error_of("n", serves), "");
}

} // namespace
} // namespace fedhub
