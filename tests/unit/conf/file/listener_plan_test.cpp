#include "conf/file/listener_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace fedhub::conf {
namespace {

using testing::ElementsAre;

/// Makes a configuration of "KEY ADDRESS" texts.
listen_config listen(std::initializer_list<std::pair<const char*, const char*>> all) {
  listen_config result;
  result.s2s.clear();
  result.nodes.clear();
  result.metrics.reset();
  for (const auto& [key, text] : all) {
    const auto at = *ip_endpoint::parse(text);
    const std::string name{key};
    if (name == "metrics")
      result.metrics = at;
    else
      (name == "s2s"              ? result.s2s
       : name == "s2s_direct_tls" ? result.s2s_direct_tls
       : name == "nodes"          ? result.nodes
                                  : result.dns)
        .push_back(at);
  }
  return result;
}

/// The port that a listener with port 0 is bound to.
constexpr uint16_t any_port = 41000;

std::vector<open_address> opened(const listen_config& config) {
  std::vector<open_address> result;
  for (const auto& address : all_listeners(config))
    result.push_back({address.key, address.at, address.at.port == 0 ? any_port : address.at.port});
  return result;
}

/// Returns the steps as text, in order.
std::vector<std::string> steps(const listen_config& before, const listen_config& after) {
  const auto open = opened(before);
  const auto fresh = all_listeners(after);
  const auto old_name = [&](size_t from) {
    return std::string{open[from].key} + ' ' + open[from].configured.str();
  };
  const auto new_name = [&](size_t to) {
    return std::string{fresh[to].key} + ' ' + fresh[to].at.str();
  };
  const auto plan = plan_listeners(open, fresh);
  std::vector<std::string> result;
  for (const auto& [from, to] : plan.kept)
    result.push_back("keep " + old_name(from)
                     + (open[from].configured == fresh[to].at ? "" : " as " + new_name(to)));
  for (const auto& [to, beside] : plan.opened) {
    result.push_back("open " + new_name(to));
    for (const auto from : beside)
      result.back() += " beside " + old_name(from);
  }
  for (const auto& [from, to] : plan.handed_over)
    result.push_back("hand over " + old_name(from) + " to " + std::string{fresh[to].key});
  for (const auto from : plan.closed)
    result.push_back("close " + old_name(from));
  return result;
}

struct plan_case {
  const char* name;
  listen_config before, after;
  std::vector<std::string> steps;
};

class listener_plan_test : public testing::TestWithParam<plan_case> {};

TEST_P(listener_plan_test, leads_from_one_configuration_to_the_other) {
  const auto& row = GetParam();
  EXPECT_EQ(steps(row.before, row.after), row.steps);
}

/// What one step opens, its reverse closes: so a change can always be taken back.
TEST_P(listener_plan_test, has_a_way_back) {
  const auto& row = GetParam();
  const auto there = plan_listeners(opened(row.before), all_listeners(row.after));
  const auto back = plan_listeners(opened(row.after), all_listeners(row.before));
  EXPECT_EQ(there.opened.size(), back.closed.size());
  EXPECT_EQ(there.closed.size(), back.opened.size());
  EXPECT_EQ(there.kept.size(), back.kept.size());
  EXPECT_EQ(there.handed_over.size(), back.handed_over.size());
}

const plan_case cases[] = {
  {"nothing_changes",
   listen({{"s2s", "[::]:1"}, {"nodes", "127.0.0.1:0"}, {"metrics", "127.0.0.1:2"}}),
   listen({{"s2s", "[::]:1"}, {"nodes", "127.0.0.1:0"}, {"metrics", "127.0.0.1:2"}}),
   {"keep s2s [::]:1", "keep nodes 127.0.0.1:0", "keep metrics 127.0.0.1:2"}},
  {"added_and_removed",
   listen({{"s2s", "127.0.0.1:1"}, {"nodes", "127.0.0.1:2"}}),
   listen({{"s2s", "127.0.0.1:1"}, {"dns", "127.0.0.1:3"}}),
   {"keep s2s 127.0.0.1:1", "open dns 127.0.0.1:3", "close nodes 127.0.0.1:2"}},
  {"moved",
   listen({{"metrics", "127.0.0.1:1"}}),
   listen({{"metrics", "127.0.0.1:2"}}),
   {"open metrics 127.0.0.1:2", "close metrics 127.0.0.1:1"}},
  {"reordered",
   listen({{"s2s", "127.0.0.1:1"}, {"s2s", "127.0.0.1:2"}}),
   listen({{"s2s", "127.0.0.1:2"}, {"s2s", "127.0.0.1:1"}}),
   {"keep s2s 127.0.0.1:2", "keep s2s 127.0.0.1:1"}},
  {"wildcard_for_a_specific_address",
   listen({{"s2s", "127.0.0.1:1"}, {"s2s", "127.0.0.2:1"}}),
   listen({{"s2s", "0.0.0.0:1"}}),
   {"open s2s 0.0.0.0:1 beside s2s 127.0.0.1:1 beside s2s 127.0.0.2:1", "close s2s 127.0.0.1:1",
    "close s2s 127.0.0.2:1"}},
  {"specific_address_for_a_wildcard",
   listen({{"nodes", "[::]:1"}}),
   listen({{"nodes", "127.0.0.1:1"}}),
   {"open nodes 127.0.0.1:1 beside nodes [::]:1", "close nodes [::]:1"}},
  {"both_families_for_ipv4",
   listen({{"s2s", "0.0.0.0:1"}}),
   listen({{"s2s", "[::]:1"}}),
   {"open s2s [::]:1 beside s2s 0.0.0.0:1", "close s2s 0.0.0.0:1"}},
  {"overlap_across_keys",
   listen({{"s2s", "127.0.0.1:1"}}),
   listen({{"nodes", "0.0.0.0:1"}}),
   {"open nodes 0.0.0.0:1 beside s2s 127.0.0.1:1", "close s2s 127.0.0.1:1"}},
  {"another_port_is_no_overlap",
   listen({{"s2s", "127.0.0.1:1"}}),
   listen({{"s2s", "0.0.0.0:2"}}),
   {"open s2s 0.0.0.0:2", "close s2s 127.0.0.1:1"}},
  {"two_keys_change_places",
   listen({{"s2s", "127.0.0.1:1"}, {"nodes", "127.0.0.1:2"}}),
   listen({{"s2s", "127.0.0.1:2"}, {"nodes", "127.0.0.1:1"}}),
   {"hand over nodes 127.0.0.1:2 to s2s", "hand over s2s 127.0.0.1:1 to nodes"}},
  {"dns_has_udp_too",
   listen({{"s2s", "127.0.0.1:1"}, {"dns", "127.0.0.1:2"}}),
   listen({{"s2s", "127.0.0.1:2"}, {"dns", "127.0.0.1:1"}}),
   {"open s2s 127.0.0.1:2 beside dns 127.0.0.1:2", "open dns 127.0.0.1:1 beside s2s 127.0.0.1:1",
    "close s2s 127.0.0.1:1", "close dns 127.0.0.1:2"}},
};

INSTANTIATE_TEST_SUITE_P(plans, listener_plan_test, testing::ValuesIn(cases),
                         [](const auto& row) { return std::string{row.param.name}; });

TEST(ListenerPlan, keeps_a_free_port_whose_number_is_written_down_now) {
  EXPECT_THAT(steps(listen({{"s2s", "127.0.0.1:0"}}), listen({{"s2s", "127.0.0.1:41000"}})),
              ElementsAre("keep s2s 127.0.0.1:0 as s2s 127.0.0.1:41000"));
}

TEST(ListenerPlan, takes_another_port_if_any_free_one_is_wanted_instead) {
  EXPECT_THAT(steps(listen({{"s2s", "127.0.0.1:1"}}), listen({{"s2s", "127.0.0.1:0"}})),
              ElementsAre("open s2s 127.0.0.1:0", "close s2s 127.0.0.1:1"));
}

TEST(ListenerPlan, does_not_share_the_port_of_a_listener_that_stays) {
  EXPECT_THAT(steps(listen({{"s2s", "127.0.0.1:0"}}),
                    listen({{"s2s", "127.0.0.1:0"}, {"nodes", "0.0.0.0:41000"}})),
              ElementsAre("keep s2s 127.0.0.1:0", "open nodes 0.0.0.0:41000"));
}

TEST(ListenerPlan, keeps_as_many_free_ports_as_are_configured) {
  EXPECT_THAT(steps(listen({{"nodes", "127.0.0.1:0"}}),
                    listen({{"nodes", "127.0.0.1:0"}, {"nodes", "127.0.0.1:0"}})),
              ElementsAre("keep nodes 127.0.0.1:0", "open nodes 127.0.0.1:0"));
}

} // namespace
} // namespace fedhub::conf
