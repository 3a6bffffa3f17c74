#include "metrics/metric_table.hpp"

#include <map>
#include <string>

#include <gtest/gtest.h>
#include <prometheus/registry.h>

namespace fedhub {
namespace {

struct a_table : testing::Test {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& family =
    prometheus::BuildCounter().Name("x_total").Help("x").Register(registry);

  /// Returns the exported values by labels: "name=value", joined by spaces.
  std::map<std::string, double> exported() const {
    std::map<std::string, double> result;
    const auto families = family.Collect();
    for (const auto& metric : families.at(0).metric) {
      std::string labels;
      for (const auto& x : metric.label)
        labels += (labels.empty() ? "" : " ") + x.name + '=' + x.value;
      EXPECT_TRUE(result.emplace(labels, metric.counter.value).second) << labels << " twice";
    }
    return result;
  }
};

TEST_F(a_table, counts_each_combination_of_labels_in_a_series_of_its_own) {
  const counter_by<tls_role, dns_method, reload_result> table{
    family, {"role"}, {"method"}, {"result"}};
  double n = 0;
  for (size_t i = 0; i < 2; ++i)
    for (size_t j = 0; j < 5; ++j)
      for (size_t k = 0; k < 2; ++k)
        table.at(tls_role(i), dns_method(j), reload_result(k)).Increment(++n);
  const auto series = exported();
  EXPECT_EQ(series.size(), 20u);
  EXPECT_EQ(series.at("method=srv result=applied role=server"), 1);
  EXPECT_EQ(series.at("method=srv result=rejected role=server"), 2);
  EXPECT_EQ(series.at("method=static-route result=applied role=server"), 5);
  EXPECT_EQ(series.at("method=cache result=rejected role=client"), 20);
}

TEST_F(a_table, shows_every_series_at_0_before_anything_happened) {
  const counter_by<actor_kind> table{family, {"kind"}};
  const auto series = exported();
  EXPECT_EQ(series.size(), label_count<actor_kind>);
  for (const auto& [labels, value] : series)
    EXPECT_EQ(value, 0) << labels;
}

TEST_F(a_table, adds_values_of_one_name_in_one_series) {
  const counter_by<failure> table{family, {"stage", stage_of}};
  table.at(failure::dns_timeout).Increment();
  table.at(failure::dns_not_found).Increment(2);
  table.at(failure::tls_failed).Increment(4);
  const auto series = exported();
  EXPECT_EQ(series.at("stage=dns"), 3);
  EXPECT_EQ(series.at("stage=tls"), 4);
  EXPECT_EQ(&table.at(failure::dns_timeout), &table.at(failure::dns_failed));
}

TEST_F(a_table, hands_further_arguments_to_each_metric) {
  auto& durations = prometheus::BuildHistogram().Name("y_seconds").Help("y").Register(registry);
  const histogram_by<tls_role> table{
    durations, {"role"}, prometheus::Histogram::BucketBoundaries{1, 2}};
  table.at(tls_role::client).Observe(1.5);
  const auto buckets = table.at(tls_role::client).Collect().histogram.bucket;
  ASSERT_EQ(buckets.size(), 3u); // with +Inf
  EXPECT_EQ(buckets[0].cumulative_count, 0u);
  EXPECT_EQ(buckets[1].cumulative_count, 1u);
  EXPECT_EQ(table.at(tls_role::server).Collect().histogram.sample_count, 0u);
}

} // namespace
} // namespace fedhub
