#include "protocol/xml/error_report.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

TEST(ErrorReport, is_cut_to_the_length_that_a_log_line_allows) {
  const std::string text = std::string(255, 'x') + "ä and more";
  const auto element = stream_element::parse(
    "<stream:error><host-gone xmlns='urn:e'/><text xmlns='urn:e'>" + text
      + "</text><later xmlns='urn:e'/><mine xmlns='urn:mine'/></stream:error>",
    {});
  ASSERT_TRUE(element);
  const auto error = read_error(element->root(), "urn:e");
  EXPECT_EQ(error.condition, "host-gone");
  EXPECT_EQ(error.text, std::string(255, 'x'));
  EXPECT_EQ(error.str(), "host-gone: " + error.text);
  EXPECT_EQ(read_error(element->root(), "urn:nothing").str(), "");
}

} // namespace
} // namespace fedhub
