#include "protocol/negotiation/stream_ping.hpp"

#include <gmock/gmock.h>

#include "protocol/text/domain_name.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using verdict = stream_ping::verdict;

domain_name domain(std::string_view text) { return *domain_name::parse(text); }

/// The pair of the answer.
const domain_pair back{domain("partner.example"), domain("corp.example")};

std::string id_of(const std::string& request) {
  const auto begin = request.find("id='") + 4;
  return request.substr(begin, request.find('\'', begin) - begin);
}

class StreamPing : public testing::Test {
protected:
  stream_ping::time_point start{1h};
  stream_ping ping{{domain("corp.example"), domain("partner.example")}, 60s, 20s};
};

TEST_F(StreamPing, asks_a_peer_that_was_quiet) {
  EXPECT_EQ(ping.next_deadline(start), start + 60s);
  EXPECT_EQ(ping.on_time(start, start + 59s), verdict::wait);
  EXPECT_EQ(ping.on_time(start, start + 60s), verdict::ask);
  const auto request = ping.request(start + 60s);
  EXPECT_THAT(request, HasSubstr("<iq type='get'"));
  EXPECT_THAT(request, HasSubstr("from='corp.example' to='partner.example'"));
  EXPECT_THAT(request, HasSubstr("<ping xmlns='urn:xmpp:ping'/>"));
  EXPECT_GT(id_of(request).size(), 16u);
  EXPECT_TRUE(ping.waiting(start));
}

TEST_F(StreamPing, finds_a_peer_dead_that_stays_silent) {
  ping.request(start + 60s);
  EXPECT_EQ(ping.next_deadline(start), start + 80s);
  EXPECT_EQ(ping.on_time(start, start + 79s), verdict::wait);
  EXPECT_EQ(ping.on_time(start, start + 80s), verdict::dead);
}

TEST_F(StreamPing, takes_an_answer_on_another_stream_for_a_sign_of_life) {
  ping.request(start + 60s);
  EXPECT_TRUE(ping.answer_due());
  ping.answered(start + 61s);
  EXPECT_FALSE(ping.answer_due());
  EXPECT_FALSE(ping.waiting(start));
  EXPECT_EQ(ping.on_time(start, start + 80s), verdict::wait);
  EXPECT_EQ(ping.next_deadline(start), start + 121s);
  EXPECT_EQ(ping.on_time(start, start + 121s), verdict::ask);
  ping.answered(start); // a late answer out of order does not set the time back
  EXPECT_EQ(ping.next_deadline(start), start + 121s);
}

TEST_F(StreamPing, takes_any_octet_for_a_sign_of_life) {
  ping.request(start + 60s);
  const auto heard = start + 70s;
  EXPECT_FALSE(ping.waiting(heard));
  EXPECT_EQ(ping.next_deadline(heard), heard + 60s);
  EXPECT_EQ(ping.on_time(heard, heard + 59s), verdict::wait);
  EXPECT_EQ(ping.on_time(heard, heard + 60s), verdict::ask);
}

TEST_F(StreamPing, does_not_forget_a_sign_of_life) {
  // While the stream is not read, the present counts as a sign of life. When it is read again,
  // there is nothing to read.
  ping.request(start + 60s);
  EXPECT_EQ(ping.on_time(start + 75s, start + 75s), verdict::wait);
  EXPECT_EQ(ping.on_time(start, start + 81s), verdict::wait);
  EXPECT_EQ(ping.next_deadline(start), start + 135s);
}

TEST_F(StreamPing, takes_its_own_answer_and_nothing_else) {
  EXPECT_FALSE(ping.answer_due());
  EXPECT_FALSE(ping.takes("result", "", back));
  const auto id = id_of(ping.request(start));
  EXPECT_TRUE(ping.answer_due());
  EXPECT_FALSE(ping.takes("get", id, back));
  EXPECT_FALSE(ping.takes("result", id + "x", back));
  EXPECT_FALSE(ping.takes("result", id, {back.to, back.from}));
  EXPECT_FALSE(ping.takes("result", id, {domain("other.example"), back.to}));
  EXPECT_FALSE(ping.takes("result", id, {back.from, domain("other.example")}));
  EXPECT_TRUE(ping.takes("result", id, back));
  EXPECT_FALSE(ping.answer_due());
  EXPECT_FALSE(ping.takes("result", id, back)) << "once";
}

TEST_F(StreamPing, takes_late_answers_and_errors) {
  const auto id = id_of(ping.request(start));
  EXPECT_EQ(id_of(ping.request(start + 90s)), id);
  EXPECT_TRUE(ping.takes("error", id, back));
  EXPECT_TRUE(ping.answer_due());
  EXPECT_TRUE(ping.takes("result", id, back));
}

TEST_F(StreamPing, has_an_id_of_its_own_for_each_stream) {
  stream_ping other{{back.to, back.from}, 60s, 20s};
  EXPECT_NE(id_of(ping.request(start)), id_of(other.request(start)));
}

} // namespace
} // namespace fedhub
