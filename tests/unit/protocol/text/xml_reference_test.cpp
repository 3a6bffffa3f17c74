// References in text and in values. The scanner recognises references to entities by reading a
// whole word at once if there are enough octets. So the tests vary the number of octets that
// follow: it must not change the result.
#include <gtest/gtest.h>

#include <string>

#include "protocol/xml/xml_scanner.hpp"

namespace fedhub::test {
namespace {

/// Scans a child with this text, followed by `behind` octets. @returns the result.
scan_result scan_text(const std::string& text, size_t behind) {
  xml_scanner scanner{{}};
  scanner.next("<s xmlns='jabber:server'>");
  return scanner.next("<m>" + text + std::string(behind, '.'));
}

scan_result scan_value(const std::string& text, size_t behind) {
  xml_scanner scanner{{}};
  scanner.next("<s xmlns='jabber:server'>");
  return scanner.next("<m x='" + text + std::string(behind, '.') + "'/>");
}

constexpr size_t most_behind = 12; // more than a word

TEST(XmlReference, to_an_entity_is_taken_however_much_stands_behind) {
  for (const std::string name : {"amp", "lt", "gt", "quot", "apos"})
    for (size_t behind = 0; behind <= most_behind; ++behind) {
      const std::string text = "&" + name + ";";
      EXPECT_EQ(scan_text(text, behind).status, scan_status::need_more) << text << behind;
      EXPECT_EQ(scan_text(text + text, behind).status, scan_status::need_more) << text << behind;
      EXPECT_EQ(scan_value(text, behind).status, scan_status::element) << text << behind;
    }
}

TEST(XmlReference, that_only_resembles_one_to_an_entity_is_refused) {
  struct {
    const char* text;
    stream_error why;
  } table[] = {
    {"&amx;", stream_error::restricted_xml},       {"&ampx;", stream_error::restricted_xml},
    {"&am;", stream_error::restricted_xml},        {"&lx;", stream_error::restricted_xml},
    {"&l;", stream_error::restricted_xml},         {"&ltx;", stream_error::restricted_xml},
    {"&gx;", stream_error::restricted_xml},        {"&gtx;", stream_error::restricted_xml},
    {"&quox;", stream_error::restricted_xml},      {"&quota;", stream_error::restricted_xml},
    {"&apox;", stream_error::restricted_xml},      {"&aposx;", stream_error::restricted_xml},
    {"&AMP;", stream_error::restricted_xml},       {"&Lt;", stream_error::restricted_xml},
    {"&amp: ", stream_error::not_well_formed},     {"&lt ;", stream_error::not_well_formed},
    {"&gt,", stream_error::not_well_formed},       {"&quot!", stream_error::not_well_formed},
    {"&apos&amp;", stream_error::not_well_formed},
  };
  for (const auto& row : table)
    for (size_t behind = 1; behind <= most_behind; ++behind) {
      EXPECT_EQ(scan_text(row.text, behind).error, row.why) << row.text << behind;
      EXPECT_EQ(scan_value(row.text, behind).error, row.why) << row.text << behind;
    }
}

} // namespace
} // namespace fedhub::test
