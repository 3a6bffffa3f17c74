#include "actors/admin/notification_board.hpp"

#include <gmock/gmock.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using kind = notification_kind;
using severity = notification_severity;

condition partner(std::string name, severity how = severity::warning) {
  return {kind::partner, how, name, name + " fails", "look"};
}

class NotificationBoard : public testing::Test {
protected:
  void update(std::vector<condition> holding) {
    board.update(std::move(holding), now, wall + (now - start));
  }
  std::vector<std::string> texts(const page_request& asked = {}) const {
    std::vector<std::string> all;
    for (const auto& row : board.page(asked).items)
      all.push_back(row.text);
    return all;
  }
  admin::notification_row only() const { return board.page({}).items.at(0); }

  const std::chrono::steady_clock::time_point start{1h};
  const std::chrono::system_clock::time_point wall{1000h};
  std::chrono::steady_clock::time_point now = start;
  notification_board board;
};

TEST_F(NotificationBoard, raises_a_condition_and_clears_it_when_it_is_gone) {
  update({partner("a.example")});
  EXPECT_EQ(only().kind, "partner-failing");
  EXPECT_EQ(only().severity, "warning");
  EXPECT_EQ(only().since, wall);
  now += 1min;
  update({partner("a.example")});
  EXPECT_EQ(only().since, wall);
  update({});
  EXPECT_THAT(texts(), IsEmpty());
}

TEST_F(NotificationBoard, gives_a_condition_that_comes_back_another_id) {
  update({partner("a.example")});
  const auto first = only().id;
  update({});
  update({partner("a.example")});
  EXPECT_NE(only().id, first);
}

TEST_F(NotificationBoard, waits_until_a_condition_has_held_for_the_patience_of_its_kind) {
  const condition down{kind::node_down, severity::error, "n", "n is down", "start it"};
  const auto patience = notification_board::patience_of(kind::node_down);
  update({down});
  now += patience - 1s;
  update({down});
  EXPECT_THAT(texts(), IsEmpty());
  EXPECT_EQ(board.size(), 0);
  now += 1s;
  update({down});
  EXPECT_EQ(only().since, wall); // when the condition began
  EXPECT_EQ(board.size(), 1);
  update({});
  now += 1s;
  update({down}); // the time begins anew
  EXPECT_THAT(texts(), IsEmpty());
}

TEST_F(NotificationBoard, shows_the_condition_as_it_is_now) {
  update({partner("a.example")});
  auto worse = partner("a.example", severity::error);
  worse.text = "worse";
  const auto id = only().id;
  update({worse});
  EXPECT_EQ(only().text, "worse");
  EXPECT_EQ(only().severity, "error");
  EXPECT_EQ(only().id, id);
}

TEST_F(NotificationBoard, remembers_who_has_seen_a_notification_until_it_is_cleared) {
  update({partner("a.example")});
  EXPECT_TRUE(board.acknowledge(only().id, "uid 7"));
  update({partner("a.example")});
  EXPECT_EQ(only().acknowledged_by, "uid 7");
  EXPECT_TRUE(board.acknowledge(only().id, "uid 8"));
  EXPECT_EQ(only().acknowledged_by, "uid 8");
  update({});
  update({partner("a.example")});
  EXPECT_EQ(only().acknowledged_by, "");
}

TEST_F(NotificationBoard, acknowledges_only_what_is_open) {
  update({{kind::node_down, severity::error, "n", "n is down", "start it"}}); // not raised yet
  EXPECT_FALSE(board.acknowledge(0, "uid 7"));
  EXPECT_FALSE(board.acknowledge(1, "uid 7"));
}

TEST_F(NotificationBoard, lists_errors_first_then_the_oldest) {
  update({partner("a")});
  update({partner("a"), partner("b", severity::error)});
  update({partner("a"), partner("b", severity::error), partner("c", severity::error)});
  EXPECT_THAT(texts(), ElementsAre("b fails", "c fails", "a fails"));
  EXPECT_EQ(board.count(kind::partner, severity::error), 2);
  EXPECT_EQ(board.count(kind::partner, severity::warning), 1);
  EXPECT_EQ(board.count(kind::dns, severity::error), 0);
}

TEST_F(NotificationBoard, has_pages_that_hold_while_notifications_come_and_go) {
  update({partner("a"), partner("b"), partner("c"), partner("d")});
  auto page = board.page({.limit = 2});
  EXPECT_EQ(page.total, 4);
  update({partner("a"), partner("c"), partner("d")}); // the last one of the page is gone
  EXPECT_THAT(texts({.limit = 2, .after = page.next}), ElementsAre("c fails", "d fails"));
  EXPECT_EQ(board.page({.limit = 3}).next, "");
}

TEST_F(NotificationBoard, reads_only_places_that_it_has_given) {
  for (const auto* text : {"", "1", "0:", "2:1", "0:x", "0:1x", "0:99999999999999999999", ":1"})
    EXPECT_FALSE(notification_board::parse_place(text)) << text;
  EXPECT_TRUE(notification_board::parse_place("0:17"));
}

TEST_F(NotificationBoard, bounds_the_notifications_of_a_kind) {
  std::vector<condition> many;
  for (size_t i = 0; i < notification_board::most_of_a_kind + 50; ++i)
    many.push_back(partner("p" + std::to_string(i)));
  many.push_back({kind::dns, severity::error, {}, "dns", "mend"});
  update(many);
  EXPECT_EQ(board.size(), notification_board::most_of_a_kind + 1);
  update(many); // the same ones stay
  EXPECT_EQ(board.size(), notification_board::most_of_a_kind + 1);
}

} // namespace
} // namespace fedhub
