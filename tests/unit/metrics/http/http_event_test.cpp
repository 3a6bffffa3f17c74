#include "metrics/http/http_event.hpp"

#include <string>

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::string_literals;

TEST(http_event, has_a_line_for_each_field_and_each_line_of_data) {
  const struct {
    http_event event;
    const char* text;
  } rows[] = {
    {{"7", "attempt", "a"}, "id: 7\nevent: attempt\ndata: a\n\n"},
    {{"", "", "a"}, "data: a\n\n"},
    {{"7", "", ""}, "id: 7\ndata: \n\n"},
    {{"", "", "a\nb"}, "data: a\ndata: b\n\n"},
    {{"", "", "a\r\nb\rc"}, "data: a\ndata: b\ndata: c\n\n"},
    {{"", "", "a\n"}, "data: a\ndata: \n\n"},
    {{"", "", "\n\na"}, "data: \ndata: \ndata: a\n\n"},
    {{"", "", "\n\r"}, "data: \ndata: \ndata: \n\n"},
    {{"", "", " a: b"}, "data:  a: b\n\n"},
    {{"", "", ":\nid: 9"}, "data: :\ndata: id: 9\n\n"},
    {{"1\ndata: x", "a\r\n\r\nb", ""}, "id: 1data: x\nevent: ab\ndata: \n\n"},
    {{"1\0002"s, "\n", ""}, "id: 12\ndata: \n\n"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(event_text(row.event), row.text);
}

TEST(http_event, is_resumed_after_the_id_that_the_client_sends) {
  EXPECT_EQ(last_event_id({{"last-event-id", "7"}}), "7");
  EXPECT_EQ(last_event_id({{"Last-Event-ID", std::string(128, '7')}}), std::string(128, '7'));
  EXPECT_EQ(last_event_id({{"Last-Event-ID", std::string(129, '7')}}), "");
  EXPECT_EQ(last_event_id({{"Last-Event-ID", ""}}), "");
  EXPECT_EQ(last_event_id({{"X", "7"}}), "");
}

} // namespace
} // namespace fedhub
