#include "protocol/stream/component_stream.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <openssl/sha.h>

#include "protocol/text/hex.hpp"
#include "protocol/text/namespaces.hpp"
#include "tests/unit/protocol/stream/stream_driver.hpp"

namespace fedhub {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using phase = component_stream::phase;
using lines = std::vector<std::string>;

constexpr std::string_view header =
  "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' "
  "to='node.example'>";

std::string digest(const std::string& text) {
  unsigned char out[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), out);
  return to_hex(out);
}

std::vector<component_stream::candidate> find(std::string_view to) {
  if (to == "node.example")
    return {{"first", "secret-1"}, {"second", "secret-2"}, {"third", "secret-2"}};
  return {};
}

struct scene {
  scene() = default;
  explicit scene(const lines& steps) {
    for (const auto& x : steps)
      sends(x);
  }
  scene(const scene&) = delete;
  scene& operator=(const scene&) = delete;
  ~scene() { EXPECT_EQ(driver.violation(), ""); }

  lines sends(std::string_view xml) { return driver.receive(xml); }
  lines shakes_hands(const std::string& secret) {
    return sends("<handshake>" + digest(stream.stream_id() + secret) + "</handshake>");
  }

  component_stream stream{find};
  testing::stream_driver<component_stream> driver{stream};
};

TEST(ComponentStream, answers_the_header_by_the_name_that_was_asked_for) {
  scene s;
  EXPECT_THAT(s.sends(header),
              ElementsAre(AllOf(HasSubstr(" xmlns='jabber:component:accept'"),
                                HasSubstr(" from='node.example'"),
                                HasSubstr(" id='" + s.stream.stream_id() + "'"),
                                Not(HasSubstr("version='1.0'>")), Not(HasSubstr("xmlns:db")),
                                Not(HasSubstr("xml:lang"))),
                          "ready"));
  EXPECT_EQ(s.stream.peer_name(), "node.example");
}

TEST(ComponentStream, tells_which_candidate_knows_the_secret) {
  struct row {
    const char* secret;
    const char* outcome;
  };
  for (const row& line : {row{"secret-1", "candidate 0"}, row{"secret-2", "candidate 1"}}) {
    scene s{{std::string{header}}};
    EXPECT_FALSE(s.stream.authenticated());
    EXPECT_THAT(s.shakes_hands(line.secret), ElementsAre("send <handshake/>", line.outcome));
    EXPECT_TRUE(s.stream.authenticated());
    EXPECT_THAT(s.sends("<message/>"), IsEmpty());
    EXPECT_EQ(s.driver.stanzas(), 1u);
  }
}

TEST(ComponentStream, takes_the_digest_in_upper_case_and_with_space_around) {
  scene s{{std::string{header}}};
  auto text = digest(s.stream.stream_id() + "secret-1");
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
  EXPECT_THAT(s.sends("<handshake>\n " + text + "\n</handshake>"),
              ElementsAre("send <handshake/>", "candidate 0"));
}

TEST(ComponentStream, refuses_a_handshake_that_proves_nothing) {
  const auto right = [](const scene& s) { return digest(s.stream.stream_id() + "secret-1"); };
  const std::vector<std::function<std::string(const scene&)>> wrong{
    [](const scene&) { return std::string{}; },
    [](const scene&) { return std::string(40, '0'); },
    [](const scene& s) { return digest(s.stream.stream_id() + "secret-3"); },
    [](const scene& s) { return digest("secret-1" + s.stream.stream_id()); },
    [&](const scene& s) { return right(s) + "0"; },
    [&](const scene& s) { return right(s).substr(1); },
  };
  for (const auto& entry : wrong) {
    scene s{{std::string{header}}};
    const auto heard = s.sends("<handshake>" + entry(s) + "</handshake>");
    ASSERT_THAT(heard, SizeIs(2));
    EXPECT_THAT(heard[0],
                AllOf(HasSubstr("<stream:error><not-authorized"), EndsWith("</stream:stream>")));
    EXPECT_EQ(heard[1],
              "close not-authorized stream-invalid wrong handshake: its secret is not that of the "
              "[[node]] row");
  }
}

TEST(ComponentStream, refuses_headers_that_break_the_rules_after_a_header_of_its_own) {
  struct row {
    std::string_view xml;
    const char* condition;
  };
  for (const row& line : {
         row{"<s:stream xmlns='jabber:server' xmlns:s='http://etherx.jabber.org/streams' "
             "to='node.example'>",
             "invalid-namespace"},
         row{"<s:stream xmlns='jabber:component:connect' "
             "xmlns:s='http://etherx.jabber.org/streams' to='node.example'>",
             "invalid-namespace"},
         row{"<s:stream xmlns='jabber:component:accept' xmlns:s='urn:x' to='node.example'>",
             "invalid-namespace"},
         row{"<s:stream xmlns='jabber:component:accept' xmlns:s='http://etherx.jabber.org/streams' "
             "to='nobody.example'>",
             "host-unknown"},
         row{
           "<s:stream xmlns='jabber:component:accept' xmlns:s='http://etherx.jabber.org/streams'>",
           "host-unknown"},
         row{"\xff\xfe<", "unsupported-encoding"},
       }) {
    SCOPED_TRACE(line.xml);
    scene s;
    const auto heard = s.sends(line.xml);
    ASSERT_THAT(heard, SizeIs(2));
    EXPECT_THAT(
      heard[0],
      AllOf(StartsWith("send <?xml version='1.0'?><stream:stream xmlns='jabber:component:accept'"),
            HasSubstr(std::string{"<stream:error><"} + line.condition),
            EndsWith("</stream:stream>")));
    EXPECT_THAT(heard[1], StartsWith(std::string{"close "} + line.condition));
  }
}

/// Plays the same faults before and after the handshake.
TEST(ComponentStream, ends_on_what_a_phase_does_not_allow) {
  struct row {
    std::string_view xml;
    const char* before;
    const char* after; ///< empty: it is allowed.
  };
  const row rows[] = {
    {"<message/>", "close not-authorized", ""},
    {"<x xmlns='urn:xmpp:sm:3'/>", "close not-authorized", "close unsupported-stanza-type"},
    {"<handshake>0</handshake>", "close not-authorized", "close unsupported-stanza-type"},
    {"</stream:stream>", "close none stream-closed", "close none stream-closed"},
    {"<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
     "close none stream-refused conflict", "close none stream-refused conflict"},
    {"<a></b>", "close not-well-formed", "close not-well-formed"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.xml);
    scene before{{std::string{header}}};
    EXPECT_THAT(before.sends(row.xml).back(), StartsWith(row.before));
    scene after{{std::string{header}}};
    after.shakes_hands("secret-1");
    const auto heard = after.sends(row.xml);
    if (std::string_view{row.after}.empty())
      EXPECT_THAT(heard, IsEmpty());
    else
      EXPECT_THAT(heard.back(), StartsWith(row.after));
  }
}

TEST(ComponentStream, ignores_unknown_elements_up_to_a_limit) {
  for (const std::string_view xml :
       {"<nonza xmlns='urn:x'/>", "<nonza/>", "<handshake xmlns='jabber:server'/>"}) {
    SCOPED_TRACE(xml);
    scene before{{std::string{header}}};
    scene after{{std::string{header}}};
    after.shakes_hands("secret-1");
    for (int i = 0; i < unknown_elements::most; ++i) {
      ASSERT_THAT(before.sends(xml), IsEmpty());
      ASSERT_THAT(after.sends(xml), IsEmpty());
    }
    EXPECT_THAT(before.sends(xml).back(), StartsWith("close not-authorized"));
    EXPECT_THAT(after.sends(xml).back(), StartsWith("close unsupported-stanza-type"));
  }
}

TEST(ComponentStream, reads_nothing_in_an_element_past_a_limit) {
  const auto crowded = [](std::string_view form) {
    std::string xml{form};
    return xml.replace(xml.find('%'), 1, " a='' b='' c='' d='' e=''/");
  };
  for (const bool established : {false, true}) {
    const auto begin = [&](scene& s) {
      s.sends(header);
      if (established)
        s.shakes_hands("secret-1");
      s.driver.limit({.attributes = 4, .frames_excess = true});
    };
    for (const std::string_view form :
         {"<handshake%>", "<stream:error%>", "<stream:features%>", "<a xmlns='urn:xmpp:sm:3'%>"}) {
      SCOPED_TRACE(form);
      scene s;
      begin(s);
      EXPECT_THAT(s.sends(crowded(form)).back(),
                  StartsWith("close policy-violation stream-invalid too many attributes"));
      EXPECT_THAT(s.driver.run(s.stream.on_excess({"nonza", "urn:x"})), IsEmpty());
    }
    scene s;
    begin(s);
    for (int i = 0; i < unknown_elements::most; ++i)
      ASSERT_THAT(s.sends(crowded("<nonza%>")), IsEmpty());
    EXPECT_THAT(s.sends(crowded("<nonza%>")).back(), StartsWith("close policy-violation"));
  }
}

TEST(ComponentStream, does_nothing_any_more_once_closed) {
  scene s{{std::string{header}}};
  const auto handshake = "<handshake>" + digest(s.stream.stream_id() + "secret-1") + "</handshake>";
  EXPECT_THAT(s.driver.run(s.stream.close(failure::shutting_down)),
              ElementsAre("send </stream:stream>", "close none shutting-down"));
  stream_header received;
  received.content_namespace = ns::component_accept;
  received.stream_namespace = true;
  EXPECT_THAT(s.stream.on_element({handshake, received.bindings}), IsEmpty());
  EXPECT_THAT(s.stream.on_header(received), IsEmpty());
  EXPECT_THAT(s.stream.on_stream_end(), IsEmpty());
  EXPECT_FALSE(s.stream.authenticated());
}

} // namespace
} // namespace fedhub
