// The limits of the scanner.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/protocol/xml/xml_scanner_feed.hpp"

namespace fedhub::test {
namespace {

constexpr std::string_view header = "<s xmlns:h='u'>";

std::string repeat(std::string_view text, size_t count) {
  std::string all;
  for (size_t i = 0; i < count; ++i)
    all += text;
  return all;
}

/// Returns the last result for `text` below a header: the same in one piece and octet by octet.
scanned last(std::string_view text, const xml_limits& limits) {
  xml_scanner whole{{}};
  xml_scanner trickled{{}};
  std::vector<scanned> results[2];
  size_t i = 0;
  for (auto* scanner : {&whole, &trickled}) {
    scanner->next(header);
    scanner->set_limits(limits);
    results[i] = feed(*scanner, text, i == 0 ? in_one_piece() : octet_by_octet());
    ++i;
  }
  EXPECT_EQ(describe(results[0]), describe(results[1]));
  return results[0].empty() ? scanned{} : results[0].back();
}

struct limit_case {
  const char* what;
  std::string text;
  xml_limits limits;
  scan_status status;
};

TEST(XmlScannerLimits, are_exact) {
  const std::string hundred = "<m>" + std::string(93, 'x') + "</m>";
  ASSERT_EQ(hundred.size(), 100u);
  const auto attributes = [](int count) {
    std::string text = "<m";
    for (int i = 0; i < count; ++i)
      text += " a" + std::to_string(i) + "=''";
    return text + "/>";
  };
  const auto taken = scan_status::element;
  const auto refused = scan_status::error;
  const limit_case cases[] = {
    {"octets", hundred, {.element_bytes = 100}, taken},
    {"octets, one more", hundred, {.element_bytes = 99}, refused},
    {"octets, in text", "<m>" + std::string(98, 'x'), {.element_bytes = 100}, refused},
    {"octets, not yet",
     "<m>" + std::string(97, 'x'),
     {.element_bytes = 100},
     scan_status::need_more},
    {"octets, in a tag", "<m a='" + std::string(95, 'x'), {.element_bytes = 100}, refused},
    {"octets, in CDATA", "<m><![CDATA[" + std::string(95, ']'), {.element_bytes = 100}, refused},
    {"octets, in an end tag", "<m></m" + std::string(95, ' '), {.element_bytes = 100}, refused},
    {"octets, in a reference", "<m>&#" + std::string(96, '0'), {.element_bytes = 100}, refused},
    {"octets, each element its own", hundred + hundred, {.element_bytes = 100}, taken},
    {"depth", "<a><b><c/></b></a>", {.depth = 3}, taken},
    {"depth, one more", "<a><b><c/>", {.depth = 2}, refused},
    {"depth, one more that is open", "<a><b><c>", {.depth = 2}, refused},
    {"depth, side by side", "<a><b/><b/><b><c/></b></a>", {.depth = 3}, taken},
    {"elements", "<a><b/><b/><b/></a>", {.elements = 4}, taken},
    {"elements, one more", "<a><b/><b/><b/><b/>", {.elements = 4}, refused},
    {"elements, each stanza its own", "<a><b/></a><a><b/></a>", {.elements = 2}, taken},
    {"attributes", attributes(20), {.attributes = 20}, taken},
    {"attributes, one more", attributes(21), {.attributes = 20}, refused},
    {"prefixes", "<a xmlns:p='u' xmlns:q='v'/>", {.prefixes = 3}, taken},
    {"prefixes, one more", "<a xmlns:p='u' xmlns:q='v' xmlns:r='v'/>", {.prefixes = 3}, refused},
    {"prefixes, inside",
     "<a xmlns:p='u'><b xmlns:q='v'><c xmlns:r='v'/>",
     {.prefixes = 3},
     refused},
    {"prefixes, side by side",
     "<a xmlns:p='u'><b xmlns:q='v'/><b xmlns:q='v'/><b xmlns:q='v'></b></a>",
     {.prefixes = 3},
     taken},
  };
  for (const limit_case& c : cases) {
    const scanned scanned = last(c.text, c.limits);
    EXPECT_EQ(scanned.status, c.status) << c.what << ": " << describe(scanned);
    if (c.status == refused) {
      EXPECT_EQ(scanned.error, stream_error::policy_violation) << c.what;
    }
  }
}

TEST(XmlScannerLimits, go_before_faults_behind_them) {
  const std::string text = "<m>" + std::string(100, 'x') + "&</n>";
  EXPECT_EQ(last(text, {.element_bytes = 103}).error, stream_error::policy_violation);
  EXPECT_EQ(last(text, {.element_bytes = 105}).error, stream_error::not_well_formed);
}

TEST(XmlScannerLimits, hold_for_the_header) {
  for (const char* text :
       {"<s a='0123456789'>", "<?xml version='1.0'?><s>", "<?xml                   "}) {
    xml_scanner scanner{{.element_bytes = 16}};
    EXPECT_EQ(feed(scanner, text, in_one_piece()).at(0).error, stream_error::policy_violation)
      << text;
    xml_scanner trickled{{.element_bytes = 16}};
    EXPECT_EQ(feed(trickled, text, octet_by_octet()).at(0).error, stream_error::policy_violation)
      << text;
  }
}

TEST(XmlScannerLimits, change_with_the_next_item) {
  xml_scanner scanner{{.element_bytes = 50}};
  scanner.next(header);
  scanner.next("<m>");
  scanner.set_limits({.element_bytes = 500});
  EXPECT_EQ(scanner.next("<m>" + std::string(60, 'x')).error, stream_error::policy_violation);

  xml_scanner other{{.element_bytes = 50}};
  other.next(header);
  other.set_limits({.element_bytes = 500});
  EXPECT_EQ(other.next("<m>" + std::string(60, 'x') + "</m>").status, scan_status::element);
}

// None of the following tests would end in time if the work grew with the square.

TEST(XmlScannerLimits, ten_thousand_nested_elements_cost_neither_stack_nor_time) {
  const std::string text = repeat("<a>", 10000) + repeat("</a>", 10000);
  EXPECT_EQ(last(text, {}).error, stream_error::policy_violation);
  xml_scanner scanner{{}};
  scanner.next(header);
  scanner.set_limits({.depth = 10000});
  EXPECT_EQ(scanner.next(text).status, scan_status::element);
}

TEST(XmlScannerLimits, half_a_megabyte_octet_by_octet_is_scanned_once) {
  const xml_limits limits{.element_bytes = 600000, .depth = 200000, .elements = 200000};
  const size_t size = 500000;
  const std::string documents[] = {
    "<m>" + std::string(size, 'x') + "</m>",
    "<m a='" + std::string(size, '>') + "'/>",
    "<m" + std::string(size, ' ') + "/>",
    "<m></m" + std::string(size, ' ') + ">",
    "<m><![CDATA[" + std::string(size, ']') + "]]></m>",
    "<m>&#" + std::string(size, '0') + "65;</m>",
    "<" + std::string(size / 2, 'n') + "></" + std::string(size / 2, 'n') + ">",
    repeat("<a>", size / 7) + repeat("</a>", size / 7),
    "<m>" + repeat("\xE2\x82\xAC", size / 3) + "</m>",
  };
  for (const std::string& text : documents) {
    xml_scanner scanner{{}};
    scanner.next(header);
    scanner.set_limits(limits);
    for (size_t i = 1; i < text.size(); ++i)
      ASSERT_EQ(scanner.next({text.data(), i}).status, scan_status::need_more);
    EXPECT_EQ(scanner.next(text).status, scan_status::element) << text.substr(0, 20);
  }
}

TEST(XmlScannerLimits, many_attributes_and_prefixes_are_compared_in_little_time) {
  std::string attributes = "<m";
  for (int i = 0; i < 200000; ++i)
    attributes += " a" + std::to_string(i) + "=''";
  xml_scanner scanner{{}};
  scanner.next(header);
  scanner.set_limits({.element_bytes = 4000000, .attributes = 300000});
  EXPECT_EQ(scanner.next(attributes + "/>").status, scan_status::element);
  EXPECT_EQ(scanner.next(attributes + " a777=''/>").error, stream_error::not_well_formed);
}

} // namespace
} // namespace fedhub::test
