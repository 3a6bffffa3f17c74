#include "conf/ctl/event_stream.hpp"

#include <vector>

#include <gmock/gmock.h>

#include "conf/ctl/event_line.hpp"

namespace fedhub::ctl {
namespace {

using testing::ElementsAre;

/// Takes a stream in parts of `part` octets. @returns the data of its events.
std::vector<std::string> events_of(event_stream& stream, std::string_view octets, size_t part) {
  std::vector<std::string> events;
  for (; !octets.empty(); octets.remove_prefix(std::min(part, octets.size())))
    EXPECT_TRUE(stream.take(octets.substr(0, part),
                            [&events](const std::string& data) { events.push_back(data); }));
  return events;
}

TEST(EventStream, finds_events_in_parts_of_any_size) {
  struct row {
    std::string_view octets;
    std::vector<std::string> events;
    std::string_view last_id;
  };
  const row table[] = {
    {"data: a\n\n", {"a"}, ""},
    {"data:a\n\ndata:  b\n\n", {"a", " b"}, ""},
    {"data: a\r\n\r\ndata: b\r\rdata: c\n\n", {"a", "b", "c"}, ""},
    {"data: a\ndata: b\ndata\ndata:\n\n", {"a\nb\n\n"}, ""},
    {": comment\n\n:\n\n", {}, ""},
    {"id: 7\nevent: attempt\nretry: 9\nunknown: x\ndata: a\n\n", {"a"}, "7"},
    {"id: 7\n\n", {}, "7"},
    {"id: 7\ndata: a\n\ndata: b\n\n", {"a", "b"}, "7"},
    {"id: 7\ndata: a\n\nid\ndata: b\n\n", {"a", "b"}, ""},
    {"id: 7\ndata: a\n\nid: 8\ndata: b\n", {"a"}, "7"}, // the second is not complete
    {std::string_view{"id: 7\n\nid: \0\n\n", 14}, {}, "7"},
  };
  for (const auto& [octets, events, last_id] : table)
    for (const size_t part : {1, 2, 3, 100}) {
      event_stream stream;
      EXPECT_EQ(events_of(stream, octets, part), events) << octets << " by " << part;
      EXPECT_EQ(stream.last_id(), last_id) << octets << " by " << part;
    }
}

TEST(EventStream, drops_half_an_event_when_it_begins_anew) {
  event_stream stream;
  events_of(stream, "id: 7\ndata: a\n\nid: 8\ndata: b\ndata: c", 100);
  stream.restart();
  EXPECT_THAT(events_of(stream, "data: d\n\n", 100), ElementsAre("d"));
  EXPECT_EQ(stream.last_id(), "7");
}

TEST(EventStream, ends_at_an_event_that_is_too_long) {
  const std::string line(1'000, 'a');
  const auto ended = [](const std::string& part) {
    event_stream stream;
    for (size_t octets = 0; octets <= most_event_octets + part.size(); octets += part.size())
      if (!stream.take(part, [](const std::string&) {}))
        return true;
    return false;
  };
  EXPECT_TRUE(ended(line));
  EXPECT_TRUE(ended("data: " + line + "\n"));
  EXPECT_FALSE(ended("data: " + line + "\n\n"));
  EXPECT_FALSE(ended(": " + line + "\n"));
  event_stream stream;
  events_of(stream, "id: " + line + "\n\n", 100);
  EXPECT_EQ(stream.last_id(), "");
}

TEST(EventLine, has_the_fields_that_are_there) {
  const text_style style{*parse_time("2026-11-30T12:00:00Z")};
  const std::pair<const char*, std::string_view> table[] = {
    {R"({"id": 1, "time": "2026-11-30T12:57:00.5+01:00", "kind": "attempt", "domain": "b.example",
         "failure": "dns-timeout", "detail": "no answer", "leg": "s2s-out", "a_new": 1})",
     "2026-11-30T11:57:00Z  attempt       b.example  dns-timeout: no answer  a new 1  leg s2s-out"},
    {R"({"kind": "config", "time": "2026-11-30T11:57:00Z"})", "2026-11-30T11:57:00Z  config"},
    {R"({"time": "\u001b", "kind": "\u001b", "\u001b": "\u001b"})",
     R"(\x1B  \x1B          \x1B \x1B)"},
    {"{}", ""},
    {"[1]", ""},
  };
  for (const auto& [event, line] : table)
    EXPECT_EQ(event_line(*parse_json(event), style), line) << event;
  auto narrow = style;
  narrow.width = 30;
  EXPECT_EQ(event_line(*parse_json(table[0].first), narrow), "2026-11-30T11:57:00Z  attempt…");
}

TEST(EventLine, is_wanted_by_domain_and_kind) {
  const auto event = *parse_json(R"({"domain": "a.example", "kind": "trust"})");
  EXPECT_TRUE(is_wanted_event(event, {}));
  EXPECT_TRUE(is_wanted_event(event, {"a.example", "trust"}));
  EXPECT_FALSE(is_wanted_event(event, {"b.example", ""}));
  EXPECT_FALSE(is_wanted_event(event, {"", "node"}));
  EXPECT_FALSE(is_wanted_event(json::object(), {"", "node"}));
}

} // namespace
} // namespace fedhub::ctl
