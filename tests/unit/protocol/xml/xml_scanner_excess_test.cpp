// Children of a stream that exceed a limit: the scanner frames them to their end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <random>
#include <sstream>
#include <utility>

#include "tests/unit/protocol/xml/allocation_count.hpp"
#include "tests/unit/protocol/xml/xml_scanner_feed.hpp"

namespace fedhub::test {
namespace {

constexpr std::string_view header =
  "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
  "xmlns:h='jabber:server'>";
constexpr std::string_view footer = "</stream:stream>";
constexpr xml_limits tight{
  .depth = 3, .elements = 5, .attributes = 7, .prefixes = 4, .frames_excess = true};
constexpr xml_limits wide{.depth = UINT32_MAX,
                          .elements = UINT32_MAX,
                          .attributes = UINT32_MAX - 1,
                          .prefixes = UINT32_MAX - 1};

std::string repeat(std::string_view text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i)
    all += text;
  return all;
}

std::vector<scanned> scan(std::string_view text, const xml_limits& limits,
                          const cutter& cut = in_one_piece()) {
  xml_scanner scanner{wide};
  EXPECT_EQ(scanner.next(header).status, scan_status::header);
  scanner.set_limits(limits);
  return feed(scanner, text, cut);
}

/// Returns the properties of an item that are the same whether or not it exceeds a limit.
std::string frame(const scanned& scanned) {
  std::ostringstream out;
  out << static_cast<int>(scanned.status) << " [" << scanned.text << "] "
      << to_string(scanned.error);
  if (scanned.status == scan_status::element)
    for (const span32& span : {scanned.tag.name, scanned.tag.prefix, scanned.tag.to,
                               scanned.tag.from, scanned.tag.id, scanned.tag.type, scanned.tag.lang,
                               scanned.tag.xmlns, span32{scanned.tag.end, scanned.tag.empty + 1u}})
      out << ' ' << span.begin << ".." << span.end;
  out << (scanned.tag.inherits_namespace ? " inherits {" : " {") << scanned.namespace_uri << "}";
  return out.str();
}

std::vector<std::string> frames(const std::vector<scanned>& all) {
  std::vector<std::string> lines;
  for (const scanned& x : all)
    lines.push_back(frame(x));
  return lines;
}

/// Returns the results for `text` under the limits `tight`, which must be the same for every cut.
std::vector<scanned> scan_every_way(std::string_view text) {
  auto whole = scan(text, tight);
  const auto lines = describe(whole);
  EXPECT_EQ(describe(scan(text, tight, octet_by_octet())), lines);
  for (size_t first = 1; first < text.size(); ++first) {
    bool begun = false;
    EXPECT_EQ(
      describe(scan(text, tight, [&] { return std::exchange(begun, true) ? text.size() : first; })),
      lines)
      << "cut at " << first;
  }
  return whole;
}

struct excess_case {
  const char* what;
  std::string text;
  passage_obstacle obstacle;
};

/// Returns `count` attributes with different names.
std::string many(std::string_view name, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text.append(" ").append(name).append(std::to_string(i)).append("='u");
    text.append(std::to_string(i)).append("'");
  }
  return text;
}

const std::string addresses = " to='b.example' from=\"a.example/'>\" id='&lt;1' type='get' "
                              "xml:lang='de'";

const std::array excess_cases{
  excess_case{"depth", "<m><a><b><c/></b></a></m>", passage_obstacle::too_deep},
  excess_case{"depth, with all that may stand there",
              "<m a='>'>x&amp;<a><b><c d='/>'><d e=\"'\"/><e\n>]]&gt;<![CDATA[</m>]]></e ></c>"
              "</b></a><a></a></m >",
              passage_obstacle::too_deep},
  excess_case{"elements", "<m><a/><a/><a/><a/><a b='c'>t</a><a/></m>",
              passage_obstacle::too_many_elements},
  excess_case{"elements, in another one", "<m><a><b/><b/><b/><b><m></m></b></a></m>",
              passage_obstacle::too_many_elements},
  excess_case{"attributes of the root", "<m" + many("a", 8) + addresses + ">text<a/></m>",
              passage_obstacle::too_many_attributes},
  excess_case{"attributes of the root, an empty one",
              "<m" + addresses + many("a", 3) + many("p", 9) + "/>",
              passage_obstacle::too_many_attributes},
  excess_case{"attributes of the root, which has a prefix",
              "<p:m" + many("xmlns:q", 7) + addresses + " xmlns:p='jabber:&#x73;erver' xmlns='v'/>",
              passage_obstacle::too_many_attributes},
  excess_case{"attributes of the root, which has a prefix of the header",
              "<h:m" + many("a", 9) + "></h:m>", passage_obstacle::too_many_attributes},
  excess_case{"attributes of a descendant", "<m to='x'><a" + many("a", 8) + "/><a/></m>",
              passage_obstacle::too_many_attributes},
  excess_case{"prefixes of the root", "<m to='x'" + many("xmlns:p", 3) + "><p0:a/></m>",
              passage_obstacle::too_many_prefixes},
  excess_case{"prefixes of the root, which has one", "<p2:m" + many("xmlns:p", 3) + "/>",
              passage_obstacle::too_many_prefixes},
  excess_case{"prefixes of a descendant",
              "<m><a xmlns:p='u'><b xmlns:q='v'/><b xmlns:q='v' xmlns:r='w'/></a></m>",
              passage_obstacle::too_many_prefixes},
};

TEST(XmlScannerExcess, is_framed_and_reported_with_its_limit) {
  for (const excess_case& c : excess_cases) {
    SCOPED_TRACE(c.what);
    const std::string next = "<message id='next'/>";
    const auto all = scan_every_way(c.text + next + std::string{footer});
    ASSERT_EQ(all.size(), 3u) << describe(all.back());
    EXPECT_EQ(all[0].text, c.text);
    EXPECT_EQ(all[0].tag.obstacle, c.obstacle);
    EXPECT_EQ(all[1].text, next);
    EXPECT_FALSE(past_limits(all[1].tag.obstacle));
    EXPECT_EQ(all[2].status, scan_status::stream_end);
    EXPECT_EQ(frames(all), frames(scan(c.text + next + std::string{footer}, wide)));
  }
}

TEST(XmlScannerExcess, ends_the_stream_where_it_is_not_to_be_framed) {
  auto limits = tight;
  limits.frames_excess = false;
  for (const excess_case& c : excess_cases)
    for (const auto& cut : {in_one_piece(), octet_by_octet()}) {
      const auto all = scan(c.text, limits, cut);
      ASSERT_EQ(all.size(), 1u) << c.what;
      EXPECT_EQ(all[0].error, stream_error::policy_violation) << c.what;
      EXPECT_EQ(all[0].reason, describe(c.obstacle)) << c.what;
    }
}

TEST(XmlScannerExcess, of_a_header_ends_the_stream) {
  for (const std::string& text : {"<s" + many("a", 8) + ">", "<s" + many("xmlns:p", 5) + "/>"})
    for (const auto& cut : {in_one_piece(), octet_by_octet()}) {
      xml_scanner scanner{tight};
      EXPECT_EQ(feed(scanner, text, cut).at(0).error, stream_error::policy_violation) << text;
    }
}

struct fault_case {
  std::string text;
  stream_error error;
};

/// Faults that can be found without lists of names are faults here too.
TEST(XmlScannerExcess, is_checked_but_for_names_that_would_have_to_be_kept) {
  using enum stream_error;
  const std::string deep = "<m><a><b><c>";
  const std::string crowded = "<m" + many("a", 8);
  const fault_case cases[] = {
    {deep + "<!-- -->", restricted_xml},
    {deep + "<?x?>", restricted_xml},
    {deep + "<!DOCTYPE x>", restricted_xml},
    {deep + "&nbsp;", restricted_xml},
    {deep + "&#0;", not_well_formed},
    {deep + "& ", not_well_formed},
    {deep + "]]>", not_well_formed},
    {deep + "\x01", not_well_formed},
    {deep + "\xC0\x80</c></b></a></m>", unsupported_encoding},
    {deep + "\xEF\xBF\xBF</c></b></a></m>", not_well_formed},
    {deep + "<![CDATA[\x02", not_well_formed},
    {deep + "<d a='<'/>", not_well_formed},
    {deep + "<d a='\x03'/>", not_well_formed},
    {deep + "<d a='1'b='2'/>", not_well_formed},
    {deep + "<d a=1/>", not_well_formed},
    {deep + "<d a/>", not_well_formed},
    {deep + "<1/>", not_well_formed},
    {deep + "<a:b:c/>", not_well_formed},
    {deep + "<d a='&x;'/>", restricted_xml},
    {deep + "</>", not_well_formed},
    {deep + "</c a='1'>", not_well_formed},
    {deep + "</c></b></a></n>", not_well_formed},
    {deep + "</c></x>", not_well_formed},
    {crowded + " to='1' to='2'/>", not_well_formed},
    {crowded + " from='1' from=''/>", not_well_formed},
    {crowded + " id='' id='2'/>", not_well_formed},
    {crowded + " type='1' type='2'/>", not_well_formed},
    {crowded + " xml:lang='1' xml:lang='1'/>", not_well_formed},
    {crowded + " xmlns='1' xmlns='1'/>", not_well_formed},
    {crowded + " xmlns='http://www.w3.org/2000/xmlns/'/>", not_well_formed},
    {crowded + " b='<'/>", not_well_formed},
    {crowded + " b='1'c='2'/>", not_well_formed},
    {crowded + "></n>", not_well_formed},
    {"<p:m" + many("a", 8) + "/>", not_well_formed},
    {"<p:m xmlns:p='u'" + many("a", 8) + " xmlns:p='v'/>", not_well_formed},
    {"<p:m xmlns:p=''" + many("a", 8) + "/>", not_well_formed},
    {"<xmlns:m" + many("a", 8) + "/>", not_well_formed},
  };
  for (const fault_case& c : cases) {
    const auto all = scan_every_way(c.text);
    ASSERT_EQ(all.size(), 1u) << c.text;
    EXPECT_EQ(all[0].error, c.error) << c.text << ": " << describe(all[0]);
    EXPECT_EQ(scan(c.text, wide).at(0).error, c.error) << c.text;
  }
}

TEST(XmlScannerExcess, waits_for_its_end_up_to_the_limit_in_octets) {
  auto limits = tight;
  const std::string text = "<m><a><b><c>" + std::string(100, 'x') + "</c></b></a></m>";
  for (const size_t more : {size_t{0}, size_t{1}})
    for (const auto& cut : {in_one_piece(), octet_by_octet()}) {
      limits.element_bytes = text.size() - more;
      const auto all = scan(text, limits, cut);
      ASSERT_EQ(all.size(), 1u);
      EXPECT_EQ(all[0].status, more ? scan_status::error : scan_status::element);
      EXPECT_EQ(all[0].error, more ? stream_error::policy_violation : stream_error::none);
    }
}

/// A random stream of elements within the limits `tight`, or beyond one or several of them.
class random_stream {
public:
  explicit random_stream(unsigned seed) : random_(seed) {}

  std::string stanzas(unsigned count) {
    std::string text;
    while (count-- > 0)
      text += element(4, pick({"m", "h:m", "iq", "p0:m"}));
    return text;
  }

private:
  unsigned below(unsigned most) { return static_cast<unsigned>(random_() >> 8) % most; }
  std::string pick(std::initializer_list<const char*> all) {
    return *(all.begin() + below(static_cast<unsigned>(all.size())));
  }

  std::string element(unsigned depth, const std::string& name) {
    std::string text = "<" + name;
    if (below(3) == 0)
      text += many("a", static_cast<int>(below(10)));
    if (below(2) == 0)
      text += pick({" to='b' from='a'", " type=\"'\"", " xmlns='urn:x'", " xml:lang='de' id='>'"});
    // Each prefix is declared where it is used, so random streams are well-formed.
    text += name[0] == 'p' ? many("xmlns:p", 1 + static_cast<int>(below(4))) : "";
    if (below(4) == 0)
      return text + "/>";
    text += ">";
    for (unsigned children = below(4); depth > 0 && children > 0; --children) {
      text += pick({"", "text", "&amp;&#65;", "<![CDATA[<m>]]>", "\xC3\xA4", "]]"});
      text += element(depth - 1, pick({"a", "h:b", "p0:c", "m"}));
    }
    return text + "</" + name + pick({">", " >"});
  }

  std::minstd_rand random_;
};

TEST(XmlScannerExcess, is_framed_as_by_a_scanner_of_wide_limits) {
  size_t past = 0, within = 0;
  for (unsigned seed = 1; seed <= 3000; ++seed) {
    random_stream source{seed};
    const std::string text = source.stanzas(4);
    const auto strict = scan(text, wide);
    ASSERT_EQ(strict.size(), 4u) << text << describe(strict.back());
    auto whole = scan(text, tight);
    ASSERT_EQ(frames(whole), frames(strict)) << text;
    ASSERT_EQ(describe(scan(text, tight, at_random(seed))), describe(whole)) << text;
    auto unframed = tight;
    unframed.frames_excess = false;
    for (const scanned& scanned : whole) {
      const bool excess =
        scan(scanned.text, unframed).at(0).error == stream_error::policy_violation;
      ASSERT_EQ(past_limits(scanned.tag.obstacle), excess) << scanned.text;
      ++(excess ? past : within);
    }
  }
  EXPECT_GT(past, 1000u);
  EXPECT_GT(within, 1000u);
}

/// Neither a list nor the stack grows with elements that are only framed.
TEST(XmlScannerExcess, takes_the_same_memory_for_any_length) {
  const std::function<std::string(int)> forms[] = {
    [](int n) { return "<m>" + repeat("<a>", n) + repeat("</a>", n) + "</m>"; },
    [](int n) { return "<m>" + repeat("<a b='c' xmlns:d='e'>x</a>", n) + "</m>"; },
    [](int n) { return "<m" + many("a", n) + "/>"; },
    [](int n) { return "<m><a" + many("xmlns:p", n) + "/></m>"; },
  };
  auto limits = tight;
  limits.element_bytes = 1u << 24;
  for (const auto& form : forms) {
    std::array<size_t, 2> taken{};
    for (size_t i = 0; i < taken.size(); ++i) {
      const std::string text = form(i == 0 ? 100 : 20000);
      xml_scanner scanner{wide};
      scanner.next(header);
      scanner.set_limits(limits);
      const size_t before = allocations();
      ASSERT_EQ(scanner.next(text).status, scan_status::element) << text.substr(0, 20);
      ASSERT_TRUE(past_limits(scanner.tag().obstacle));
      taken[i] = allocations() - before;
    }
    EXPECT_EQ(taken[0], taken[1]) << form(2);
  }
}

TEST(XmlScannerExcess, is_forgotten_with_its_stream) {
  xml_scanner scanner{tight};
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(scanner.next(header).status, scan_status::header);
    EXPECT_EQ(scanner.next("<m><a><b><c/></b></a></m>").status, scan_status::element);
    EXPECT_EQ(scanner.next("<m><a><b><c><d>").status, scan_status::need_more);
    scanner.reset();
  }
}

/// Would not end within the test's time if the work grew with the square.
TEST(XmlScannerExcess, octet_by_octet_is_scanned_once) {
  const int size = 500000;
  const std::string texts[] = {
    repeat("<a>", size / 7) + repeat("</a>", size / 7),
    "<m><a><b><c>" + std::string(size, 'x') + "</c></b></a></m>",
    "<m><a><b><c d='" + std::string(size, '>') + "'/></b></a></m>",
    "<m><a><b><c></c" + std::string(size, ' ') + "></b></a></m>",
    "<m" + many("a", size / 15) + "/>",
    "<m" + many("a", size / 15) + "><b" + many("a", size / 15) + "/></m>",
    "<p:m" + many("xmlns:p", size / 20) + " xmlns:p='u'/>",
  };
  auto limits = tight;
  limits.element_bytes = 4 * size;
  for (const std::string& text : texts) {
    xml_scanner scanner{wide};
    scanner.next(header);
    scanner.set_limits(limits);
    for (size_t i = 1; i < text.size(); ++i)
      ASSERT_EQ(scanner.next({text.data(), i}).status, scan_status::need_more);
    EXPECT_EQ(scanner.next(text).status, scan_status::element) << text.substr(0, 20);
    EXPECT_TRUE(past_limits(scanner.tag().obstacle)) << text.substr(0, 20);
  }
}

} // namespace
} // namespace fedhub::test
