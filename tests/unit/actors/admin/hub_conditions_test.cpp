#include "actors/admin/hub_conditions.hpp"

#include <functional>

#include <gmock/gmock.h>

#include "metrics/hub_metrics.hpp"
#include "tests/unit/actors/files/folder.hpp"
#include "tests/unit/actors/hub/hub_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

class HubConditions : public test::hub_test {
protected:
  HubConditions() {
    auto with_state = config;
    with_state.hub.state_dir = folder.path();
    tls = tls_store::load(with_state, {}).value();
    start(test::own_domains);
  }

  /// Returns "KIND: TEXT" of the conditions that hold at, but not of the domains without a
  /// certificate, which every hub of these tests has.
  std::vector<std::string> look() {
    std::vector<std::string> all;
    for (const auto& found : conditions.look(*hub_, table, {at, wall + (at - start_time)}))
      if (found.kind != notification_kind::uncovered) {
        EXPECT_FALSE(found.remedy.empty()) << found.text;
        all.push_back(std::string{to_string(found.kind)} + ": " + found.text);
      }
    return all;
  }
  void fail(std::string_view name, failure why) {
    auto news = std::make_shared<domain_news>();
    news->domain = test::domain(name);
    news->now = domain_news::phase::idle;
    news->why = why;
    table.on_domain(news, at);
  }
  void prove(uint64_t id, std::string_view name) {
    table.on_stream({.id = id,
                     .leg = stream_leg::s2s_out,
                     .state = stream_state::authenticated,
                     .peer = test::domain(name)},
                    at);
  }
  void end(uint64_t id) { table.on_stream({.id = id, .ended = true}, at); }

  const std::chrono::steady_clock::time_point start_time{1000h};
  const std::chrono::system_clock::time_point wall = std::chrono::system_clock::now();
  std::chrono::steady_clock::time_point at = start_time;
  test::folder folder;
  federation_table table;
  hub_conditions conditions{folder.path() / "none"};
};

TEST_F(HubConditions, finds_nothing_in_a_sound_hub) { EXPECT_THAT(look(), IsEmpty()); }

TEST_F(HubConditions, names_local_domains_that_no_certificate_covers) {
  const auto found = conditions.look(*hub_, table, {at, wall});
  std::vector<std::string> subjects;
  for (const auto& one : found)
    subjects.push_back(one.subject);
  EXPECT_THAT(subjects, ElementsAre("corp.example", "*.corp.example", "other.example"));
}

TEST_F(HubConditions, reports_the_certificate_that_ends_soon) {
  const auto end = hub_->current()->tls->certificates().at(0).not_after;
  const auto texts_at = [&](std::chrono::seconds before) {
    std::vector<std::string> all;
    for (const auto& found :
         conditions.look(*hub_, table, {at, std::chrono::system_clock::time_point{end - before}}))
      if (found.kind == notification_kind::certificate)
        all.push_back(std::string{to_string(found.severity)} + ": " + found.text);
    return all;
  };
  EXPECT_THAT(texts_at(14 * 24h), IsEmpty());
  EXPECT_THAT(texts_at(14 * 24h - 1s),
              ElementsAre("warning: the certificate self-signed expires in 13 days"));
  EXPECT_THAT(texts_at(47h), ElementsAre("error: the certificate self-signed expires in 1 days"));
  EXPECT_THAT(texts_at(0s), ElementsAre("error: the certificate self-signed has expired"));
}

TEST_F(HubConditions, reports_a_partner_that_has_failed_for_ten_minutes) {
  prove(1, "partner.example");
  end(1);
  fail("partner.example", failure::dns_timeout);
  at += 9min;
  EXPECT_THAT(look(), IsEmpty());
  fail("partner.example", failure::connect_refused); // still
  at += 1min;
  EXPECT_THAT(look(), ElementsAre(testing::HasSubstr("partner.example")));
  prove(2, "partner.example");
  EXPECT_THAT(look(), IsEmpty());
}

TEST_F(HubConditions, reports_no_strangers_that_fail) {
  fail("made-up.example", failure::dns_not_found);
  at += 11min;
  EXPECT_THAT(look(), IsEmpty());
}

TEST_F(HubConditions, takes_a_domain_for_a_partner_for_thirty_days) {
  prove(1, "partner.example");
  end(1);
  at += 30 * 24h - 11min;
  fail("partner.example", failure::dns_timeout);
  at += 10min;
  EXPECT_THAT(look(), testing::SizeIs(1));
  at += 1min;
  EXPECT_THAT(look(), IsEmpty());
}

struct naming {
  std::string name;
  std::string config;
  bool partner;
};

class NamedPartner : public HubConditions, public testing::WithParamInterface<naming> {};

TEST_P(NamedPartner, is_a_domain_that_the_configuration_names) {
  start(GetParam().config + test::own_domains);
  fail("a.partner.example", failure::dns_timeout);
  at += 10min;
  EXPECT_EQ(look().size(), GetParam().partner ? 1 : 0);
}

INSTANTIATE_TEST_SUITE_P(
  Kinds, NamedPartner,
  testing::Values(
    naming{"static_route",
           "[[static_route]]\ndomain = '*.partner.example'\naddress = '192.0.2.7'\n", true},
    naming{"trust", "[[trust]]\ndomain = 'a.partner.example'\nmethods = ['dialback']\n", true},
    naming{"trust_in_all", "[[trust]]\ndomain = '*'\nmethods = ['dialback']\n", false},
    naming{"allow_list", "[federation]\nallow = ['*.partner.example']\n", true},
    naming{"allow_all", "[federation]\nallow = ['*']\n", false},
    naming{"deny_list", "[federation]\ndeny = ['*.partner.example']\n", false}),
  [](const auto& x) { return x.param.name; });

TEST_F(HubConditions, reports_a_node_that_is_down) {
  hub_->metrics.node_up.declare(std::vector<std::string>{"own"});
  EXPECT_THAT(look(), IsEmpty()); // not known yet
  hub_->metrics.node_up.set("own", 0);
  EXPECT_THAT(look(), ElementsAre(testing::StartsWith("node-down: ")));
  hub_->metrics.node_up.set("own", 1);
  EXPECT_THAT(look(), IsEmpty());
}

TEST_F(HubConditions, reports_two_processes_that_fight_for_a_node) {
  for (uint64_t link = 1; link <= 10; ++link)
    hub_->claims.claim("own", link, link % 2 == 0 ? "192.0.2.1" : "192.0.2.2", at);
  EXPECT_THAT(look(), ElementsAre("node-contested: two processes take node own from each other"));
  at += 61s;
  EXPECT_THAT(look(), IsEmpty());
}

TEST_F(HubConditions, reports_a_configuration_that_was_rejected) {
  hub_->configuration_rejected("it has 2 problems");
  EXPECT_THAT(look(), ElementsAre("configuration: the configuration on disk is not in force: "
                                  "it has 2 problems"));
  hub_->configuration_applied();
  EXPECT_THAT(look(), IsEmpty());
}

struct counting {
  std::string kind;
  std::function<void(hub_metrics&, double)> count;
  double few; ///< not reported.
  double many;
  std::chrono::seconds window;
};

class Counters : public HubConditions, public testing::WithParamInterface<counting> {};

TEST_P(Counters, are_reported_while_they_grow) {
  const auto& kind = GetParam();
  kind.count(hub_->metrics, kind.many); // before the first look
  EXPECT_THAT(look(), IsEmpty());
  kind.count(hub_->metrics, kind.few);
  at += 5s;
  EXPECT_THAT(look(), IsEmpty());
  kind.count(hub_->metrics, kind.many);
  at += 5s;
  EXPECT_THAT(look(), ElementsAre(testing::StartsWith(kind.kind)));
  for (auto left = kind.window; left > 5s; left -= 5s) {
    at += 5s;
    EXPECT_THAT(look(), Not(IsEmpty()));
  }
  at += 10s;
  EXPECT_THAT(look(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
  Kinds, Counters,
  testing::Values(
    counting{
      "refusals",
      [](auto& metrics, double n) {
        metrics.connections_refused.at(listener_kind::s2s, connection_limit::rate).Increment(n);
      },
      60, 61, 5min},
    counting{"lost-log-lines", [](auto& metrics, double n) { metrics.log_lines_lost.Increment(n); },
             0, 1, 10min},
    counting{"lost-events",
             [](auto& metrics, double n) { metrics.history_events_lost.Increment(n); }, 0, 1,
             10min},
    counting{"dns",
             [](auto& metrics, double n) {
               metrics.dns_resolutions.at(dns_method::srv, dns_result::timeout).Increment(n);
             },
             9, 10, 5min},
    counting{"unverified-peers",
             [](auto& metrics, double n) {
               metrics.unverified.at(unverified_outcome::reported).Increment(n);
             },
             0, 1, 1h}),
  [](const auto& x) { return std::to_string(x.index); });

TEST_F(HubConditions, reports_no_dns_of_which_half_answers) {
  look();
  for (const auto result : {dns_result::timeout, dns_result::not_found})
    hub_->metrics.dns_resolutions.at(dns_method::srv, result).Increment(50);
  at += 5s;
  EXPECT_THAT(look(), IsEmpty());
  hub_->metrics.dns_resolutions.at(dns_method::address, dns_result::failed).Increment(1);
  EXPECT_THAT(look(), ElementsAre("dns: 51 of 101 searches in DNS got no answer within 5 minutes"));
}

TEST_F(HubConditions, reports_an_open_file_limit_that_is_near) {
  std::pair<std::optional<uint64_t>, uint64_t> files{800, 1000};
  conditions = hub_conditions{folder.path() / "none", [&] { return files; }};
  EXPECT_THAT(look(), IsEmpty());
  files.first = 801;
  EXPECT_THAT(look(), ElementsAre("open-files: the hub has 801 of 1000 files open"));
  files.first.reset();
  EXPECT_THAT(look(), ElementsAre("open-files: the hub has all of 1000 files open"));
}

TEST_F(HubConditions, reports_a_clock_that_timesyncd_has_not_set) {
  const test::folder state;
  conditions = hub_conditions{state.path()};
  EXPECT_THAT(look(), ElementsAre(testing::StartsWith("clock: ")));
  state.write("synchronized", "");
  EXPECT_THAT(look(), IsEmpty());
}

} // namespace
} // namespace fedhub
