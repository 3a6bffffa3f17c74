#include "protocol/xml/stream_element.hpp"

#include <gtest/gtest.h>

#include "protocol/events/stream_header.hpp"

namespace fedhub {
namespace {

const stream_header header = [] {
  stream_header header;
  header.bindings = {{"stream", "urn:streams"}, {"p", "urn:p"}, {"", "urn:default"}};
  return header;
}();

TEST(StreamElement, resolves_names_by_the_nearest_declaration) {
  const auto element = stream_element::parse(
    "<a><p:b/><c xmlns='urn:c' xmlns:p='urn:&amp;'><p:d/><e><f xmlns=''/></e></c></a>",
    header.bindings);
  ASSERT_TRUE(element);
  const auto a = element->root();
  EXPECT_TRUE(a.is("urn:default", "a"));
  EXPECT_FALSE(a.is("urn:p", "a"));
  ASSERT_TRUE(a.child("urn:p", "b"));
  EXPECT_FALSE(a.child("urn:default", "b"));
  const auto c = a.child("urn:c", "c");
  ASSERT_TRUE(c);
  EXPECT_TRUE(c->child("urn:&", "d"));
  const auto e = c->child("urn:c", "e");
  ASSERT_TRUE(e);
  EXPECT_EQ(e->first_child()->namespace_uri(), "");
  EXPECT_FALSE(e->first_child()->first_child());
}

TEST(StreamElement, reads_attributes_and_text_expanded) {
  const auto element = stream_element::parse(
    "<a x='1&amp;2' p:y='3' z=''>\n &lt;one<b>no</b><![CDATA[ <two> ]]>&#x20AC;\t</a>",
    header.bindings);
  ASSERT_TRUE(element);
  const auto a = element->root();
  EXPECT_EQ(a.attribute("x"), "1&2");
  EXPECT_EQ(a.attribute("y"), "");
  EXPECT_FALSE(a.has_attribute("y"));
  EXPECT_TRUE(a.has_attribute("z"));
  EXPECT_EQ(a.text(), "<one <two> \xE2\x82\xAC");
}

TEST(StreamElement, stays_the_same_when_moved) {
  auto first = stream_element::parse("<a x='1'/>", header.bindings);
  auto second = std::move(*first);
  EXPECT_EQ(second.root().attribute("x"), "1");
}

TEST(StreamElement, takes_elements_up_to_its_depth_and_no_deeper) {
  auto nested = [](size_t depth) {
    std::string xml;
    for (size_t i = 1; i < depth; ++i)
      xml += "<a>";
    xml += "<b x='>' y=\"'/>\"/><b/><![CDATA[<a><a>]]>";
    for (size_t i = 1; i < depth; ++i)
      xml += "</a >";
    return "<r>" + xml + "</r>";
  };
  EXPECT_TRUE(stream_element::parse(nested(stream_element::max_depth - 1), header.bindings));
  EXPECT_FALSE(stream_element::parse(nested(stream_element::max_depth), header.bindings));
  EXPECT_FALSE(stream_element::parse(nested(2 * stream_element::max_depth), header.bindings));
}

TEST(StreamElement, refuses_what_is_no_element) {
  for (auto xml : {"", "text", "<", "<a", "<a b='", "<![CDATA[x]]>"})
    EXPECT_FALSE(stream_element::parse(xml, header.bindings)) << xml;
}

} // namespace
} // namespace fedhub
