#include "actors/connection/undelivered.hpp"

#include "tests/unit/actors/stanzas/stanza_scene.hpp"

namespace fedhub {
namespace {

using test::ids_of;
using test::message;
using testing::ElementsAre;
using testing::IsEmpty;

class Undelivered : public test::account_test {
protected:
  ~Undelivered() override { settle(left.take_rest()); }

  stanza cut(std::string_view id) { return stream.cut(message(id)); }
  std::vector<stanza> cut_all(std::initializer_list<std::string_view> ids) {
    std::vector<stanza> stanzas;
    for (const auto id : ids)
      stanzas.push_back(cut(id));
    return stanzas;
  }
  std::vector<std::string> rest() {
    auto stanzas = left.take_rest();
    auto ids = ids_of(stanzas);
    settle(std::move(stanzas));
    return ids;
  }

  test::source_stream stream;
  undelivered left;
};

TEST_F(Undelivered, gives_back_in_the_order_in_which_stanzas_were_to_go) {
  left.add(cut("3"));
  left.add(cut("4"));
  left.add_older(cut_all({"1", "2"}));
  EXPECT_FALSE(left.take_kept());
  EXPECT_THAT(rest(), ElementsAre("1", "2", "3", "4"));
  EXPECT_THAT(rest(), IsEmpty());
}

TEST_F(Undelivered, keeps_those_in_front_for_the_session_that_they_were_written_in) {
  left.add(cut("3"));
  left.keep(2, {.id = "s"});
  left.add_older(cut_all({"1", "2"}));
  auto kept = left.take_kept();
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->session.id, "s");
  EXPECT_THAT(ids_of(kept->stanzas), ElementsAre("1", "2"));
  settle(std::move(kept->stanzas));
  EXPECT_FALSE(left.take_kept());
  EXPECT_THAT(rest(), ElementsAre("3"));
}

TEST_F(Undelivered, gives_everything_back_if_nothing_is_resumed) {
  left.add_older(cut_all({"1", "2"}));
  left.keep(1, {.id = "s"});
  left.resume_nothing();
  EXPECT_FALSE(left.take_kept());
  EXPECT_THAT(rest(), ElementsAre("1", "2"));
}

} // namespace
} // namespace fedhub
