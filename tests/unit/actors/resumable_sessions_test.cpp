// Without actors, so that it can be searched for races: their library is not built for that.
#include "actors/resumable_sessions.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using verdict = resumable_sessions::verdict;
using testing::IsEmpty;
using testing::SizeIs;

constexpr time_point noon{12h};
constexpr auto lifetime = resumable_sessions::lifetime;

domain_pair pair_of(std::string_view from) {
  return {*domain_name::parse(from), *domain_name::parse("corp.example")};
}

class ResumableSessions : public testing::Test {
protected:
  static resumable_sessions::remains after(uint32_t handled, bool resumable = true) {
    resumable_sessions::remains x;
    x.session.handled = handled;
    x.resumable = resumable;
    return x;
  }

  void open(std::string_view id, uint64_t stream) {
    sessions.open(id, stream, pair_of("partner.example"), {});
  }
  auto close(std::string_view id, uint64_t stream,
             std::optional<resumable_sessions::remains> left = after(3), time_point now = noon) {
    return sessions.close(id, stream, std::move(left), now);
  }
  resumable_sessions::answer claim(std::string_view id, time_point now = noon,
                                   std::string_view peer = "partner.example") {
    return sessions.claim(
      id, {}, [&](const domain_pair& x) { return x == pair_of(peer); }, now);
  }

  resumable_sessions sessions{3};
};

TEST_F(ResumableSessions, are_gone_on_with_once) {
  EXPECT_EQ(claim("a").is, verdict::unknown);
  open("a", 1);
  EXPECT_THAT(close("a", 1, after(7)), IsEmpty());
  auto found = claim("a");
  EXPECT_EQ(found.is, verdict::resumable);
  EXPECT_EQ(found.session.handled, 7u);
  EXPECT_EQ(claim("a").is, verdict::unknown);
  EXPECT_EQ(sessions.size(), 0u);
}

TEST_F(ResumableSessions, are_told_to_nobody_but_their_peer) {
  open("a", 1);
  EXPECT_EQ(claim("a", noon, "stranger.example").is, verdict::unknown);
  EXPECT_THAT(close("a", 1), IsEmpty()); // the stranger does not wait either
  EXPECT_EQ(claim("a", noon, "stranger.example").is, verdict::unknown);
  EXPECT_EQ(claim("a").is, verdict::resumable);
}

TEST_F(ResumableSessions, are_waited_for_while_their_stream_is_up) {
  open("a", 1);
  EXPECT_EQ(claim("a").is, verdict::in_use);
  EXPECT_EQ(claim("a").is, verdict::in_use);
  EXPECT_THAT(close("a", 1), SizeIs(2));
  EXPECT_EQ(claim("a").is, verdict::resumable);
}

TEST_F(ResumableSessions, belong_to_the_stream_that_resumed_them) {
  open("a", 1);
  close("a", 1);
  claim("a");
  open("a", 2);
  EXPECT_THAT(close("a", 1, {}), IsEmpty()); // the former one's actor ends now
  EXPECT_EQ(claim("a").is, verdict::in_use);
  EXPECT_THAT(close("a", 2, after(9)), SizeIs(1));
  EXPECT_EQ(claim("a").session.handled, 9u);
}

TEST_F(ResumableSessions, that_left_nothing_are_forgotten) {
  open("a", 1);
  claim("a");
  EXPECT_THAT(close("a", 1, {}), SizeIs(1)); // who waits is told
  EXPECT_EQ(claim("a").is, verdict::unknown);
  EXPECT_EQ(sessions.size(), 0u);
}

TEST_F(ResumableSessions, of_which_the_count_alone_is_left_say_that) {
  open("a", 1);
  close("a", 1, after(5, false));
  auto found = claim("a");
  EXPECT_EQ(found.is, verdict::count);
  EXPECT_EQ(found.session.handled, 5u);
}

TEST_F(ResumableSessions, can_be_resumed_for_a_limited_time) {
  for (auto id : {"a", "b"}) {
    open(id, 1);
    close(id, 1);
  }
  EXPECT_EQ(claim("a", noon + lifetime - 1ns).is, verdict::resumable);
  EXPECT_EQ(claim("b", noon + lifetime).is, verdict::count);
}

TEST_F(ResumableSessions, are_let_go_when_their_time_is_over) {
  open("a", 1);
  close("a", 1);
  open("b", 2);
  close("b", 2, after(1), noon + lifetime);
  EXPECT_EQ(sessions.size(), 1u);
  EXPECT_EQ(claim("a", noon + lifetime).is, verdict::unknown);
}

TEST_F(ResumableSessions, take_a_limited_room_once_they_have_ended) {
  for (std::string id : {"a", "b", "c", "d"})
    open(id, 1);
  EXPECT_EQ(sessions.size(), 4u); // as many as there are streams
  for (std::string id : {"d", "c", "b", "a"})
    close(id, 1);
  EXPECT_EQ(sessions.size(), 3u);
  EXPECT_EQ(claim("d").is, verdict::unknown);
  EXPECT_EQ(claim("c").is, verdict::resumable);
  EXPECT_EQ(claim("a").is, verdict::resumable);
}

TEST(ResumableSessionsUnderThreads, are_had_by_one_of_those_who_ask) {
  constexpr int sessions = 2000;
  resumable_sessions table{sessions};
  for (int i = 0; i < sessions; ++i) {
    table.open(std::to_string(i), 1, pair_of("partner.example"), {});
    table.close(std::to_string(i), 1, resumable_sessions::remains{{}, true}, noon);
  }
  std::atomic<int> had = 0;
  std::vector<std::thread> threads;
  for (int thread = 2; thread < 6; ++thread)
    threads.emplace_back([&, thread] {
      for (int i = 0; i < sessions; ++i) {
        auto found = table.claim(
          std::to_string(i), {}, [](const domain_pair&) { return true; }, noon);
        had += found.is == verdict::resumable ? 1 : 0;
        auto own = "own " + std::to_string(thread * sessions + i);
        table.open(own, static_cast<uint64_t>(thread), pair_of("partner.example"), {});
        table.close(own, static_cast<uint64_t>(thread), {}, noon);
      }
    });
  for (auto& x : threads)
    x.join();
  EXPECT_EQ(had, sessions);
  EXPECT_EQ(table.size(), 0u);
}

} // namespace
} // namespace fedhub
