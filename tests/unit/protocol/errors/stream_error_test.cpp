#include "protocol/errors/stream_error.hpp"

#include <gtest/gtest.h>

#include "protocol/xml/xml_scanner.hpp"

namespace fedhub::test {
namespace {

constexpr stream_error first = stream_error::bad_format;
constexpr stream_error last = stream_error::unsupported_version;

TEST(StreamError, names_every_condition_and_knows_it_by_its_name) {
  for (int i = static_cast<int>(first); i <= static_cast<int>(last); ++i) {
    const auto result = static_cast<stream_error>(i);
    EXPECT_EQ(parse_stream_error(to_string(result)), result) << to_string(result);
  }
  EXPECT_EQ(to_string(stream_error::none), "none");
  EXPECT_EQ(to_string(stream_error::bad_format), "bad-format");
  EXPECT_EQ(to_string(stream_error::not_well_formed), "not-well-formed");
  EXPECT_EQ(to_string(stream_error::see_other_host), "see-other-host");
  EXPECT_EQ(to_string(stream_error::unsupported_version), "unsupported-version");
}

TEST(StreamError, takes_a_name_that_is_not_in_the_rfc_for_an_undefined_condition) {
  for (const char* name : {"", "none", "bad_format", "Bad-Format", "xml-not-well-formed"})
    EXPECT_EQ(parse_stream_error(name), stream_error::undefined_condition) << name;
}

TEST(StreamError, writes_the_element_of_the_rfc) {
  EXPECT_EQ(stream_error_xml(stream_error::host_unknown),
            "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
            "</stream:error>");
  EXPECT_EQ(stream_error_xml(stream_error::reset, "a<b & 'c'"),
            "<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
            "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams' xml:lang='en'>"
            "a&lt;b &amp; &apos;c&apos;</text></stream:error>");
  EXPECT_EQ(stream_error_xml(stream_error::undefined_condition, {}, "<x xmlns='urn:x'/>"),
            "<stream:error><undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
            "<x xmlns='urn:x'/></stream:error>");
}

TEST(StreamError, writes_what_a_scanner_takes) {
  xml_scanner scanner{{}};
  scanner.next("<stream:stream xmlns:stream='http://etherx.jabber.org/streams'>");
  const std::string xml = stream_error_xml(stream_error::conflict, "]]> & \"<\">\r\n");
  EXPECT_EQ(scanner.next(xml).length, xml.size());
  EXPECT_EQ(scanner.namespace_uri(), "http://etherx.jabber.org/streams");
}

} // namespace
} // namespace fedhub::test
