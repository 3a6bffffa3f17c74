// The memory that a peer can make the hub hold by asking questions and not reading the answers.
#include <gmock/gmock.h>

#include "tests/unit/actors/connection/peer_scene.hpp"

namespace fedhub {
namespace {

size_t count(std::string_view text, std::string_view part) {
  size_t n = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + part.size()))
    ++n;
  return n;
}

class ConnectionMemory : public test::peer_test {
protected:
  double held() const { return metrics.unauthenticated_octets.Value(); }

  /// Far more questions than the limit and the sockets allow.
  static constexpr int many = 20'000;
};

TEST_F(ConnectionMemory, is_bounded_where_a_peer_asks_and_does_not_read) {
  connect(stream_leg::s2s_in);
  send(test::peer_header);
  const auto all = test::questions(many);
  EXPECT_LT(send(all), all.size()) << "the hub is to stop reading";
  EXPECT_GT(held(), 200'000);
  EXPECT_LT(held(), 400'000) << "the limit, a chunk of input, and the answers to one element";
}

TEST_F(ConnectionMemory, loses_no_answer_once_the_peer_reads_again) {
  connect(stream_leg::s2s_in);
  send(test::peer_header);
  const auto all = test::questions(many);
  size_t answers = 0;
  for (size_t sent = 0; sent < all.size();) {
    sent += send(std::string_view{all}.substr(sent));
    answers += count(read(), "<db:verify ");
  }
  answers += count(read(), "<db:verify ");
  EXPECT_EQ(answers, many);
  EXPECT_LT(held(), 100'000);
}

TEST_F(ConnectionMemory, is_given_back_when_the_connection_ends) {
  connect(stream_leg::s2s_in);
  send(test::peer_header);
  send(test::questions(many));
  peer.reset();
  look_at_network();
  elapse(std::chrono::seconds{6}, std::chrono::milliseconds{100});
  EXPECT_EQ(held(), 0);
}

TEST_F(ConnectionMemory, above_the_limit_for_all_ends_those_that_hold_most) {
  begin("[limits]\nmemory_bytes_per_connection = 262144\n");
  hub_->unauthenticated.limit(700'000);
  std::vector<std::unique_ptr<transport>> others;
  for (int i = 0; i < 4; ++i) {
    connect(stream_leg::s2s_in);
    send(test::peer_header);
    send(test::questions(many));
    others.push_back(std::move(peer));
  }
  EXPECT_LE(held(), 700'000);
  EXPECT_GE(metrics.streams_closed.at(stream_leg::s2s_in, failure::memory_full).Value(), 1);
}

} // namespace
} // namespace fedhub
