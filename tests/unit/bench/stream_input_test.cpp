#include "bench/load/stream_input.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace fedhub::load {

namespace {

using testing::ElementsAre;

constexpr auto node = "node.load.example";
constexpr uint32_t lanes = 100;

/// Records each event as a line.
class recorder final : public stream_input::sink {
public:
  void on_header(const stream_header& x) override { lines.push_back("header " + x.from); }
  void on_element(const stream_element::node& x) override {
    lines.push_back(std::string{x.local_name()});
  }
  void on_stanza(const stamp& stamp, std::string_view text, nanos) override {
    lines.push_back(std::to_string(stamp.lane) + '/' + std::to_string(stamp.sequence));
    stanzas.emplace_back(text);
  }
  void on_stream_end() override { lines.emplace_back("end"); }
  void on_fault(std::string_view why) override { lines.push_back("fault: " + std::string{why}); }

  std::vector<std::string> lines, stanzas;
};

class StreamInput : public testing::Test {
protected:
  StreamInput() { input.skim(); }

  std::string stanza(uint16_t lane, uint32_t sequence) const {
    std::string text(forms.longest(), '?');
    text.resize(static_cast<size_t>(forms.write(text.data(), {.lane = lane, .sequence = sequence})
                                    - text.data()));
    return text;
  }

  /// Feeds the octets in pieces and keeps the octets that are not consumed, as a connection does.
  void receive(const std::string& octets, size_t piece) {
    for (size_t i = 0; i < octets.size(); i += piece) {
      pending += octets.substr(i, piece);
      pending.erase(0, input.take(pending, 0));
    }
  }

  static constexpr auto verify = "<db:verify from='a' to='b' id='c'>key</db:verify>";

  const stanza_forms forms = *stanza_forms::make(heading::to_node, node, stanza_mix::kinds, {});
  const std::string header = make_stream_header({.from = "r0.load.example", .to = node});
  stanza_ends ends{forms};
  recorder seen;
  stream_input input{seen, ends, lanes};
  std::string pending;
};

TEST_F(StreamInput, finds_each_stanza_whole_however_the_octets_come) {
  std::string octets = header;
  std::vector<std::string> sent;
  for (uint32_t sequence = 0; sequence < 120; ++sequence)
    octets += sent.emplace_back(stanza(static_cast<uint16_t>(sequence % lanes), sequence));
  for (const size_t piece : {1UL, 7UL, 250UL, 1000UL, octets.size()}) {
    recorder found;
    stream_input again{found, ends, lanes};
    again.skim();
    std::string rest;
    for (size_t i = 0; i < octets.size(); i += piece) {
      rest += octets.substr(i, piece);
      rest.erase(0, again.take(rest, 0));
    }
    EXPECT_EQ(found.stanzas, sent) << piece;
    EXPECT_EQ(rest, "");
  }
}

TEST_F(StreamInput, sees_what_stands_between_stanzas) {
  for (const size_t piece : {1UL, 100UL, 100000UL}) {
    recorder found;
    stream_input again{found, ends, lanes};
    again.skim();
    const std::string octets = header + stanza(1, 0) + stanza(1, 1) + verify + stanza(1, 2) + " \n"
                               + stanza(1, 3)
                               + "<stream:error><reset "
                                 "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
                               + "</stream:stream>";
    std::string rest;
    for (size_t i = 0; i < octets.size(); i += piece) {
      rest += octets.substr(i, piece);
      rest.erase(0, again.take(rest, 0));
    }
    EXPECT_THAT(found.lines, ElementsAre("header r0.load.example", "1/0", "1/1", "verify", "1/2",
                                         "1/3", "error", "end"))
      << piece;
  }
}

TEST_F(StreamInput, gives_no_stanza_the_stamp_of_the_next) {
  receive(header + stanza(1, 0) + "<message from='x@r1.load.example' to='node.load.example'/>"
            + stanza(1, 1) + "<presence id='none'><status>a</status></presence>" + stanza(1, 2),
          100000);
  EXPECT_THAT(seen.lines,
              ElementsAre("header r0.load.example", "1/0", "message", "1/1", "presence", "1/2"));
}

TEST_F(StreamInput, finds_stanzas_that_a_server_wrote_anew) {
  const std::string id = stanza(2, 5).substr(stanza(2, 5).find('~'), stamp_size);
  receive(header + "<message id=\"" + id + "\" to=\"node.load.example\"/>"                //
            + "<message to='node.load.example' id='" + id + "' ><body>1</body></message>" //
            + "<message to='node.load.example' id='" + id + "' ><body>longer</body></message>"
            + stanza(2, 6),
          100000);
  EXPECT_THAT(seen.lines, ElementsAre("header r0.load.example", "2/5", "2/5", "2/5", "2/6"));
}

TEST_F(StreamInput, takes_stamped_stanzas_by_the_scanner_before_skimming_is_allowed) {
  stream_input careful{seen, ends, lanes};
  const std::string octets = header + stanza(1, 0) + verify + stanza(1, 1);
  EXPECT_EQ(careful.take(octets, 0), octets.size());
  EXPECT_THAT(seen.lines, ElementsAre("header r0.load.example", "1/0", "verify", "1/1"));
}

TEST_F(StreamInput, finds_fault_with_a_stamp_of_a_lane_that_is_not_there) {
  receive(header + stanza(1, 0) + stanza(lanes, 0) + stanza(1, 1), 100000);
  EXPECT_THAT(seen.lines, ElementsAre("header r0.load.example", "1/0",
                                      "fault: a stamp that the generator did not write"));
}

TEST_F(StreamInput, finds_fault_with_what_is_not_xml) {
  receive(header + stanza(1, 0) + "<<" + stanza(1, 1), 100000);
  ASSERT_EQ(seen.lines.size(), 3U);
  EXPECT_THAT(seen.lines.back(), testing::StartsWith("fault: "));
}

TEST(IsErrorStanza, looks_at_the_start_tag_only) {
  EXPECT_TRUE(is_error_stanza("<iq id='1' type='error'><a/></iq>"));
  EXPECT_TRUE(is_error_stanza("<iq type=\"error\" id='1'/>"));
  EXPECT_FALSE(is_error_stanza("<iq type='result'><x type='error'/></iq>"));
}

} // namespace

} // namespace fedhub::load
