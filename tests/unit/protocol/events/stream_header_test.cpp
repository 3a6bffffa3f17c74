#include "protocol/events/stream_header.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

stream_header parse(std::string_view octets) {
  xml_scanner scanner{xml_limits{}};
  const auto item = scanner.next(octets);
  EXPECT_EQ(item.status, scan_status::header) << octets << item.reason;
  return parse_stream_header(octets.substr(item.skip, item.length), scanner);
}

TEST(StreamHeader, reads_every_attribute) {
  const auto parsed =
    parse("\xEF\xBB\xBF<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n<stream:stream\n "
          "xmlns='jabber:server' "
          "xmlns:stream='http://etherx.jabber.org/streams' xmlns:db='jabber:server:dialback'\n"
          "to = \"a.example\" from='b&amp;.example' id='&#x69;d>' version='1.0' xml:lang='en' "
          "other='x'>");
  EXPECT_EQ(parsed.to, "a.example");
  EXPECT_EQ(parsed.from, "b&.example");
  EXPECT_EQ(parsed.id, "id>");
  EXPECT_EQ(parsed.lang, "en");
  EXPECT_EQ(parsed.content_namespace, "jabber:server");
  EXPECT_TRUE(parsed.stream_namespace);
  EXPECT_TRUE(parsed.declares_dialback);
  EXPECT_TRUE(parsed.xmpp_1());
  ASSERT_EQ(parsed.bindings.size(), 3u);
  EXPECT_EQ(parsed.bindings[1].prefix, "db");
  EXPECT_EQ(parsed.bindings[2].prefix, "");
}

TEST(StreamHeader, leaves_empty_what_is_absent) {
  const auto parsed = parse("<a/>");
  EXPECT_EQ(parsed.to + parsed.from + parsed.id + parsed.lang + parsed.content_namespace, "");
  EXPECT_FALSE(parsed.stream_namespace);
  EXPECT_FALSE(parsed.declares_dialback);
  EXPECT_FALSE(parsed.xmpp_1());
  EXPECT_FALSE(parsed.bad_version);
}

TEST(StreamHeader, reads_versions_as_numbers) {
  struct row {
    const char* text;
    unsigned major, minor;
    bool bad;
  };
  for (const row& line : {
         row{"1.0", 1, 0, false},
         row{"01.007", 1, 7, false},
         row{"0.9", 0, 9, false},
         row{"2.0", 2, 0, false},
         row{"10.12", 10, 12, false},
         row{"", 0, 0, true},
         row{"1", 1, 0, true},
         row{"1.", 1, 0, true},
         row{".1", 0, 0, true},
         row{"1.0.0", 1, 0, true},
         row{"+1.0", 0, 0, true},
         row{" 1.0", 0, 0, true},
         row{"1.0 ", 1, 0, true},
         row{"-1.0", 0, 0, true},
         row{"99999999999.0", 0, 0, true},
       }) {
    const auto header = parse("<a version='" + std::string{line.text} + "'>");
    EXPECT_EQ(header.version_major, line.major) << line.text;
    EXPECT_EQ(header.version_minor, line.minor) << line.text;
    EXPECT_EQ(header.bad_version, line.bad) << line.text;
  }
}

TEST(StreamHeader, finds_the_content_namespace) {
  struct row {
    const char* declarations;
    const char* content;
  };
  for (const row& line : {
         row{"xmlns='jabber:server' xmlns:s='http://etherx.jabber.org/streams'", "jabber:server"},
         row{"xmlns='jabber:client' xmlns:s='jabber:server'", "jabber:client"},
         row{"xmlns='http://etherx.jabber.org/streams'", "jabber:server"},
         row{"xmlns='http://etherx.jabber.org/streams' xmlns:s='jabber:server'", "jabber:server"},
         row{"xmlns='http://etherx.jabber.org/streams' xmlns:c='jabber:component:accept'",
             "jabber:component:accept"},
         row{"xmlns:s='jabber:server'", ""},
       })
    EXPECT_EQ(parse("<stream " + std::string{line.declarations} + ">").content_namespace,
              line.content)
      << line.declarations;
}

TEST(StreamHeader, is_known_by_namespace_and_name_not_by_prefix) {
  EXPECT_TRUE(parse("<s:stream xmlns:s='http://etherx.jabber.org/streams'>").stream_namespace);
  EXPECT_TRUE(parse("<stream xmlns='http://etherx.jabber.org/streams'>").stream_namespace);
  EXPECT_FALSE(parse("<stream:stream xmlns:stream='urn:x'>").stream_namespace);
  EXPECT_FALSE(parse("<s:streams xmlns:s='http://etherx.jabber.org/streams'>").stream_namespace);
  EXPECT_TRUE(parse("<a xmlns:whatever='jabber:server:dialback'>").declares_dialback);
  EXPECT_FALSE(parse("<a xmlns='jabber:server:dialback'>").declares_dialback);
  EXPECT_FALSE(parse("<a xmlns:db='urn:x'>").declares_dialback);
}

TEST(StreamHeader, writes_what_it_reads) {
  const auto xml = make_stream_header({.from = "a'b", .to = "c<d", .id = "\"&", .lang = "en"});
  EXPECT_TRUE(xml.starts_with("<?xml version='1.0'?><stream:stream xmlns='jabber:server'"));
  const auto parsed = parse(xml);
  EXPECT_EQ(parsed.from, "a'b");
  EXPECT_EQ(parsed.to, "c<d");
  EXPECT_EQ(parsed.id, "\"&");
  EXPECT_EQ(parsed.lang, "en");
  EXPECT_TRUE(parsed.stream_namespace);
  EXPECT_TRUE(parsed.declares_dialback);
  EXPECT_TRUE(parsed.xmpp_1());
}

TEST(StreamHeader, leaves_out_what_it_is_not_given) {
  const auto xml = make_stream_header(
    {.content_namespace = ns::component_accept, .version = false, .dialback = false});
  EXPECT_EQ(xml, "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
                 "xmlns:stream='http://etherx.jabber.org/streams'>");
}

} // namespace
} // namespace fedhub
