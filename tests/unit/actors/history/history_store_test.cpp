// The history's files: what they keep, how they are bounded, and what they survive.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include <gmock/gmock.h>

#include "actors/history/event_room.hpp"
#include "tests/unit/actors/history/history_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using admin::event_kind;
using std::chrono::system_clock;
using test::batch_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto mebibyte = test::mebibyte;

class HistoryStore : public test::history_test {};

TEST_F(HistoryStore, keeps_all_fields_of_events_and_actions) {
  auto store = open();
  history_batch batch;
  batch.events.push_back({.kind = event_kind::attempt,
                          .domain = "b.example",
                          .leg = stream_leg::s2s_out,
                          .stream = 17,
                          .why = failure::dns_not_found,
                          .detail = "no SRV record",
                          .actor = "192.0.2.1",
                          .attempt = admin::attempt_row{.started = {},
                                                        .ended = {},
                                                        .outcome = admin::attempt_outcome::failed,
                                                        .why = {},
                                                        .detail = {},
                                                        .target = "192.0.2.7:5269",
                                                        .steps = {}},
                          .time = system_clock::time_point{1234567ms}});
  batch.actions.push_back({.time = system_clock::time_point{7654321ms},
                           .kind = "close",
                           .actor = "uid 1000",
                           .domain = "b.example",
                           .stream = 9,
                           .detail = "done"});
  EXPECT_TRUE(store->write(batch));
  EXPECT_THAT(
    column("SELECT time || ' ' || kind || ' ' || domain || ' ' || leg || ' ' || stream || ' '"
           " || failure || ' ' || detail || ' ' || actor FROM events"),
    ElementsAre("1234567 attempt b.example s2s-out 17 dns-not-found no SRV record "
                "192.0.2.1"));
  EXPECT_THAT(column("SELECT attempt FROM events"), ElementsAre(HasSubstr("192.0.2.7:5269")));
  EXPECT_THAT(column("SELECT time || ' ' || kind || ' ' || actor || ' ' || domain || ' ' || stream"
                     " || ' ' || detail FROM audit",
                     "audit.db"),
              ElementsAre("7654321 close uid 1000 b.example 9 done"));
}

TEST_F(HistoryStore, fields_without_a_value_are_null) {
  auto store = open();
  history_batch batch;
  batch.events.push_back({.kind = event_kind::config, .time = system_clock::now()});
  ASSERT_TRUE(store->write(batch));
  EXPECT_THAT(column("SELECT count(*) FROM events WHERE domain IS NULL AND leg IS NULL AND stream"
                     " IS NULL AND failure IS NULL AND detail IS NULL AND attempt IS NULL"),
              ElementsAre("1"));
}

TEST_F(HistoryStore, only_the_hub_s_user_can_read_its_files) {
  auto store = open();
  auto batch = batch_of({"x"});
  batch.actions.push_back({.kind = "retry"});
  ASSERT_TRUE(store->write(batch));
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator{folder.path()}) {
    EXPECT_EQ(test::mode_of(entry.path()), 0600) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 7u) << "two files with their -wal and -shm, and the reserve";
}

TEST_F(HistoryStore, goes_on_where_it_ended) {
  open()->write(batch_of({"first"}));
  open()->write(batch_of({"second"}));
  EXPECT_THAT(details(), ElementsAre("first", "second"));
  const auto ids = column("SELECT id FROM events ORDER BY id");
  EXPECT_LT(std::stoll(ids.at(0)), std::stoll(ids.at(1)));
  EXPECT_GT(std::stoll(ids.at(0)), int64_t{1'600'000'000'000}) << "ids begin at the time";
}

TEST_F(HistoryStore, says_how_many_events_are_missing) {
  auto batch = batch_of({"next"});
  batch.lost = 12;
  ASSERT_TRUE(open()->write(batch));
  EXPECT_THAT(
    column("SELECT kind || ': ' || detail FROM events ORDER BY id"),
    ElementsAre("notification: the history misses 12 events before this one", "stream: next"));
}

TEST_F(HistoryStore, loses_at_most_the_last_batch_when_it_is_killed) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const auto child = ::fork();
  if (child == 0) {
    auto store = open();
    for (uint32_t n = 0;; ++n) {
      const auto written = store->write(batch_of({std::to_string(n), "second of the batch"}));
      if (!written || ::write(ends[1], &n, sizeof n) != sizeof n)
        ::_exit(1);
    }
  }
  ::close(ends[1]);
  uint32_t last = 0;
  while (last < 200)
    ASSERT_EQ(::read(ends[0], &last, sizeof last), static_cast<ssize_t>(sizeof last));
  ::kill(child, SIGKILL);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  while (::read(ends[0], &last, sizeof last) > 0)
    ;
  ::close(ends[0]);
  ASSERT_TRUE(WIFSIGNALED(status));
  ASSERT_TRUE(open()->write(batch_of({"after"})));
  EXPECT_THAT(column("PRAGMA integrity_check"), ElementsAre("ok"));
  const auto rows = details();
  EXPECT_GE(rows.size(), 2 * (last + 1) + 1u) << "each batch that was written is there";
  EXPECT_LE(rows.size(), 2 * (last + 2) + 1u);
  EXPECT_EQ(rows.size() % 2, 1u) << "no batch is there in part";
}

TEST_F(HistoryStore, a_newer_file_is_left_alone) {
  open()->write(batch_of({"kept"}));
  change("PRAGMA user_version = 2");
  auto store = open();
  EXPECT_FALSE(store->write(batch_of({"refused"})));
  store->tend({});
  EXPECT_THAT(details(), ElementsAre("kept"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "history.db.damaged"));
  history_batch action;
  action.actions.push_back({.kind = "retry"});
  store->write(action);
  EXPECT_THAT(column("SELECT kind FROM audit", "audit.db"), ElementsAre("retry"));
}

TEST_F(HistoryStore, a_symbolic_link_is_not_followed) {
  std::filesystem::create_symlink("/dev/null", folder.path() / "history.db");
  EXPECT_FALSE(open()->write(batch_of({"x"})));
}

TEST_F(HistoryStore, stays_within_its_octets_and_keeps_the_newest) {
  auto store = open();
  constexpr uint64_t bound = 2 * mebibyte;
  for (int round = 0; round < 60; ++round) {
    auto batch =
      batch_of(std::vector<std::string>(500, std::to_string(round) + std::string(200, 'x')));
    batch.bounds.octets = bound;
    ASSERT_TRUE(store->write(batch));
  }
  store.reset(); // empties the -wal
  EXPECT_LE(std::filesystem::file_size(folder.path() / "history.db"), bound);
  const auto rows = details();
  EXPECT_GT(rows.size(), 2000u);
  EXPECT_THAT(rows.back(), testing::StartsWith("59x"));
}

TEST_F(HistoryStore, a_flood_of_one_kind_pushes_out_no_other) {
  auto store = open();
  const auto write = [&](event_kind kind, size_t rows) {
    auto batch = batch_of(std::vector<std::string>(rows, std::string(200, 'x')), kind);
    batch.bounds.octets = 2 * mebibyte;
    ASSERT_TRUE(store->write(batch));
  };
  write(event_kind::node, 50);
  write(event_kind::attempt, 500);
  for (int round = 0; round < 60; ++round)
    write(event_kind::stream, 500);
  EXPECT_THAT(
    column("SELECT kind || ' ' || count(*) FROM events WHERE kind <> 'stream' GROUP BY kind"),
    ElementsAre("attempt 500", "node 50"));
}

TEST(EventRoom, the_kind_that_exceeds_its_share_most_goes_first) {
  const std::pair<event_counts, std::string> rows[] = {
    {{}, ""},
    {{{"stream", 0}}, ""},
    {{{"stream", 1}}, "stream"},
    {{{"stream", 399}, {"refusal", 100}}, "refusal"},
    {{{"stream", 401}, {"refusal", 100}}, "stream"},
    {{{"stream", 399}, {"attempt", 200}, {"node", 799}}, "attempt"},
    {{{"trust", 99}, {"attempt", 199}, {"node", 801}}, "node"},
    {{{"from a later version", 801}, {"refusal", 100}}, "from a later version"},
  };
  for (const auto& [counts, expected] : rows)
    EXPECT_EQ(most_over_its_share(counts), expected);
}

TEST_F(HistoryStore, forgets_events_that_are_too_old) {
  auto store = open();
  auto batch = batch_of({"old", "new"});
  batch.events[0].time -= 31 * 24h;
  ASSERT_TRUE(store->write(batch));
  store->tend({.age = std::chrono::days{30}, .octets = 256 * mebibyte});
  EXPECT_THAT(details(), ElementsAre("new"));
}

TEST_F(HistoryStore, refusals_have_at_most_a_quarter) {
  auto store = open();
  constexpr uint64_t bound = 2 * mebibyte;
  constexpr auto most = bound / 4 / history_store::refusal_row_octets;
  ASSERT_TRUE(
    store->write(batch_of(std::vector<std::string>(most + 100, "r"), event_kind::refusal)));
  ASSERT_TRUE(store->write(batch_of({"kept"})));
  store->tend({.age = std::chrono::days{30}, .octets = bound});
  EXPECT_THAT(column("SELECT count(*) FROM events WHERE kind = 'refusal'"),
              ElementsAre(std::to_string(most)));
  EXPECT_THAT(details().back(), "kept");
}

TEST_F(HistoryStore, the_row_of_a_refusal_is_not_larger_than_is_reckoned) {
  auto store = open();
  history_batch batch;
  for (int i = 0; i < 1000; ++i)
    batch.events.push_back(
      {.kind = event_kind::refusal,
       .domain = std::to_string(1000 + i) + std::string(history_queue::name_octets - 4, 'd'),
       .leg = stream_leg::node_component,
       .stream = UINT32_MAX,
       .why = failure::certificate_refused,
       .detail = std::string(history_queue::refusal_detail_octets, 'x'),
       .actor = std::string(history_queue::actor_octets, 'a'),
       .time = system_clock::now()});
  ASSERT_TRUE(store->write(batch));
  store.reset();
  EXPECT_LE(std::filesystem::file_size(folder.path() / "history.db"),
            1000 * history_store::refusal_row_octets + 64 * 1024);
}

TEST_F(HistoryStore, a_full_disk_costs_events_and_no_action) {
  auto store = open();
  free = 63 * mebibyte;
  auto batch = batch_of({"lost"});
  batch.actions.push_back({.kind = "close"});
  EXPECT_FALSE(store->write(batch));
  EXPECT_THAT(details(), IsEmpty());
  EXPECT_THAT(column("SELECT kind FROM audit", "audit.db"), ElementsAre("close"));
  free = 64 * mebibyte;
  EXPECT_TRUE(store->write(batch_of({"again"})));
  EXPECT_THAT(details(), ElementsAre("again"));
}

TEST_F(HistoryStore, the_reserve_is_made_where_there_is_room) {
  free = history_store::free_octets_for_events + history_store::reserve_octets - 1;
  auto store = open();
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "audit.reserve"));
  ++free;
  store->tend({});
  EXPECT_EQ(std::filesystem::file_size(folder.path() / "audit.reserve"),
            history_store::reserve_octets);
}

TEST_F(HistoryStore, actions_last_a_year) {
  auto store = open();
  history_batch batch;
  for (const auto age : {366 * 24h, 364 * 24h})
    batch.actions.push_back({.time = system_clock::now() - age,
                             .kind = age > 365 * 24h ? "old" : "kept",
                             .actor = {},
                             .domain = {},
                             .stream = 0,
                             .detail = {}});
  store->write(batch);
  store->tend({});
  EXPECT_THAT(column("SELECT kind FROM audit", "audit.db"), ElementsAre("kept"));
}

} // namespace
} // namespace fedhub
