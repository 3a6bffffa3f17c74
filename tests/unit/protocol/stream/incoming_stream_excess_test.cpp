// An incoming stream and elements that exceed a limit.
#include <gmock/gmock.h>

#include "tests/unit/protocol/stream/incoming_scene.hpp"

namespace fedhub {
namespace {

using namespace ::fedhub::testing::incoming;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

/// An element that the machine would read ends the stream. Any other counts as unknown.
TEST(IncomingStream, reads_nothing_in_an_element_past_a_limit) {
  const std::string_view read[] = {
    "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'%>",
    "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'%>",
    "<db:result from='node.example' to='here.example'%>",
    "<db:verify from='here.example' to='peer.example' id='1'%>",
    "<stream:error%>",
    "<r xmlns='urn:xmpp:sm:3'%>",
    "<bidi xmlns='urn:xmpp:bidi'%>",
    "<bidi xmlns='urn:xmpp:features:bidi'%>",
  };
  const std::string_view unknown[] = {"<nonza xmlns='urn:x'%>", "<stream:features%>", "<starttls%>",
                                      "<message xmlns='urn:x'%>"};
  auto opts = options(tls_optional);
  opts.bidi = true;
  const auto sent = [](std::string_view form) {
    std::string xml{form};
    return xml.replace(xml.find('%'), 1, " a='' b='' c='' d='' e=''/");
  };
  for (const auto& way : {clear, secure}) {
    for (const auto form : read) {
      SCOPED_TRACE(form);
      scene s{opts, policy(), way};
      s.driver.limit({.attributes = 4, .frames_excess = true});
      EXPECT_THAT(s.sends(sent(form)),
                  ElementsAre(StartsWith("send <stream:error><policy-violation"),
                              StartsWith("close policy-violation stream-invalid too many "
                                         "attributes in one tag, in the element ")));
    }
    for (const auto form : unknown) {
      SCOPED_TRACE(form);
      scene s{opts, policy(), way};
      s.driver.limit({.attributes = 4, .frames_excess = true});
      for (int i = 0; i < unknown_elements::most; ++i)
        ASSERT_THAT(s.sends(sent(form)), IsEmpty());
      EXPECT_THAT(s.sends(sent(form)).back(), StartsWith("close policy-violation"));
      EXPECT_THAT(s.driver.run(s.stream.on_excess({"nonza", "urn:x"})), IsEmpty());
    }
  }
  scene one_way{tls_optional, clear};
  one_way.driver.limit({.attributes = 4, .frames_excess = true});
  EXPECT_THAT(one_way.sends(sent("<bidi xmlns='urn:xmpp:bidi'%>")), IsEmpty());
}

} // namespace
} // namespace fedhub
