#include "actors/connection/gathered_stanzas.hpp"

#include "tests/unit/actors/stanzas/stanza_scene.hpp"

namespace fedhub {
namespace {

using test::ids_of;
using test::message;
using testing::ElementsAre;
using testing::IsEmpty;

class GatheredStanzas : public test::account_test {
protected:
  stanza& gather(std::string_view id) {
    return gathered.add(stanza_kind::message, account) = stream.cut(message(id));
  }
  /// Gathers a stanza, answers it and removes it.
  void answer(std::string_view id) {
    account.bounced(gather(id), failure::bad_address);
    gathered.drop_last();
  }
  std::vector<std::string> take() {
    auto batch = gathered.take();
    if (!batch)
      return {};
    auto ids = ids_of(batch->stanzas);
    settle(std::exchange(batch->stanzas, {}));
    return ids;
  }
  std::vector<std::pair<stanza_kind, int>> accepted() {
    std::vector<std::pair<stanza_kind, int>> counts;
    uint32_t sum = 0;
    const auto total = gathered.take_accepted([&](stanza_kind kind, uint16_t count) {
      counts.emplace_back(kind, count);
      sum += count;
    });
    EXPECT_EQ(total, sum);
    return counts;
  }

  test::source_stream stream;
  gathered_stanzas gathered;
};

TEST_F(GatheredStanzas, counts_what_is_accepted_by_kind_whether_it_is_passed_on_or_answered) {
  EXPECT_THAT(accepted(), IsEmpty());
  gather("1");
  gather("2");
  gathered.count(stanza_kind::iq);
  EXPECT_THAT(accepted(),
              ElementsAre(std::pair{stanza_kind::message, 2}, std::pair{stanza_kind::iq, 1}));
  EXPECT_THAT(accepted(), IsEmpty());
  EXPECT_THAT(take(), ElementsAre("1", "2"));
  EXPECT_EQ(gathered.take(), nullptr);
}

TEST_F(GatheredStanzas, drops_an_answered_stanza_and_the_batch_if_that_was_the_only_one) {
  gather("1");
  answer("2");
  EXPECT_THAT(take(), ElementsAre("1"));
  answer("3");
  EXPECT_EQ(gathered.take(), nullptr);
}

TEST_F(GatheredStanzas, is_full_at_the_size_of_one_message_to_the_router) {
  for (size_t count = 1; count < gathered_stanzas::most; ++count)
    gather("x");
  EXPECT_FALSE(gathered.full());
  gather("x");
  EXPECT_TRUE(gathered.full());
  EXPECT_EQ(take().size(), gathered_stanzas::most);
  EXPECT_FALSE(gathered.full());
}

} // namespace
} // namespace fedhub
