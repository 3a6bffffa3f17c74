// Without actors, so that ThreadSanitizer can test it: CAF's library is not built for that.
#include "actors/rules/resumable_sessions.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
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

address_group at(const std::string& ip) { return address_group{*socket_address::parse(ip, 1)}; }

class ResumableSessions : public testing::Test {
protected:
  static resumable_sessions::remains after(uint32_t handled, bool resumable = true) {
    resumable_sessions::remains remains;
    remains.session.handled = handled;
    remains.resumable = resumable;
    return remains;
  }

  void open(std::string_view id, uint64_t stream) {
    sessions.open(id, stream, pair_of("partner.example"), at("192.0.2.1"), {});
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

TEST_F(ResumableSessions, can_be_resumed_once) {
  EXPECT_EQ(claim("a").is, verdict::unknown);
  open("a", 1);
  EXPECT_THAT(close("a", 1, after(7)), IsEmpty());
  auto found = claim("a");
  EXPECT_EQ(found.is, verdict::resumable);
  EXPECT_EQ(found.session.handled, 7u);
  EXPECT_EQ(claim("a").is, verdict::unknown);
  EXPECT_EQ(sessions.size(), 0u);
}

TEST_F(ResumableSessions, are_purged_of_pairs_that_are_not_admitted_any_more) {
  sessions.open("denied", 1, pair_of("denied.example"), at("192.0.2.1"), {});
  open("fine", 2);
  sessions.open("denied, of a stream that is up", 3, pair_of("denied.example"), at("192.0.2.1"),
                {});
  close("denied", 1);
  close("fine", 2);
  sessions.purge([](const domain_pair& x) { return x != pair_of("denied.example"); });
  EXPECT_EQ(claim("denied", noon, "denied.example").is, verdict::unknown);
  EXPECT_EQ(claim("fine").is, verdict::resumable);
  EXPECT_EQ(sessions.size(), 1u) << "the other goes with its stream";
  close("denied, of a stream that is up", 3, {});
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
  EXPECT_THAT(close("a", 1, {}), IsEmpty()); // the former stream's actor ends only now
  EXPECT_EQ(claim("a").is, verdict::in_use);
  EXPECT_THAT(close("a", 2, after(9)), SizeIs(1));
  EXPECT_EQ(claim("a").session.handled, 9u);
}

TEST_F(ResumableSessions, that_left_nothing_are_forgotten) {
  open("a", 1);
  claim("a");
  EXPECT_THAT(close("a", 1, {}), SizeIs(1)); // the waiting stream is told
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
  EXPECT_EQ(sessions.size(), 4u); // as many as there are open streams
  for (std::string id : {"d", "c", "b", "a"})
    close(id, 1);
  EXPECT_EQ(sessions.size(), 3u);
  EXPECT_EQ(claim("d").is, verdict::unknown);
  EXPECT_EQ(claim("c").is, verdict::resumable);
  EXPECT_EQ(claim("a").is, verdict::resumable);
}

// ---- shares of the room -------------------------------------------------------------------------

class RoomForSessions : public testing::Test {
protected:
  static constexpr size_t room = 100;

  void leave(const std::string& id, const std::string& domain, const std::string& ip) {
    sessions->open(id, 1, pair_of(domain), at(ip), {});
    sessions->close(id, 1, resumable_sessions::remains{{}, true}, now += 1ms);
  }
  bool has(const std::string& id) {
    return sessions
             ->claim(
               id, {}, [](const domain_pair&) { return true; }, now)
             .is
           != verdict::unknown;
  }

  void begin() { sessions = std::make_unique<resumable_sessions>(room); }

  std::unique_ptr<resumable_sessions> sessions = std::make_unique<resumable_sessions>(room);
  time_point now = noon;
};

TEST_F(RoomForSessions, is_lost_first_by_the_peer_that_has_most) {
  struct {
    const char* what;
    std::function<std::string(int)> domain, ip;
  } floods[] = {
    {"one domain at the same address", [](int) { return "big.example"; },
     [](int) { return "192.0.2.1"; }},
    {"one domain at an address of its own", [](int) { return "big.example"; },
     [](int) { return "192.0.2.2"; }},
    {"one domain at many addresses", [](int) { return "big.example"; },
     [](int i) { return "198.51.100." + std::to_string(i % 7); }},
    {"many domains at an address", [](int i) { return std::to_string(i) + ".big.example"; },
     [](int) { return "192.0.2.2"; }},
    {"many domains in a /64", [](int i) { return std::to_string(i) + ".big.example"; },
     [](int i) { return "2001:db8::" + std::to_string(i % 9000); }},
  };
  for (auto& flood : floods) {
    begin();
    for (int i = 0; i < 3; ++i)
      leave("small " + std::to_string(i), "small.example", "192.0.2.1");
    for (int i = 0; i < 8400; ++i)
      leave("big " + std::to_string(i), flood.domain(i), flood.ip(i));
    EXPECT_LE(sessions->size(), room);
    for (int i = 0; i < 3; ++i)
      EXPECT_TRUE(has("small " + std::to_string(i))) << flood.what;
    EXPECT_FALSE(has("big 0")) << flood.what;
    EXPECT_TRUE(has("big 8399")) << flood.what; // its oldest sessions go first
  }
}

TEST_F(RoomForSessions, is_shared_evenly_by_two_who_want_it_all) {
  for (int i = 0; i < 500; ++i) {
    leave("a " + std::to_string(i), "a.example", "192.0.2.1");
    leave("b " + std::to_string(i), "b.example", "192.0.2.1");
  }
  int a = 0;
  int b = 0;
  for (int i = 0; i < 500; ++i) {
    a += has("a " + std::to_string(i)) ? 1 : 0;
    b += has("b " + std::to_string(i)) ? 1 : 0;
  }
  EXPECT_EQ(a, 50);
  EXPECT_EQ(b, 50);
}

TEST_F(RoomForSessions, is_lost_by_the_oldest_where_all_have_as_much) {
  for (size_t i = 0; i <= room; ++i)
    leave(std::to_string(i), std::to_string(i) + ".example", "10.0.0." + std::to_string(i));
  EXPECT_FALSE(has("0"));
  EXPECT_TRUE(has("1"));
  EXPECT_EQ(sessions->size(), room - 1);
}

TEST(ResumableSessionsUnderThreads, are_given_to_only_one_of_several_claims) {
  constexpr int sessions = 2000;
  resumable_sessions table{sessions};
  for (int i = 0; i < sessions; ++i) {
    table.open(std::to_string(i), 1, pair_of("partner.example"), at("192.0.2.1"), {});
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
        table.open(own, static_cast<uint64_t>(thread), pair_of("partner.example"),
                   at("192.0.2." + std::to_string(thread)), {});
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
