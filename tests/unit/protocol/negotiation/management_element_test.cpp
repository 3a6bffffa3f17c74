#include "protocol/negotiation/management_element.hpp"

#include <gtest/gtest.h>

#include "protocol/events/stream_header.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using kind = management_element::kind;

const stream_header header = [] {
  stream_header header;
  header.bindings = {{"stream", std::string{ns::streams}}, {"", std::string{ns::server}}};
  return header;
}();

management_element read(const std::string& xml) {
  const auto parsed = stream_element::parse(xml, header.bindings);
  EXPECT_TRUE(parsed) << xml;
  return read_management(parsed->root());
}

management_element read(std::string_view name, std::string_view rest) {
  return read("<" + std::string{name} + " xmlns='urn:xmpp:sm:3'" + std::string{rest});
}

std::string sm(std::string_view name, std::string_view rest) {
  return "<" + std::string{name} + " xmlns='urn:xmpp:sm:3'" + std::string{rest};
}

TEST(ManagementElement, is_written_as_the_specification_has_it_and_read_back) {
  const struct {
    management_element value;
    std::string xml;
  } rows[] = {
    {{.is = kind::enable}, sm("enable", "/>")},
    {{.is = kind::enable, .resume = true, .max = 600s}, sm("enable", " resume='true' max='600'/>")},
    {{.is = kind::enabled}, sm("enabled", "/>")},
    {{.is = kind::enabled,
      .id = "<some'id&>",
      .resume = true,
      .max = 60s,
      .location = "[2001:db8::1]:5269"},
     sm("enabled",
        " id='&lt;some&apos;id&amp;&gt;' resume='true' max='60' location='[2001:db8::1]:5269'/>")},
    {{.is = kind::failed}, sm("failed", "/>")},
    {{.is = kind::failed, .h = 5, .condition = "item-not-found"},
     sm("failed", " h='5'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>")},
    {{.is = kind::request}, sm("r", "/>")},
    {{.is = kind::answer, .h = 0}, sm("a", " h='0'/>")},
    {{.is = kind::answer, .h = 4294967295}, sm("a", " h='4294967295'/>")},
    {{.is = kind::resume, .id = "i", .h = 7}, sm("resume", " previd='i' h='7'/>")},
    {{.is = kind::resumed, .id = "i", .h = 8}, sm("resumed", " previd='i' h='8'/>")},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(management_xml(row.value), row.xml);
    const auto result = read(row.xml);
    EXPECT_EQ(to_string(result.is), to_string(row.value.is));
    EXPECT_EQ(result.id, row.value.id);
    EXPECT_EQ(result.resume, row.value.resume) << row.xml;
    EXPECT_EQ(result.max, row.value.max) << row.xml;
    EXPECT_EQ(result.location, row.value.location);
    EXPECT_EQ(result.h, row.value.h) << row.xml;
    EXPECT_EQ(result.condition, row.value.condition);
  }
}

TEST(ManagementElement, is_none_in_another_namespace_or_by_another_name) {
  for (const char* xml :
       {"<r xmlns='urn:xmpp:sm:2'/>", "<r/>", "<sm xmlns='urn:xmpp:sm:3'/>",
        "<none xmlns='urn:xmpp:sm:3'/>", "<R xmlns='urn:xmpp:sm:3'/>", "<x:r xmlns:x='urn:x'/>"})
    EXPECT_EQ(to_string(read(xml).is), "none") << xml;
  EXPECT_EQ(to_string(read("<x:r xmlns:x='urn:xmpp:sm:3'/>").is), "r");
}

TEST(ManagementElement, takes_a_count_for_absent_that_is_no_unsigned_int) {
  for (const char* h :
       {"", " ", "-1", "+1", "1 ", "1x", "0x1", "4294967296", "99999999999999999999", "\xD9\xA1"})
    EXPECT_FALSE(read("a", " h='" + std::string{h} + "'/>").h) << h;
  EXPECT_EQ(read("a", " h='007'/>").h, 7u);
  EXPECT_FALSE(read("a", "/>").h);
}

TEST(ManagementElement, knows_both_forms_of_true) {
  for (const char* text : {"true", "1"})
    EXPECT_TRUE(read("enable", " resume='" + std::string{text} + "'/>").resume) << text;
  for (const char* text : {"false", "0", "", "TRUE", "yes"})
    EXPECT_FALSE(read("enable", " resume='" + std::string{text} + "'/>").resume) << text;
}

TEST(ManagementElement, takes_no_identifier_or_place_beyond_any_use) {
  const auto enabled = [](size_t id, size_t location) {
    return read("enabled", " id='" + std::string(id, 'i') + "' location='"
                             + std::string(location, 'l') + "'/>");
  };
  const auto longest = enabled(management_element::max_id, management_element::max_location);
  EXPECT_EQ(longest.id.size(), management_element::max_id);
  EXPECT_EQ(longest.location.size(), management_element::max_location);
  const auto longer = enabled(management_element::max_id + 1, management_element::max_location + 1);
  EXPECT_EQ(longer.id, "");
  EXPECT_EQ(longer.location, "");
}

TEST(ManagementElement, is_found_in_the_features) {
  const auto offers = [](std::string_view inside) {
    const auto xml = "<stream:features>" + std::string{inside} + "</stream:features>";
    return offers_management(stream_element::parse(xml, header.bindings)->root());
  };
  EXPECT_TRUE(offers(management_offer_xml()));
  EXPECT_TRUE(offers("<sm xmlns='urn:xmpp:sm:2'/><sm xmlns='urn:xmpp:sm:3'><optional/></sm>"));
  EXPECT_FALSE(offers("<sm xmlns='urn:xmpp:sm:2'><optional/></sm>"));
  EXPECT_FALSE(offers("<sm/>"));
  EXPECT_FALSE(offers(""));
}

TEST(ManagementElement, tells_how_far_an_acknowledgement_went) {
  EXPECT_EQ(handled_count_too_high_xml(10, 8),
            "<handled-count-too-high xmlns='urn:xmpp:sm:3' h='10' send-count='8'/>");
}

} // namespace
} // namespace fedhub
