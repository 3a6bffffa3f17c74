// The thread that answers questions, and those who follow the events.
#include "actors/history/history_reader.hpp"

#include <sys/eventfd.h>

#include <future>
#include <thread>

#include <gmock/gmock.h>

#include "actors/history/history_store.hpp"
#include "metrics/http/http_event_buffer.hpp"
#include "metrics/http/http_reply_queue.hpp"
#include "tests/unit/actors/files/folder.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using testing::ElementsAre;
using testing::HasSubstr;
using events_page = admin::history_page<admin::event_row>;

/// A client of an event stream, which takes its events only when the test does.
class test_client {
public:
  explicit test_client(size_t octets)
    : buffer_{std::make_shared<http_event_buffer>(
      std::make_shared<http_reply_queue>(unique_fd{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)}),
      octets, http_stream_callback{})} {}

  http_event_stream stream() const { return http_event_stream{buffer_}; }

  /// Takes events until their text ends with the wanted one, for 5 s at most.
  std::string hears_until(std::string_view end) {
    const auto limit = clock::now() + 5s;
    while (!heard_.ends_with(end) && clock::now() < limit) {
      char part[4096];
      const auto octets = buffer_->take(part, sizeof part);
      if (octets && *octets > 0)
        heard_.append(part, *octets);
      else
        std::this_thread::yield();
    }
    return heard_;
  }
  /// Waits until the stream has ended, for 5 s at most.
  std::optional<http_stream_end> end() const {
    const auto limit = clock::now() + 5s;
    while (!buffer_->ended() && clock::now() < limit)
      std::this_thread::yield();
    return buffer_->ended();
  }

private:
  std::shared_ptr<http_event_buffer> buffer_;
  std::string heard_;
};

class HistoryReader : public testing::Test {
protected:
  HistoryReader() {
    store = std::make_unique<history_store>(folder.path(), [](auto&) { return uint64_t{1} << 30; });
  }
  void write(const std::string& detail, const std::string& domain = "a.example", int count = 1) {
    history_batch batch;
    for (int i = 0; i < count; ++i)
      batch.events.push_back({.kind = admin::event_kind::stream,
                              .domain = domain,
                              .detail = detail,
                              .time = std::chrono::system_clock::now()});
    ASSERT_TRUE(store->write(batch));
    if (reader)
      reader->on_written();
  }
  void start() { reader = std::make_unique<history_reader>(folder.path()); }

  history_answer<events_page> ask(events_question question = {}) {
    std::promise<history_answer<events_page>> answered;
    reader->ask(std::move(question),
                [&](history_answer<events_page> answer) { answered.set_value(std::move(answer)); });
    return answered.get_future().get();
  }
  /// Follows, and waits until the stream has begun. @returns the problem.
  std::optional<admin::problem_document>
  follow(const test_client& client, std::optional<int64_t> after = {}, event_filter filter = {}) {
    std::promise<std::optional<admin::problem_document>> begun;
    reader->follow({std::move(filter)}, after, [&, stream = client.stream()](auto problem) {
      begun.set_value(problem);
      return problem ? http_event_stream{} : stream;
    });
    return begun.get_future().get();
  }

  test::folder folder;
  std::unique_ptr<history_store> store;
  std::unique_ptr<history_reader> reader;
};

TEST_F(HistoryReader, answers_questions) {
  write("one");
  start();
  const auto page = ask();
  ASSERT_TRUE(page);
  EXPECT_EQ(page->items.at(0).detail, "one");
  EXPECT_EQ(page->total, 1u);
}

TEST_F(HistoryReader, says_why_there_is_no_history) {
  store.reset();
  std::filesystem::remove(folder.path() / "history.db");
  start();
  const auto page = ask();
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().status, 503u);
  const test_client client{65'536};
  const auto problem = follow(client);
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->status, 503u);
}

TEST_F(HistoryReader, refuses_questions_that_would_wait_in_too_long_a_line) {
  start();
  std::promise<void> release;
  std::promise<void> busy;
  reader->follow({}, {}, [&, released = release.get_future().share()](auto) {
    busy.set_value();
    released.wait();
    return http_event_stream{};
  });
  busy.get_future().wait();
  std::atomic<size_t> answered{0};
  std::atomic<size_t> refused{0};
  constexpr auto questions = history_reader::most_waiting + 3;
  for (size_t i = 0; i < questions; ++i)
    reader->ask(audit_question{}, [&](const auto& answer) { answer ? ++answered : ++refused; });
  EXPECT_EQ(refused, 3u);
  release.set_value();
  const auto limit = clock::now() + 5s;
  while (answered < history_reader::most_waiting && clock::now() < limit)
    std::this_thread::yield();
  EXPECT_EQ(answered, history_reader::most_waiting);
}

TEST_F(HistoryReader, a_follower_gets_the_events_from_now_on) {
  write("before");
  start();
  test_client client{65'536};
  ASSERT_FALSE(follow(client));
  write("first");
  write("second");
  const auto heard = client.hears_until("\"detail\":\"second\"}\n\n");
  EXPECT_THAT(heard, HasSubstr("\"detail\":\"first\""));
  EXPECT_THAT(heard, Not(HasSubstr("before")));
}

TEST_F(HistoryReader, a_follower_that_comes_back_misses_nothing) {
  write("known");
  write("missed", "a.example", 1000);
  write("last");
  start();
  const auto known =
    ask({.filter = {}, .since = {}, .until = {}, .page = {.limit = 1000, .after = {}}});
  const auto newest = known->items.front().id;
  test_client client{1 << 20};
  ASSERT_FALSE(follow(client, newest - 1001));
  const auto heard = client.hears_until("\"detail\":\"last\"}\n\n");
  size_t missed = 0;
  for (auto at = heard.find("missed"); at != std::string::npos; at = heard.find("missed", at + 1))
    ++missed;
  EXPECT_EQ(missed, 1000u);
  EXPECT_THAT(heard, HasSubstr("id: " + std::to_string(newest) + "\n"));
}

TEST_F(HistoryReader, ids_of_the_future_mean_from_now_on) {
  start();
  test_client client{65'536};
  ASSERT_FALSE(follow(client, INT64_MAX));
  write("now");
  EXPECT_THAT(client.hears_until("\n\n"), HasSubstr("\"detail\":\"now\""));
}

TEST_F(HistoryReader, a_follower_gets_only_what_fits_its_filter) {
  start();
  test_client client{65'536};
  ASSERT_FALSE(follow(client, {}, {"b.example", {}}));
  write("other", "a.example", 300);
  write("wanted", "b.example");
  EXPECT_THAT(client.hears_until("\n\n"), HasSubstr("\"detail\":\"wanted\""));
}

TEST_F(HistoryReader, a_follower_that_takes_nothing_is_ended_and_others_are_not) {
  start();
  const test_client slow{2000};
  test_client quick{1 << 20};
  ASSERT_FALSE(follow(slow));
  ASSERT_FALSE(follow(quick));
  write("many", "a.example", 100);
  EXPECT_EQ(slow.end(), http_stream_end::slow);
  write("last");
  EXPECT_THAT(quick.hears_until("\"detail\":\"last\"}\n\n"), HasSubstr("last"));
}

TEST_F(HistoryReader, goes_on_in_the_file_that_takes_the_place_of_a_damaged_one) {
  write("old");
  start();
  test_client client{65'536};
  ASSERT_FALSE(follow(client));
  store.reset();
  std::filesystem::remove(folder.path() / "history.db");
  store = std::make_unique<history_store>(folder.path(), [](auto&) { return uint64_t{1} << 30; });
  write("new");
  EXPECT_THAT(client.hears_until("\n\n"), HasSubstr("\"detail\":\"new\""));
  EXPECT_EQ(ask()->items.size(), 1u);
}

TEST_F(HistoryReader, its_end_ends_the_streams) {
  start();
  const test_client client{65'536};
  ASSERT_FALSE(follow(client));
  reader.reset();
  EXPECT_EQ(client.end(), http_stream_end::owner);
}

} // namespace
} // namespace fedhub
