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
using testing::lines;
using role = stream_management::role;
using phase = stream_management::phase;

const std::string ask = "ahead <r/>";

// ---- negotiation -------------------------------------------------------------------------------

TEST(StreamManagement, is_asked_for_by_the_initiating_server_and_held_from_there_on) {
  auto stream = scene::initiating();
  EXPECT_THAT(stream.start(), ElementsAre("send <enable/>", "hold"));
  EXPECT_EQ(stream.machine.state(), phase::asked);
  EXPECT_THAT(stream.peer("enabled"), ElementsAre("enabled"));
  EXPECT_TRUE(stream.machine.on());
  EXPECT_THAT(stream.start(), IsEmpty());
}

TEST(StreamManagement, asks_for_what_was_written_before_the_peer_agreed) {
  auto stream = scene::initiating();
  stream.start();
  EXPECT_FALSE(stream.machine.before_flush(3, stream.now));
  EXPECT_THAT(stream.written(300, 1 << 20), IsEmpty()); // no request before it is enabled
  EXPECT_THAT(stream.peer("enabled"), ElementsAre("enabled", ask));
  EXPECT_THAT(stream.answer(300), ElementsAre("acknowledged 300"));
}

TEST(StreamManagement, goes_on_without_where_the_peer_refuses) {
  auto stream = scene::initiating();
  stream.start();
  stream.written(2);
  EXPECT_THAT(stream.peer("failed", "><unexpected-request "
                                    "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>"),
              ElementsAre("stop holding: unexpected-request"));
  EXPECT_EQ(stream.machine.state(), phase::off);
  EXPECT_EQ(stream.machine.unacknowledged(), 0u);
  EXPECT_EQ(stream.machine.next_deadline(), stream_management::time_point::max());
  stream.written(2);
  EXPECT_EQ(stream.machine.unacknowledged(), 0u);
}

TEST(StreamManagement, is_enabled_by_the_receiving_server_at_the_peers_wish) {
  auto stream = scene::receiving();
  EXPECT_THAT(stream.peer("enable"), ElementsAre("send <enabled/>", "hold", "enabled"));
  EXPECT_THAT(stream.start(), IsEmpty()); // only the initiating server asks for it
}

TEST(StreamManagement, is_refused_to_a_peer_that_is_not_authenticated_and_may_be_asked_for_again) {
  scene scene{{.side = role::receiving}};
  const auto refused = "send <failed><unexpected-request "
                       "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>";
  EXPECT_THAT(scene.peer("enable"), ElementsAre(refused));
  EXPECT_THAT(scene.peer("resume", " previd='i' h='0'/>"), ElementsAre(refused));
  scene.machine.permit();
  EXPECT_THAT(scene.peer("enable"), ElementsAre("send <enabled/>", "hold", "enabled"));
}

TEST(StreamManagement, answers_acknowledgement_out_of_place_by_failed_as_receiving_server) {
  auto stream = scene::receiving();
  const auto refused = "send <failed><unexpected-request "
                       "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>";
  EXPECT_THAT(stream.peer("r"), ElementsAre(refused));
  EXPECT_THAT(stream.answer(0), ElementsAre(refused));
  EXPECT_EQ(stream.machine.state(), phase::off);
}

TEST(StreamManagement, ends_the_stream_for_what_makes_no_sense_in_its_phase) {
  const struct {
    const char* what;
    scene stream;
    std::string xml;
    const char* error;
  } rows[] = {
    {"enabled twice", scene::enabled(), testing::management("enabled"), "unsupported-stanza-type"},
    {"enable, from the receiving server", scene::enabled(), testing::management("enable"),
     "unsupported-stanza-type"},
    {"resume, from the receiving server", scene::enabled(),
     testing::management("resume", " previd='i' h='0'/>"), "unsupported-stanza-type"},
    {"resumed unasked", scene::enabled(), testing::management("resumed", " previd='i' h='0'/>"),
     "unsupported-stanza-type"},
    {"failed after all", scene::enabled(), testing::management("failed"),
     "unsupported-stanza-type"},
    {"r before anything was asked for", scene::initiating(), testing::management("r"),
     "unsupported-stanza-type"},
    {"a before anything was asked for", scene::initiating(), testing::management("a", " h='0'/>"),
     "unsupported-stanza-type"},
    {"enabled unasked", scene::receiving(), testing::management("enabled"),
     "unsupported-stanza-type"},
    {"no element of it", scene::enabled(), testing::management("x"), "unsupported-stanza-type"},
    {"an older version", scene::enabled(), "<r xmlns='urn:xmpp:sm:2'/>", "unsupported-stanza-type"},
    {"an answer without a count", scene::enabled(), testing::management("a"), "invalid-xml"},
    {"an answer with a bad count", scene::enabled(), testing::management("a", " h='-1'/>"),
     "invalid-xml"},
  };
  for (auto row : rows) {
    EXPECT_THAT(row.stream.peer_sends(row.xml),
                ElementsAre("broken: misuse " + std::string{row.error}))
      << row.what;
    EXPECT_EQ(row.stream.machine.state(), phase::broken) << row.what;
    EXPECT_THAT(row.stream.peer("r"), IsEmpty()) << row.what;
    EXPECT_EQ(row.stream.machine.next_deadline(), stream_management::time_point::max()) << row.what;
  }
  auto twice = scene::receiving();
  twice.peer("enable");
  EXPECT_THAT(twice.peer("enable"), ElementsAre("broken: misuse policy-violation"));
  auto late = scene::receiving("id");
  late.peer("enable");
  EXPECT_THAT(late.peer("resume", " previd='i' h='0'/>"),
              ElementsAre("broken: misuse policy-violation"));
}

TEST(StreamManagement, does_not_wait_for_ever_to_be_enabled) {
  auto stream = scene::initiating();
  stream.start();
  EXPECT_THAT(stream.elapse(59s), IsEmpty());
  EXPECT_THAT(stream.elapse(1s), ElementsAre("broken: timed-out connection-timeout"));
}

// ---- incoming stanzas --------------------------------------------------------------------------

TEST(StreamManagement, acknowledges_what_was_handled_since_it_was_enabled) {
  auto stream = scene::receiving();
  stream.machine.handled(5, stream.now); // before it is enabled: neither end counts these
  EXPECT_EQ(stream.machine.final_count_xml(), "");
  stream.peer("enable");
  EXPECT_EQ(stream.asked(), "<a xmlns=\'urn:xmpp:sm:3\' h=\'0\'/>");
  stream.machine.handled(2, stream.now);
  stream.machine.handled(1, stream.now);
  EXPECT_EQ(stream.asked(), "<a xmlns=\'urn:xmpp:sm:3\' h=\'3\'/>");
  EXPECT_EQ(stream.asked(), "<a xmlns=\'urn:xmpp:sm:3\' h=\'3\'/>");
  EXPECT_EQ(stream.machine.final_count_xml(), "<a xmlns='urn:xmpp:sm:3' h='3'/>");
}

TEST(StreamManagement, answers_all_requests_that_wait_by_one) {
  auto stream = scene::receiving();
  stream.peer("enable");
  EXPECT_EQ(stream.machine.take_answer(), "");
  for (int i = 0; i < 1000; ++i) {
    EXPECT_THAT(stream.peer("r"), IsEmpty());
    stream.machine.handled(1, stream.now);
  }
  EXPECT_EQ(stream.machine.take_answer(), "<a xmlns='urn:xmpp:sm:3' h='1000'/>");
  EXPECT_EQ(stream.machine.take_answer(), "");
}

TEST(StreamManagement, answers_no_request_once_it_is_broken) {
  auto stream = scene::receiving();
  stream.peer("enable");
  stream.peer("r");
  stream.peer("enable");
  EXPECT_EQ(stream.machine.state(), phase::broken);
  EXPECT_EQ(stream.machine.take_answer(), "");
}

TEST(StreamManagement, cuts_off_a_peer_that_is_refused_again_and_again) {
  struct {
    const char *name, *rest;
    bool permitted;
  } const table[] = {{"enable", "/>", false},
                     {"resume", " previd='i' h='0'/>", false},
                     {"resume", " previd='i' h='0'/>", true},
                     {"resume", "/>", true},
                     {"r", "/>", true},
                     {"a", " h='0'/>", true}};
  for (auto& row : table) {
    scene scene{{.side = role::receiving}};
    if (row.permitted)
      scene.machine.permit();
    for (uint32_t i = 0; i < stream_management::most_refusals; ++i)
      EXPECT_THAT(scene.peer(row.name, row.rest), ElementsAre(StartsWith("send <failed")));
    EXPECT_THAT(scene.peer(row.name, row.rest), ElementsAre("broken: misuse policy-violation"));
  }
}

TEST(StreamManagement, counts_what_it_handles_modulo_2_to_the_32) {
  auto stream = scene::receiving();
  stream.peer("enable");
  stream.machine.handled(4294967295, stream.now);
  EXPECT_EQ(stream.asked(), "<a xmlns=\'urn:xmpp:sm:3\' h=\'4294967295\'/>");
  stream.machine.handled(2, stream.now);
  EXPECT_EQ(stream.asked(), "<a xmlns=\'urn:xmpp:sm:3\' h=\'1\'/>");
}

// ---- outgoing stanzas --------------------------------------------------------------------------

TEST(StreamManagement, settles_what_the_peer_acknowledges) {
  auto machine = scene::enabled();
  machine.written(5);
  EXPECT_THAT(machine.answer(2), ElementsAre("acknowledged 2"));
  EXPECT_THAT(machine.answer(2), IsEmpty());
  EXPECT_THAT(machine.answer(5), ElementsAre("acknowledged 3"));
  EXPECT_EQ(machine.machine.unacknowledged(), 0u);
}

TEST(StreamManagement, counts_what_is_acknowledged_modulo_2_to_the_32) {
  auto stream = scene::initiating(true);
  stream.start(management_session{.id = "i", .acknowledged = 4294967290, .unacknowledged = 10});
  EXPECT_THAT(stream.peer("resumed", " previd='i' h='4294967294'/>"),
              ElementsAre("resumed 4", "hold", "enabled, resumable"));
  stream.written(5);
  EXPECT_THAT(stream.answer(0), ElementsAre("acknowledged 2"));
  EXPECT_THAT(stream.answer(3), ElementsAre("acknowledged 3"));
  stream.written(1);
  EXPECT_THAT(stream.answer(5), ElementsAre("broken: handled-count-too-high undefined-condition "
                                            "<handled-count-too-high h='5' send-count='4'/>"));
}

TEST(StreamManagement, ends_the_stream_of_a_peer_that_acknowledges_what_was_never_sent) {
  for (uint32_t h : {3u, 4u, 1000u, 4294967295u}) {
    auto machine = scene::enabled();
    machine.written(2);
    EXPECT_THAT(machine.answer(h), ElementsAre("broken: handled-count-too-high undefined-condition "
                                               "<handled-count-too-high h='"
                                               + std::to_string(h) + "' send-count='2'/>"))
      << h;
    EXPECT_FALSE(machine.machine.session());
  }
}

TEST(StreamManagement, takes_no_acknowledgement_back) {
  auto machine = scene::enabled();
  machine.written(5);
  machine.answer(3);
  for (uint32_t h : {2u, 0u}) {
    EXPECT_THAT(machine.answer(h), IsEmpty()) << h;
    EXPECT_EQ(machine.machine.unacknowledged(), 2u);
  }
  EXPECT_THAT(machine.answer(5), ElementsAre("acknowledged 2"));
  EXPECT_THAT(machine.answer(4294967295), // below 0, where counting began
              ElementsAre(StartsWith("broken: handled-count-too-high")));
}

// ---- requests ----------------------------------------------------------------------------------

TEST(StreamManagement, asks_with_the_last_stanza_once_a_round_trip) {
  auto machine = scene::enabled();
  EXPECT_FALSE(machine.flush(0)); // nothing to ask for
  EXPECT_TRUE(machine.flush(1));
  EXPECT_FALSE(machine.flush(1)); // a request is pending
  EXPECT_THAT(machine.answer(1), ElementsAre("acknowledged 1"));
  EXPECT_TRUE(machine.flush(0)); // for the second stanza
  EXPECT_FALSE(machine.flush(0));
  machine.answer(2);
  EXPECT_FALSE(machine.flush(0));
  EXPECT_TRUE(machine.flush(stream_management::few_stanzas));
}

TEST(StreamManagement, does_not_ask_for_what_was_acknowledged_unasked) {
  auto machine = scene::enabled();
  machine.written(5);
  machine.answer(5);
  EXPECT_FALSE(machine.flush(0));
  EXPECT_TRUE(machine.flush(1));
}

TEST(StreamManagement, asks_behind_every_so_many_stanzas_or_octets) {
  constexpr auto many = stream_management::ask_after_stanzas;
  constexpr auto large = stream_management::ask_after_octets;
  auto machine = scene::enabled();
  EXPECT_FALSE(machine.machine.before_flush(many, machine.now)); // more stanzas follow
  EXPECT_THAT(machine.written(many - 1), IsEmpty());
  EXPECT_THAT(machine.written(1), ElementsAre(ask));
  EXPECT_THAT(machine.written(many - 1), IsEmpty());
  EXPECT_THAT(machine.written(1), ElementsAre(ask)); // although the first request is not answered
  EXPECT_THAT(machine.written(1, large - 1), IsEmpty());
  EXPECT_THAT(machine.written(1, 1), ElementsAre(ask));
  EXPECT_THAT(machine.written(10 * many, 10 * large), ElementsAre(ask)); // one request covers all
  EXPECT_THAT(machine.written(0, 0), IsEmpty());
}

TEST(StreamManagement, asks_again_for_what_an_answer_left_out) {
  auto machine = scene::enabled();
  machine.flush(5);
  EXPECT_THAT(machine.answer(3), ElementsAre("acknowledged 3"));
  EXPECT_FALSE(machine.flush(0));
  EXPECT_THAT(machine.elapse(14s), IsEmpty());
  EXPECT_THAT(machine.elapse(1s), ElementsAre(ask));
  EXPECT_THAT(machine.answer(5), ElementsAre("acknowledged 2"));
}

TEST(StreamManagement, asks_a_peer_that_was_not_heard_for_long) {
  auto machine = scene::enabled();
  EXPECT_THAT(machine.elapse(29s), IsEmpty());
  machine.machine.handled(1, machine.now);
  EXPECT_THAT(machine.elapse(29s), IsEmpty());
  EXPECT_THAT(machine.elapse(1s), ElementsAre(ask));
  EXPECT_THAT(machine.answer(0), IsEmpty());
  EXPECT_THAT(machine.elapse(29s), IsEmpty());
  machine.peer("r");
  EXPECT_THAT(machine.elapse(29s), IsEmpty());
}

// ---- a peer that stops acknowledging -----------------------------------------------------------

TEST(StreamManagement, finds_a_silent_peer_dead_within_90_s) {
  const lines dead{ask, ask, "broken: timed-out connection-timeout"};
  auto busy = scene::enabled();
  busy.elapse(10s);
  busy.flush(1);
  const auto waiting = busy.elapse(59s);
  EXPECT_THAT(waiting, ElementsAre(ask, ask, ask));
  EXPECT_THAT(busy.elapse(1s), ElementsAre("broken: timed-out connection-timeout"));
  auto quiet = scene::enabled();
  EXPECT_THAT(quiet.elapse(89s), ElementsAre(ask, ask)); // the second one 30 s later
  EXPECT_THAT(quiet.elapse(1s), ElementsAre("broken: timed-out connection-timeout"));
}

TEST(StreamManagement, is_not_deceived_by_traffic_that_is_never_acknowledged) {
  auto machine = scene::enabled();
  machine.flush(1);
  for (int i = 0; i < 59; ++i) {
    machine.elapse(1s);
    machine.flush(1);
    machine.machine.handled(1, machine.now);
    EXPECT_THAT(machine.answer(0), IsEmpty()); // it answers, but acknowledges nothing
  }
  EXPECT_THAT(machine.elapse(1s), ElementsAre("broken: timed-out connection-timeout"));
}

TEST(StreamManagement, is_patient_with_a_peer_that_gets_on) {
  auto machine = scene::enabled();
  machine.written(1000);
  for (uint32_t h = 1; h <= 10; ++h) {
    EXPECT_THAT(machine.elapse(59s), ::testing::Each(ask));
    EXPECT_THAT(machine.answer(h), ElementsAre("acknowledged 1"));
  }
}

TEST(StreamManagement, times_out_on_stanzas_that_no_pending_request_covered) {
  auto machine = scene::enabled();
  EXPECT_TRUE(machine.machine.before_flush(2, machine.now)); // the socket takes only one for now
  machine.written(1);
  machine.answer(1); // unasked: the request is still in the outbox
  EXPECT_FALSE(machine.flush(1));
  EXPECT_THAT(machine.elapse(15s), ElementsAre(ask));
  EXPECT_THAT(machine.elapse(59s), ElementsAre(ask, ask, ask));
  EXPECT_THAT(machine.elapse(1s), ElementsAre("broken: timed-out connection-timeout"));
}

TEST(StreamManagement, waits_for_no_more_than_was_written) {
  auto machine = scene::enabled();
  EXPECT_TRUE(machine.machine.before_flush(2, machine.now)); // one of them will be taken back
  machine.written(1);
  machine.answer(1);
  EXPECT_THAT(machine.elapse(29s), IsEmpty());
  EXPECT_THAT(machine.elapse(1s), ElementsAre(ask)); // having heard nothing
  machine.answer(1);
  EXPECT_THAT(machine.elapse(29s), IsEmpty());
  EXPECT_FALSE(machine.flush(0));
  EXPECT_TRUE(machine.flush(1)); // no request covers this one yet
}

TEST(StreamManagement, times_out_on_stanzas_written_while_a_request_without_stanzas_is_pending) {
  auto machine = scene::enabled();
  machine.elapse(30s); // asks, having heard nothing
  machine.elapse(30s); // asks again
  machine.answer(0);
  EXPECT_FALSE(machine.flush(1)); // the second request is still pending
  EXPECT_THAT(machine.elapse(59s), ::testing::Each(ask));
  EXPECT_THAT(machine.elapse(1s), ElementsAre("broken: timed-out connection-timeout"));
}

} // namespace
} // namespace fedhub
