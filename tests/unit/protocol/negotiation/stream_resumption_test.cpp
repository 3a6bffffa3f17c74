// Resumption of streams (XEP-0198 §5).
#include "protocol/negotiation/stream_management.hpp"

#include <gmock/gmock.h>

#include "tests/unit/protocol/negotiation/stream_management_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using scene = testing::managed_stream;

const std::string ask = "ahead <r/>";

TEST(StreamManagement, keeps_the_session_of_a_stream_that_the_peer_lets_resume) {
  auto stream = scene::initiating(true);
  EXPECT_THAT(stream.start(), ElementsAre("send <enable resume='true'/>", "hold"));
  EXPECT_FALSE(stream.machine.session());
  EXPECT_THAT(stream.peer("enabled", " id='some-id' resume='1' max='300' location='b.example:1'/>"),
              ElementsAre("enabled, resumable"));
  stream.written(5);
  stream.answer(2);
  stream.machine.handled(7, stream.now);
  const auto session = stream.machine.session();
  ASSERT_TRUE(session);
  EXPECT_EQ(session->id, "some-id");
  EXPECT_EQ(session->location, "b.example:1");
  EXPECT_EQ(session->max, 300s);
  EXPECT_EQ(session->handled, 7u);
  EXPECT_EQ(session->acknowledged, 2u);
  EXPECT_EQ(session->unacknowledged, 3u);

  auto next = scene::initiating(true);
  EXPECT_THAT(next.start(session), ElementsAre("send <resume previd='some-id' h='7'/>"));
  EXPECT_EQ(next.machine.session()->unacknowledged, 3u); // in case this stream fails as well
  EXPECT_THAT(next.peer("resumed", " previd='some-id' h='4'/>"),
              ElementsAre("resumed 2", "hold", "enabled, resumable"));
  EXPECT_EQ(next.machine.session()->acknowledged, 4u);
  EXPECT_EQ(next.machine.session()->id, "some-id");
  EXPECT_EQ(next.asked(), "<a xmlns='urn:xmpp:sm:3' h='7'/>");
  next.written(1);
  EXPECT_THAT(next.answer(5), ElementsAre("acknowledged 1"));
}

TEST(StreamManagement, can_resume_a_stream_whose_peer_stopped_acknowledging) {
  auto stream = scene::initiating(true);
  stream.start();
  stream.peer("enabled", " id='i' resume='true'/>");
  stream.flush(1);
  EXPECT_THAT(stream.elapse(60s), ::testing::Contains("broken: timed-out connection-timeout"));
  ASSERT_TRUE(stream.machine.session());
  EXPECT_EQ(stream.machine.session()->unacknowledged, 1u);
}

TEST(StreamManagement, takes_no_stream_for_resumable_without_an_identifier_or_unasked) {
  auto unnamed = scene::initiating(true);
  unnamed.start();
  EXPECT_THAT(unnamed.peer("enabled", " resume='true'/>"), ElementsAre("enabled"));
  EXPECT_FALSE(unnamed.machine.session());
  auto unasked = scene::initiating(false);
  unasked.start();
  EXPECT_THAT(unasked.peer("enabled", " id='i' resume='true'/>"), ElementsAre("enabled"));
  EXPECT_FALSE(unasked.machine.session());
}

TEST(StreamManagement, begins_anew_where_the_session_is_gone_and_uses_the_count_that_is_left) {
  const struct {
    std::string attributes;
    const char* settled;
  } rows[] = {{"", "lost 0"}, {" h='4'", "lost 2"}, {" h='6'", "lost 0"}, {" h='1'", "lost 0"}};
  for (const auto& row : rows) {
    auto stream = scene::initiating(true);
    stream.start(management_session{.id = "i", .acknowledged = 2, .unacknowledged = 3});
    EXPECT_THAT(stream.peer("failed", row.attributes
                                        + "><item-not-found "
                                          "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>"),
                ElementsAre(row.settled, "send <enable resume='true'/>", "hold"));
    EXPECT_THAT(stream.peer("enabled", " id='j' resume='true'/>"),
                ElementsAre("enabled, resumable"));
    EXPECT_EQ(stream.machine.session()->id, "j");
    stream.written(1);
    EXPECT_THAT(stream.answer(1), ElementsAre("acknowledged 1"));
  }
}

TEST(StreamManagement, refuses_a_resumption_that_can_not_be) {
  const struct {
    const char* attributes;
    const char* expected;
  } rows[] = {
    {" previd='i' h='6'/>", "broken: handled-count-too-high undefined-condition "
                            "<handled-count-too-high h='6' send-count='5'/>"},
    {" previd='i' h='1'/>", "broken: handled-count-too-high undefined-condition "
                            "<handled-count-too-high h='1' send-count='5'/>"},
    {" previd='i'/>", "broken: misuse invalid-xml"},
    {" previd='j' h='5'/>", "broken: misuse invalid-xml"},
  };
  for (const auto& row : rows) {
    auto stream = scene::initiating(true);
    stream.start(management_session{.id = "i", .acknowledged = 2, .unacknowledged = 3});
    EXPECT_THAT(stream.peer("resumed", row.attributes), ElementsAre(row.expected))
      << row.attributes;
  }
}

TEST(StreamManagement, does_not_wait_for_ever_to_be_resumed) {
  auto stream = scene::initiating(true);
  stream.start(management_session{.id = "i", .unacknowledged = 3});
  EXPECT_THAT(stream.elapse(60s), ElementsAre("broken: timed-out connection-timeout"));
  EXPECT_EQ(stream.machine.session()->unacknowledged, 3u);
}

TEST(StreamManagement, lets_a_peer_resume_its_stream) {
  auto stream = scene::receiving("first-id");
  EXPECT_THAT(stream.peer("enable", " resume='true' max='5'/>"),
              ElementsAre("send <enabled id='first-id' resume='true' max='120'/>", "hold",
                          "enabled, resumable"));
  stream.machine.handled(3, stream.now);
  stream.written(2);
  const auto session = stream.machine.session();
  ASSERT_TRUE(session);
  EXPECT_EQ(session->id, "first-id");
  EXPECT_EQ(session->max, 120s);

  auto next = scene::receiving("second-id");
  EXPECT_THAT(next.peer("resume", " previd='first-id' h='1'/>"), ElementsAre("resume first-id?"));
  EXPECT_EQ(next.machine.session_id(), "first-id");
  EXPECT_THAT(testing::words(next.machine.resume(*session, next.now)),
              ElementsAre("send <resumed previd='first-id' h='3'/>", "resumed 1", "hold",
                          "enabled, resumable"));
  EXPECT_EQ(next.machine.session()->id, "first-id");
  next.machine.handled(1, next.now);
  EXPECT_EQ(next.asked(), "<a xmlns='urn:xmpp:sm:3' h='4'/>");
}

TEST(StreamManagement, refuses_to_resume_what_it_does_not_know) {
  auto stream = scene::receiving("id");
  stream.peer("resume", " previd='gone' h='1'/>");
  EXPECT_THAT(testing::words(stream.machine.refuse_resume(9)),
              ElementsAre("send <failed h='9'><item-not-found "
                          "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>"));
  EXPECT_EQ(stream.machine.session_id(), "");
  EXPECT_THAT(stream.peer("enable"), ElementsAre("send <enabled/>", "hold", "enabled"));
  EXPECT_THAT(testing::words(stream.machine.refuse_resume()), IsEmpty()); // there is no request
  auto never = scene::receiving();
  EXPECT_THAT(never.peer("resume", " previd='i' h='1'/>"),
              ElementsAre("send <failed><feature-not-implemented "
                          "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>"));
  auto incomplete = scene::receiving("id");
  for (const char* attributes : {" previd='i'/>", " h='1'/>"})
    EXPECT_THAT(incomplete.peer("resume", attributes),
                ElementsAre("send <failed><bad-request "
                            "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>"));
  auto liar = scene::receiving("id");
  liar.peer("resume", " previd='i' h='9'/>");
  EXPECT_THAT(testing::words(liar.machine.resume({.id = "i", .unacknowledged = 8}, liar.now)),
              ElementsAre(StartsWith("broken: handled-count-too-high")));
}

TEST(StreamManagement, gives_no_identifier_to_a_peer_that_does_not_want_to_resume) {
  auto stream = scene::receiving("id");
  EXPECT_THAT(stream.peer("enable"), ElementsAre("send <enabled/>", "hold", "enabled"));
  EXPECT_FALSE(stream.machine.session());
}

} // namespace
} // namespace fedhub
