#include "metrics/hub_metrics.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace fedhub {
namespace {

struct hub_metrics_test : testing::Test {
  hub_metrics metrics{"hub-1"};

  prometheus::MetricFamily family(const std::string& name) const {
    for (auto& entry : metrics.collect())
      if (entry.name == name)
        return entry;
    ADD_FAILURE() << "no metric " << name;
    return {};
  }
};

TEST_F(hub_metrics_test, exports_each_metric_once_with_a_help_text_and_in_order) {
  const auto families = metrics.collect();
  EXPECT_GT(families.size(), 40u);
  for (size_t i = 0; i < families.size(); ++i) {
    const auto& result = families[i];
    EXPECT_TRUE(result.name.starts_with("fedhub_") || result.name.starts_with("process_"))
      << result.name;
    EXPECT_EQ(result.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"),
              result.name.npos)
      << result.name;
    EXPECT_TRUE(result.help.ends_with('.')) << result.name;
    EXPECT_EQ(result.name.ends_with("_total"), result.type == prometheus::MetricType::Counter)
      << result.name;
    if (i > 0) {
      EXPECT_LT(families[i - 1].name, result.name);
    }
    for (size_t k = 1; k < result.metric.size(); ++k)
      EXPECT_LT(result.metric[k - 1].label, result.metric[k].label) << result.name;
  }
}

TEST_F(hub_metrics_test, gives_no_label_an_empty_value) {
  for (const auto& entry : metrics.collect())
    for (const auto& metric : entry.metric)
      for (const auto& label : metric.label)
        EXPECT_FALSE(label.value.empty()) << entry.name << ' ' << label.name;
}

TEST_F(hub_metrics_test, tells_the_hub_s_name_and_version_in_one_place) {
  const auto info = family("fedhub_build_info");
  ASSERT_EQ(info.metric.size(), 1u);
  EXPECT_EQ(info.metric[0].gauge.value, 1);
  const std::vector<prometheus::ClientMetric::Label> labels{{"hub", "hub-1"},
                                                            {"version", FEDHUB_VERSION}};
  EXPECT_EQ(info.metric[0].label, labels);
}

TEST_F(hub_metrics_test, adds_up_what_becomes_of_stanzas_per_direction) {
  using enum stanza_direction;
  metrics.stanzas_accepted.at(from_world, stanza_kind::message).Increment(10);
  metrics.stanzas_accepted.at(from_world, stanza_kind::presence).Increment(4);
  metrics.stanzas_accepted.at(from_world, stanza_kind::iq).Increment(1);
  EXPECT_EQ(metrics.stanzas_in_motion(from_world), 15);
  metrics.stanzas_delivered.at(from_world).Increment(8);
  EXPECT_EQ(metrics.stanzas_in_motion(from_world), 7);
  metrics.stanzas_bounced.at(from_world, failure::dns_not_found).Increment(3);
  EXPECT_EQ(metrics.stanzas_in_motion(from_world), 4);
  metrics.stanzas_dropped.at(from_world, failure::stanza_too_large).Increment(2);
  EXPECT_EQ(metrics.stanzas_in_motion(from_world), 2);
  {
    gauge_share queue{metrics.stanzas_queued.at(from_world), 2};
    EXPECT_EQ(metrics.stanzas_in_motion(from_world), 0);
  }
  EXPECT_EQ(metrics.stanzas_in_motion(from_world), 2);
  EXPECT_EQ(metrics.stanzas_in_motion(from_node), 0);
}

TEST_F(hub_metrics_test, leaves_the_hub_s_own_error_stanzas_out_of_the_account) {
  metrics.replies.at(reply_result::sent).Increment();
  metrics.replies.at(reply_result::dropped).Increment();
  EXPECT_EQ(metrics.stanzas_in_motion(stanza_direction::from_world), 0);
  EXPECT_EQ(metrics.stanzas_in_motion(stanza_direction::from_node), 0);
}

TEST_F(hub_metrics_test, splits_failed_negotiations_by_stage) {
  metrics.negotiation_failures.at(stream_leg::s2s_out, failure::dialback_refused).Increment();
  metrics.negotiation_failures.at(stream_leg::s2s_out, failure::dialback_timeout).Increment();
  std::map<std::string, double> by_stage;
  for (const auto& entry : family("fedhub_negotiation_failures_total").metric)
    if (entry.label.at(0).value == "s2s-out")
      by_stage[entry.label.at(1).value] = entry.counter.value;
  EXPECT_EQ(by_stage["dialback"], 2);
  EXPECT_EQ(by_stage["tls"], 0);
}

TEST_F(hub_metrics_test, shows_the_time_left_of_a_certificate) {
  using namespace std::chrono_literals;
  metrics.certificate_remaining.declare(std::vector<std::string>{"corp.pem"});
  metrics.certificate_remaining.set("corp.pem",
                                    unix_seconds(std::chrono::system_clock::now() + 240h));
  const auto remaining = family("fedhub_certificate_remaining_seconds");
  ASSERT_EQ(remaining.metric.size(), 1u);
  EXPECT_NEAR(remaining.metric[0].gauge.value / 86400, 10, 0.01);
}

TEST_F(hub_metrics_test, loses_no_count_of_several_threads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([this] {
      for (int k = 0; k < 10'000; ++k) {
        metrics.stanzas_delivered.at(stanza_direction::from_node).Increment(3);
        gauge_share queued{metrics.queued_octets, 7};
      }
    });
  for (auto& x : threads)
    x.join();
  EXPECT_EQ(metrics.stanzas_delivered.at(stanza_direction::from_node).Value(), 120'000);
  EXPECT_EQ(metrics.queued_octets.Value(), 0);
}

} // namespace
} // namespace fedhub
