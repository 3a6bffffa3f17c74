#include "protocol/negotiation/stream_features.hpp"

#include <gtest/gtest.h>

#include "protocol/events/stream_header.hpp"

namespace fedhub {
namespace {

using enum stream_features::starttls_offer;

const stream_header header = [] {
  stream_header header;
  header.bindings = {{"stream", std::string{ns::streams}}, {"", std::string{ns::server}}};
  return header;
}();

stream_features read(const std::string& xml) {
  const auto parsed = stream_element::parse(xml, header.bindings);
  EXPECT_TRUE(parsed) << xml;
  return read_stream_features(parsed->root());
}

stream_limits read_limits(const std::string& inside) {
  return read("<stream:features>" + inside + "</stream:features>").limits;
}

std::string limits(std::string_view inside) {
  return "<limits xmlns='urn:xmpp:stream-limits:0'>" + std::string{inside} + "</limits>";
}

TEST(StreamFeatures, are_written_as_the_specifications_do_and_read_back) {
  struct row {
    stream_features features;
    const char* inside;
  };
  for (const row& line : {
         row{{}, ""},
         row{{.starttls = stream_features::starttls_offer::optional},
             "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"},
         row{{.starttls = required},
             "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"},
         row{{.dialback = true}, "<dialback xmlns='urn:xmpp:features:dialback'/>"},
         row{{.dialback = true, .dialback_errors = true},
             "<dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback>"},
         row{{.external = true},
             "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
             "<mechanism>EXTERNAL</mechanism></mechanisms>"},
         row{{.bidi = true}, "<bidi xmlns='urn:xmpp:features:bidi'/><bidi xmlns='urn:xmpp:bidi'/>"},
         row{{.management = true}, "<sm xmlns='urn:xmpp:sm:3'/>"},
         row{{.limits = {524288, 600}},
             "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>524288</max-bytes>"
             "<idle-seconds>600</idle-seconds></limits>"},
         row{{.limits = {.max_bytes = 10000}},
             "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>10000</max-bytes></limits>"},
         row{{.limits = {.idle_seconds = 1}},
             "<limits xmlns='urn:xmpp:stream-limits:0'><idle-seconds>1</idle-seconds></limits>"},
       }) {
    SCOPED_TRACE(line.inside);
    const auto xml = stream_features_xml(line.features);
    EXPECT_EQ(xml, "<stream:features>" + std::string{line.inside} + "</stream:features>");
    EXPECT_EQ(read(xml), line.features);
  }
}

TEST(StreamFeatures, are_read_all_at_once_among_strangers) {
  const stream_features all{
    stream_features::starttls_offer::required, true, true, true, true, true, {1, 2}};
  auto xml = stream_features_xml(all);
  xml.insert(xml.find("<dialback"), "<sm xmlns='urn:xmpp:sm:2'/><x xmlns='urn:x'><y/></x>");
  EXPECT_EQ(read(xml), all);
}

TEST(StreamFeatures, of_bidi_are_read_in_the_namespace_of_either_the_specification_or_ejabberd) {
  for (const char* uri : {"urn:xmpp:features:bidi", "urn:xmpp:bidi"})
    EXPECT_TRUE(
      read("<stream:features><bidi xmlns='" + std::string{uri} + "'/></stream:features>").bidi);
}

TEST(StreamFeatures, of_another_namespace_are_none) {
  EXPECT_EQ(read("<stream:features><starttls/><dialback/><mechanisms><mechanism>EXTERNAL"
                 "</mechanism></mechanisms><bidi/><limits><max-bytes>1</max-bytes></limits>"
                 "</stream:features>"),
            stream_features{});
}

TEST(StreamLimits, that_are_no_number_are_not_said) {
  for (const char* text : {"", "x", "-1", "+1", "1.5", "1 2", "0x10", "99999999999999999999"}) {
    const auto inside = limits("<max-bytes>" + std::string{text} + "</max-bytes><idle-seconds>"
                               + text + "</idle-seconds>");
    EXPECT_EQ(read_limits(inside), stream_limits{}) << text;
  }
  EXPECT_EQ(read_limits(limits("<idle-seconds>4294967296</idle-seconds>")), stream_limits{});
  EXPECT_EQ(read_limits(limits("<max-bytes> 10\n</max-bytes>")), stream_limits{.max_bytes = 10});
  EXPECT_EQ(read_limits(limits("<max-bytes xmlns='urn:x'>10</max-bytes>")), stream_limits{});
  EXPECT_EQ(read_limits(limits("")), stream_limits{});
}

} // namespace
} // namespace fedhub
