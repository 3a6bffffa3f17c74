// Pages of the history, and stretches of it for those who follow.
#include "actors/history/history_query.hpp"

#include <gmock/gmock.h>

#include "actors/history/history_store.hpp"
#include "tests/unit/actors/files/folder.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using admin::event_kind;
using clock = std::chrono::steady_clock;
using std::chrono::system_clock;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr system_clock::time_point noon{1'764'504'000s};

class HistoryQuery : public testing::Test {
protected:
  void write(const history_batch& batch) {
    history_store store{folder.path(), [](auto&) { return uint64_t{1} << 30; }};
    ASSERT_TRUE(store.write(batch));
  }
  /// Writes events, one a second, whose details are their numbers.
  void write_numbered(int count) {
    history_batch batch;
    for (int i = 0; i < count; ++i)
      batch.events.push_back({.kind = i % 3 == 0 ? event_kind::node : event_kind::stream,
                              .domain = i % 2 == 0 ? "even.example" : "odd.example",
                              .detail = std::to_string(i),
                              .time = noon + std::chrono::seconds{i}});
    write(batch);
  }
  std::unique_ptr<sqlite_database> open(const history_form& form = event_form) const {
    auto opened = open_history(folder.path(), form, clock::now() + 10s);
    EXPECT_TRUE(opened) << opened.error().detail;
    return std::move(*opened);
  }
  admin::history_page<admin::event_row> ask(const events_question& question) const {
    auto page = read_events(*open(), question);
    EXPECT_TRUE(page) << page.error().detail;
    return std::move(*page);
  }
  static std::vector<std::string> details(const std::vector<admin::event_row>& rows) {
    std::vector<std::string> all;
    for (const auto& row : rows)
      all.push_back(row.detail);
    return all;
  }

  test::folder folder;
};

TEST_F(HistoryQuery, returns_what_fits_the_filter_with_the_newest_first) {
  write_numbered(7);
  struct question {
    event_filter filter;
    std::optional<system_clock::time_point> since;
    std::optional<system_clock::time_point> until;
    std::vector<std::string> expected;
  };
  const question questions[] = {
    {{}, {}, {}, {"6", "5", "4", "3", "2", "1", "0"}},
    {{"odd.example", {}}, {}, {}, {"5", "3", "1"}},
    {{"", event_kind::node}, {}, {}, {"6", "3", "0"}},
    {{"odd.example", event_kind::node}, {}, {}, {"3"}},
    {{"none.example", {}}, {}, {}, {}},
    {{}, noon + 5s, {}, {"6", "5"}},
    {{}, {}, noon + 1s, {"1", "0"}},
    {{"even.example", event_kind::stream}, noon + 1s, noon + 5s, {"4", "2"}},
  };
  for (const auto& [filter, since, until, expected] : questions) {
    const auto page = ask({filter, since, until, {}});
    EXPECT_EQ(details(page.items), expected);
    EXPECT_EQ(page.total, expected.size());
    EXPECT_EQ(page.next, "");
  }
}

TEST_F(HistoryQuery, pages_that_follow_each_other_make_the_whole_list) {
  history_batch batch; // many at the same moment: the place is more than a time
  for (int i = 0; i < 10; ++i)
    batch.events.push_back({.kind = event_kind::stream, .detail = std::to_string(i), .time = noon});
  write(batch);
  std::vector<std::string> all;
  history_span span{.limit = 3, .after = {}};
  for (size_t pages = 1;; ++pages) {
    const auto page = ask({{}, {}, {}, span});
    for (const auto& detail : details(page.items))
      all.push_back(detail);
    EXPECT_EQ(page.total, 10u);
    if (page.next.empty()) {
      EXPECT_EQ(pages, 4u);
      break;
    }
    span.after = history_place::parse(page.next);
    ASSERT_TRUE(span.after);
  }
  EXPECT_THAT(all, ElementsAre("9", "8", "7", "6", "5", "4", "3", "2", "1", "0"));
}

TEST_F(HistoryQuery, a_page_that_ends_the_list_has_no_next_one) {
  write_numbered(3);
  EXPECT_EQ(ask({{}, {}, {}, {.limit = 3, .after = {}}}).next, "");
  EXPECT_NE(ask({{}, {}, {}, {.limit = 2, .after = {}}}).next, "");
}

TEST_F(HistoryQuery, counts_at_most_ten_thousand_rows) {
  write_numbered(10'001);
  EXPECT_EQ(ask({}).total, std::nullopt);
  EXPECT_EQ(ask({{"even.example", {}}, {}, {}, {}}).total, 5001u);
}

TEST_F(HistoryQuery, returns_actions_with_the_newest_first) {
  history_batch batch;
  for (const auto* kind : {"retry", "close"})
    batch.actions.push_back({.time = noon, .kind = kind, .actor = "uid 7", .detail = "done"});
  write(batch);
  const auto page = read_audit(*open(audit_form), {});
  ASSERT_TRUE(page);
  ASSERT_EQ(page->items.size(), 2u);
  EXPECT_EQ(page->items[0].kind, "close");
  EXPECT_EQ(page->items[0].time, noon);
  EXPECT_EQ(page->items[1].actor, "uid 7");
  EXPECT_EQ(page->total, 2u);
}

TEST_F(HistoryQuery, a_question_ends_at_its_deadline) {
  write_numbered(10'001);
  auto database = open();
  database->set_deadline(clock::now());
  const auto page = read_events(*database, {});
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().status, 503u);
  EXPECT_THAT(page.error().detail, HasSubstr("too long"));
}

TEST_F(HistoryQuery, a_file_that_is_missing_or_of_a_newer_hub_is_a_problem) {
  const auto missing = open_history(folder.path(), event_form, clock::now() + 10s);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().status, 503u);
  write_numbered(1);
  {
    auto database = sqlite_database::open(folder.path() / "history.db", sqlite_use::write);
    (*database)->execute("PRAGMA user_version = 99");
  }
  const auto newer = open_history(folder.path(), event_form, clock::now() + 10s);
  ASSERT_FALSE(newer);
  EXPECT_THAT(newer.error().detail, HasSubstr("this hub does not use its history"));
}

TEST_F(HistoryQuery, stretches_have_all_events_in_their_order) {
  write_numbered(450);
  const auto database = open();
  std::vector<std::string> all;
  int64_t after = 0;
  for (int turn = 0; turn < 10; ++turn) {
    const auto stretch = read_events_after(*database, after, {"odd.example", event_kind::node});
    for (const auto& detail : details(stretch.events))
      all.push_back(detail);
    if (stretch.end == after)
      break;
    after = stretch.end;
  }
  EXPECT_EQ(after, last_event(*database));
  ASSERT_EQ(all.size(), 75u);
  EXPECT_EQ(all.front(), "3");
  EXPECT_EQ(all.back(), "447");
}

TEST_F(HistoryQuery, a_stretch_is_bounded_by_events_and_by_ids) {
  write_numbered(6000);
  const auto database = open();
  const auto full = read_events_after(*database, 0, {});
  EXPECT_EQ(full.events.size(), 200u);
  EXPECT_EQ(full.end, full.events.back().id);
  const auto none = read_events_after(*database, 0, {"none.example", {}});
  EXPECT_THAT(none.events, IsEmpty());
  EXPECT_LT(none.end, last_event(*database));
  EXPECT_EQ(read_events_after(*database, none.end, {"none.example", {}}).end,
            last_event(*database));
}

TEST(HistoryPlace, is_read_as_it_is_written) {
  const history_place place{1'764'504'000'123, 42};
  EXPECT_EQ(place.str(), "1764504000123-42");
  EXPECT_EQ(history_place::parse(place.str()), place);
  for (const auto* bad :
       {"", "-", "1", "1-", "-1", "1-2-3", "1--2", "a-1", "1-b", "1 -2", "99999999999999999999-1"})
    EXPECT_EQ(history_place::parse(bad), std::nullopt) << bad;
}

} // namespace
} // namespace fedhub
