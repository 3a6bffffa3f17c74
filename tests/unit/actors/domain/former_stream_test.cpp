#include "actors/domain/former_stream.hpp"

#include "tests/unit/actors/stanzas/stanza_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class FormerStream : public test::account_test {
protected:
  /// Returns what a stream of corp.example left: these stanzas, one a second since `begin`.
  former_stream left(std::initializer_list<std::string_view> ids) {
    auto batch = std::make_shared<stanza_batch>(account);
    auto since = begin;
    for (auto id : ids) {
      batch->stanzas.push_back(
        source.cut(test::message(id, "b@partner.example", "a@other.example"), since));
      since += 1s;
    }
    kept_stream kept{{}, test::domain("corp.example"), batch};
    return former_stream{kept, limits, waiting};
  }

  const time_point begin{1h};
  test::source_stream source;
  queue_account limits{1 << 20, 100, account};
  prometheus::Gauge waiting;
};

TEST_F(FormerStream, gives_back_what_arrived_and_then_the_rest) {
  auto former = left({"1", "2", "3"});
  EXPECT_EQ(waiting.Value(), 3);
  auto arrived = former.take_arrived(2);
  EXPECT_THAT(test::ids_of(arrived), ElementsAre("1", "2"));
  auto rest = former.take_all();
  EXPECT_THAT(test::ids_of(rest), ElementsAre("3"));
  settle(std::move(arrived));
  settle(std::move(rest));
}

TEST_F(FormerStream, leaves_out_of_the_peers_count_what_was_answered_meanwhile) {
  const struct {
    uint32_t count;
    std::vector<std::string> arrived;
  } table[] = {{0, {}}, {1, {}}, {2, {}}, {3, {"3"}}, {4, {"3", "4"}}, {9, {"3", "4"}}};
  for (const auto& row : table) {
    auto former = left({"1", "2", "3", "4"});
    auto expired = former.take_expired(begin + 2s);
    EXPECT_THAT(test::ids_of(expired), ElementsAre("1", "2"));
    EXPECT_EQ(waiting.Value(), 2);
    auto arrived = former.take_arrived(row.count);
    EXPECT_EQ(test::ids_of(arrived), row.arrived) << row.count;
    settle(std::move(expired));
    settle(std::move(arrived));
    settle(former.take_all());
    EXPECT_TRUE(former.empty());
  }
  EXPECT_EQ(waiting.Value(), 0);
}

TEST_F(FormerStream, is_given_up_with_the_third_stream_that_ends_without_an_answer) {
  auto former = left({"1"});
  EXPECT_FALSE(former.try_failed());
  EXPECT_FALSE(former.try_failed());
  EXPECT_TRUE(former.try_failed());
  settle(former.take_all());
}

TEST_F(FormerStream, knows_its_senders) {
  auto former = left({"1"});
  EXPECT_EQ(former.sender(), test::domain("corp.example"));
  EXPECT_THAT(former.senders(),
              ElementsAre(test::domain("corp.example"), test::domain("other.example")));
  settle(former.take_all());
}

TEST_F(FormerStream, has_its_next_deadline_later_once_what_was_due_is_done) {
  auto former = left({"1", "2", "3"});
  const auto patience = 10s;
  for (auto at = former.next_due(patience); at != time_point::max();) {
    settle(former.take_expired(at - patience));
    EXPECT_THAT(former.settle_in(at), IsEmpty());
    const auto next = former.next_due(patience);
    ASSERT_GT(next, at);
    at = next;
  }
  EXPECT_TRUE(former.empty());
}

} // namespace
} // namespace fedhub
