// Which events of a domain's streams have rows of their own.
#include "actors/history/domain_sums.hpp"

#include <gmock/gmock.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

class DomainSums : public testing::Test {
protected:
  /// Returns how many of these events may have rows.
  uint64_t admitted(const std::string& domain, uint64_t events) {
    uint64_t rows = 0;
    for (uint64_t i = 0; i < events; ++i)
      rows += sums.admit(domain, now) ? 1 : 0;
    return rows;
  }

  domain_sums::clock::time_point now{1000h};
  domain_sums sums;
};

TEST_F(DomainSums, admit_the_first_hundred_of_each_domain_in_each_hour) {
  EXPECT_EQ(admitted("a.example", 90), 90);
  now += 59min;
  EXPECT_EQ(admitted("a.example", 20), 10);
  EXPECT_EQ(admitted("b.example", 120), 100);
  EXPECT_EQ(sums.due(), now + 1min);
  EXPECT_THAT(sums.take(now), IsEmpty());
  now += 1min;
  const auto left_out = sums.take(now);
  ASSERT_THAT(left_out, SizeIs(1));
  EXPECT_EQ(left_out[0].domain, "a.example");
  EXPECT_EQ(left_out[0].count, 10);
  EXPECT_EQ(admitted("a.example", 120), 100);
  EXPECT_EQ(sums.due(), now + 59min); // of b.example
}

TEST_F(DomainSums, count_on_until_the_sum_is_taken) {
  EXPECT_EQ(admitted("a.example", 101), 100);
  now += 2h;
  EXPECT_EQ(admitted("a.example", 5), 0);
  EXPECT_EQ(sums.take(now).at(0).count, 6);
  EXPECT_EQ(sums.due(), std::nullopt);
}

TEST_F(DomainSums, give_all_back_at_the_end) {
  admitted("a.example", 101);
  admitted("b.example", 102);
  EXPECT_THAT(sums.take_all(), SizeIs(2));
  EXPECT_THAT(sums.take_all(), IsEmpty());
}

TEST_F(DomainSums, have_the_domains_share_that_are_too_many) {
  for (size_t i = 0; i < domain_sums::most_domains; ++i)
    admitted("d" + std::to_string(i) + ".example", 1);
  EXPECT_EQ(admitted("e.example", 600), 600);
  EXPECT_EQ(admitted("f.example", 600), 400);
  EXPECT_EQ(admitted("d7.example", 120), 99);
  now += 1h;
  const auto left_out = sums.take(now);
  ASSERT_THAT(left_out, SizeIs(2));
  EXPECT_EQ(left_out[1].domain, "");
  EXPECT_EQ(left_out[1].count, 200);
  EXPECT_EQ(admitted("g.example", 120), 100) << "the hours of the others are over";
}

} // namespace
} // namespace fedhub
