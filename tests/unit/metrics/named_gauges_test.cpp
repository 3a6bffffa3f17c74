#include "metrics/named_gauges.hpp"

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using values = std::map<std::string, double>;

values shown(const named_gauges& gauges) {
  values result;
  const auto families = gauges.Collect();
  for (const auto& metric : families.at(0).metric) {
    EXPECT_EQ(metric.label.at(0).name, "node");
    result[metric.label.at(0).value] = metric.gauge.value;
  }
  return result;
}

void declare(named_gauges& gauges, std::vector<std::string> names) { gauges.declare(names); }

TEST(named_gauges, show_a_name_once_it_has_a_value) {
  named_gauges gauges{"links", "help", "node"};
  declare(gauges, {"a", "b"});
  EXPECT_EQ(shown(gauges), values{});
  gauges.set("a", 0);
  EXPECT_EQ(shown(gauges), (values{{"a", 0}}));
}

TEST(named_gauges, keep_the_values_of_names_that_a_reload_keeps) {
  named_gauges gauges{"links", "help", "node"};
  declare(gauges, {"a", "b"});
  gauges.set("a", 1);
  gauges.set("b", 2);
  declare(gauges, {"b", "c"});
  EXPECT_EQ(shown(gauges), (values{{"b", 2}}));
}

TEST(named_gauges, ignore_a_late_value_of_a_name_that_is_gone) {
  named_gauges gauges{"links", "help", "node"};
  declare(gauges, {"a"});
  declare(gauges, {});
  gauges.set("a", 1);
  EXPECT_EQ(shown(gauges), values{});
}

TEST(named_gauges, present_a_value_anew_each_time) {
  double now = 100;
  named_gauges gauges{"left", "help", "node", [&now](double x) { return x - now; }};
  declare(gauges, {"a"});
  gauges.set("a", 130);
  EXPECT_EQ(shown(gauges), (values{{"a", 30}}));
  now = 131;
  EXPECT_EQ(shown(gauges), (values{{"a", -1}}));
}

} // namespace
} // namespace fedhub
