// Stanzas are taken out of an outbox because they may no longer be written.
#include "tests/unit/actors/stanzas/outbox_scene.hpp"

namespace fedhub {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

class OutboxRevoked : public outbox_test {
protected:
  /// Takes out the stanzas to bad.example. @returns their ids.
  std::vector<std::string> take() {
    auto taken =
      box->take_waiting([](const stanza& x) { return x.to->name.str() == "bad.example"; });
    auto ids = ids_of(taken);
    for (auto& x : taken)
      account.bounced(x, failure::domain_denied);
    return ids;
  }
};

TEST_F(OutboxRevoked, gives_the_chosen_in_order_and_writes_the_others) {
  for (auto [id, to] : {std::pair{"1", "a@good.example"},
                        {"2", "a@bad.example"},
                        {"3", "a@bad.example"},
                        {"4", "a@good.example"}})
    push(message(id, to));
  EXPECT_THAT(take(), ElementsAre("2", "3"));
  flush();
  EXPECT_EQ(read(), message("1", "a@good.example") + message("4", "a@good.example"));
  EXPECT_EQ(bounced(failure::domain_denied), 2);
}

TEST_F(OutboxRevoked, leaves_what_is_begun) {
  push(message("1", "a@bad.example"));
  push(message("2", "a@bad.example"));
  flush(10);
  EXPECT_THAT(take(), ElementsAre("2"));
  flush();
  EXPECT_EQ(read(), message("1", "a@bad.example"));
}

TEST_F(OutboxRevoked, leaves_the_streams_own_words) {
  push(message("1", "a@bad.example"));
  box->push("<own/>");
  EXPECT_THAT(take(), ElementsAre("1"));
  flush();
  EXPECT_EQ(read(), "<own/>");
}

TEST_F(OutboxRevoked, is_empty_where_nothing_else_waits) {
  EXPECT_THAT(take(), IsEmpty());
  push(message("1", "a@bad.example"));
  take();
  EXPECT_TRUE(box->empty());
  EXPECT_EQ(queued(), 0);
}

TEST_F(OutboxRevoked, counts_those_to_be_held_no_more) {
  box->hold_written();
  push(message("1", "a@bad.example"));
  push(message("2", "a@good.example"));
  take();
  EXPECT_EQ(box->to_hold(), 1U);
  flush();
  EXPECT_EQ(box->to_hold(), 0U);
  box->acknowledge(1);
}

} // namespace
} // namespace fedhub
