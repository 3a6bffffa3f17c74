#include "protocol/admin/number_series.hpp"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace fedhub::admin {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using kind = series_recorder::kind;
using value = std::optional<double>;

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr value none = std::nullopt;
/// A time at which an hour begins.
constexpr number_series::time noon{std::chrono::hours{500'000}};

/// Two series, of which the second has the first one's values times a hundred.
class NumberSeries : public testing::Test {
protected:
  void note(std::chrono::seconds after, double number) {
    const double values[] = {number, 100 * number};
    series.note(noon + after, values);
  }
  std::vector<value> read(std::chrono::seconds since, std::chrono::seconds step) const {
    return series.read(0, noon + since, step).values;
  }

  number_series series{2};
};

TEST_F(NumberSeries, return_each_series_from_the_step_that_has_the_time) {
  note(0s, 1);
  note(10s, 2);
  note(20s, 3);
  EXPECT_THAT(read(0s, 10s), ElementsAre(1, 2, 3));
  EXPECT_THAT(read(19s, 10s), ElementsAre(2, 3));
  const auto second = series.read(1, noon + 19s, 10s);
  EXPECT_EQ(second.since, noon + 10s);
  EXPECT_THAT(second.values, ElementsAre(200, 300));
}

TEST_F(NumberSeries, have_no_values_for_times_in_which_nothing_was_noted) {
  note(0s, 1);
  note(30s, 4);
  note(40s, unknown);
  EXPECT_THAT(read(-20s, 10s), ElementsAre(none, none, 1, none, none, 4, none));
}

TEST_F(NumberSeries, return_the_means_of_longer_steps_that_are_over) {
  for (int i = 0; i < 7; ++i)
    note(10s * i, i);
  EXPECT_THAT(read(0s, 30s), ElementsAre(1, 4)); // 60..90 is not over
  EXPECT_THAT(read(0s, 60s), ElementsAre(2.5));
  EXPECT_THAT(read(0s, 300s), IsEmpty());
}

TEST_F(NumberSeries, leave_unknown_values_out_of_a_mean) {
  note(0s, 2);
  note(20s, 4);
  EXPECT_THAT(read(0s, 30s), ElementsAre(3));
}

TEST_F(NumberSeries, keep_an_hour_in_fine_steps_and_a_day_in_coarse_ones) {
  for (int i = 0; i < 26 * 360; ++i)
    note(10s * i, i / 30); // the number of the coarse step
  const auto fine = series.read(0, noon, 10s);
  EXPECT_EQ(fine.since, noon + 25h);
  EXPECT_THAT(fine.values, SizeIs(360));
  EXPECT_EQ(fine.values.front(), 25 * 12);
  const auto coarse = series.read(0, noon, 300s);
  EXPECT_EQ(coarse.since, noon + 2h);
  EXPECT_THAT(coarse.values, SizeIs(288));
  EXPECT_EQ(coarse.values.front(), 24);
  EXPECT_EQ(coarse.values.back(), 26 * 12 - 1);
  EXPECT_THAT(series.read(0, noon, 3600s).values, SizeIs(24));
}

TEST_F(NumberSeries, forget_all_after_a_gap_of_a_day) {
  note(0s, 1);
  note(48h, 2);
  EXPECT_THAT(read(0s, 300s), Each(none));
  EXPECT_EQ(read(0s, 10s).back(), 2);
}

TEST_F(NumberSeries, forget_the_future_if_the_clock_is_set_back) {
  note(0s, 1);
  note(1h, 2);
  note(30min, 3);
  EXPECT_THAT(read(30min, 10s), ElementsAre(3));
  EXPECT_EQ(read(0s, 10s).front(), none);
}

TEST_F(NumberSeries, are_empty_before_the_first_value_and_for_the_future) {
  EXPECT_THAT(read(0s, 10s), IsEmpty());
  EXPECT_EQ(series.read(0, noon + 5s, 10s).since, noon);
  note(0s, 1);
  EXPECT_THAT(read(1h, 10s), IsEmpty());
  EXPECT_EQ(series.read(0, noon + 1h, 10s).since, noon + 10s);
}

/// A counter and a gauge, with a clock.
class SeriesRecorder : public testing::Test {
protected:
  void look(double counter, double gauge) {
    const double totals[] = {counter, gauge};
    recorder.note(totals, std::chrono::steady_clock::time_point{} + 1h + passed, noon + passed);
  }
  std::vector<value> counter() const { return recorder.series().read(0, noon, 10s).values; }
  std::vector<value> gauge() const { return recorder.series().read(1, noon, 10s).values; }

  std::chrono::seconds passed{0};
  series_recorder recorder{{kind::rate, kind::gauge}};
};

TEST_F(SeriesRecorder, shows_growth_by_the_second_and_gauges_as_they_are) {
  for (const auto total : {1000, 1050, 1200, 1250, 1400}) {
    look(total, total / 100);
    passed += 5s;
  }
  EXPECT_THAT(counter(), ElementsAre(20, 20));
  EXPECT_THAT(gauge(), ElementsAre(12, 14));
}

TEST_F(SeriesRecorder, divides_by_the_time_that_has_really_passed) {
  passed = 6s;
  look(0, 0);
  passed = 11s;
  look(50, 0);
  EXPECT_THAT(counter(), ElementsAre(10));
}

TEST_F(SeriesRecorder, knows_nothing_of_a_time_in_which_the_hub_stood_still) {
  look(0, 1);
  passed = 10s;
  look(100, 2);
  passed = 60s;
  look(200, 3);
  passed = 70s;
  look(300, 4);
  EXPECT_THAT(counter(), ElementsAre(10, none, none, none, none, none, 10));
  EXPECT_THAT(gauge(), ElementsAre(2, none, none, none, none, none, 4));
}

TEST_F(SeriesRecorder, shows_no_rate_of_a_counter_that_has_fallen_or_is_not_known) {
  look(100, 1);
  passed = 10s;
  look(50, 1);
  passed = 20s;
  look(unknown, 1);
  passed = 30s;
  look(60, 1);
  EXPECT_THAT(counter(), ElementsAre(none, none, none));
}

TEST(SeriesRow, is_written_with_null_for_what_is_not_known) {
  const series_row row{
    "cpu", "processors", 10s, {noon, {none, 0.0, 1234567.8, 0.000123456789, -2.5}}};
  EXPECT_EQ(nlohmann::json::parse(json_of(row)),
            nlohmann::json::parse(R"({"name": "cpu", "unit": "processors", "step_s": 10,
              "since": "2027-01-15T08:00:00Z",
              "values": [null, 0, 1234570, 0.000123457, -2.5]})"));
}

} // namespace
} // namespace fedhub::admin
