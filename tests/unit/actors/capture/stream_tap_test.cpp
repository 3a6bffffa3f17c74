#include "actors/capture/stream_tap.hpp"

#include <gmock/gmock.h>

namespace fedhub {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

domain_name domain(std::string_view text) { return *domain_name::parse(text); }

struct StreamTap : testing::Test {
  std::shared_ptr<capture_queue> queue = std::make_shared<capture_queue>();
  std::shared_ptr<running_capture> capture;

  stream_tap tap_of(capture_filter filter, uint64_t id = 7) {
    capture = std::make_shared<running_capture>(1, std::move(filter));
    return {queue, std::make_shared<const running_captures>(running_captures{capture}),
            std::make_shared<const captured_stream>(captured_stream{.id = id})};
  }
  std::vector<std::string> taken() {
    std::vector<std::string> texts;
    for (const auto& part : queue->take_parts())
      texts.push_back((part.sent ? "> " : "< ") + part.octets);
    return texts;
  }
};

TEST_F(StreamTap, selects_by_domain) {
  const std::pair<const char*, bool> table[] = {
    {"<message from='a@partner.example/x' to='b@corp.example'/>", true},
    {"<message from='b@corp.example' to='PARTNER.example.'/>", true},
    {"<message from='b@corp.example' to='a@other.example'/>", false},
    {"<message from='partner.example@corp.example' to='a@other.example'/>", false},
    {"<message from='a@sub.partner.example' to='a@other.example'/>", false},
    {"<db:result from='partner.example' to='corp.example'>k</db:result>", true},
    {"<db:result from='other.example' to='corp.example'>k</db:result>", false},
    {"<stream:features/>", false},
    {"<message from='b@corp.example'/>", false},
    {"</stream:stream>", false},
  };
  for (const auto& [element, selected] : table) {
    auto tap = tap_of(capture_filter::of_domain(domain("partner.example")));
    tap.received(element);
    EXPECT_EQ(taken().size(), selected ? 1 : 0) << element;
  }
}

TEST_F(StreamTap, takes_elements_without_an_address_if_the_stream_is_the_domains) {
  auto tap = tap_of(capture_filter::of_domain(domain("partner.example")));
  tap.sent("<?xml version='1.0'?><stream:stream from='corp.example' to='partner.example'>", "");
  tap.received("<stream:features/>");
  tap.received(" ");
  tap.received("<message from='a@other.example' to='b@corp.example'/>");
  tap.received("<message to='b@corp.example'/>");
  tap.sent("<message to='a@partner.example'>", "text</message>");
  tap.received("</stream:stream>");
  EXPECT_THAT(
    taken(),
    ElementsAre("> <?xml version='1.0'?><stream:stream from='corp.example' to='partner.example'>",
                "< <stream:features/>", "< <message to='b@corp.example'/>",
                "> <message to='a@partner.example'>text</message>", "< </stream:stream>"));
}

TEST_F(StreamTap, selects_by_the_domains_of_a_node) {
  auto tap = tap_of(capture_filter::of_node(
    {*domain_pattern::parse("corp.example"), *domain_pattern::parse("*.corp.example")}));
  tap.received("<iq from='a@muc.corp.example' to='b@c.example'/>");
  tap.received("<iq from='a@c.example' to='corp.example'/>");
  tap.received("<iq from='a@c.example' to='corp'/>");
  EXPECT_EQ(taken().size(), 2);
}

TEST_F(StreamTap, selects_one_stream_whole) {
  auto tap = tap_of(capture_filter::of_stream(7));
  tap.received("<iq from='a@c.example' to='d.example'/>");
  tap.received("<r/>");
  EXPECT_EQ(taken().size(), 2);
  auto other = tap_of(capture_filter::of_stream(8));
  other.received("<r/>");
  EXPECT_THAT(taken(), IsEmpty());
}

TEST_F(StreamTap, passes_nothing_on_after_the_end) {
  auto tap = tap_of(capture_filter::of_stream(7));
  capture->open = false;
  tap.received("<r/>");
  EXPECT_THAT(taken(), IsEmpty());
  EXPECT_EQ(capture->dropped, 0);
}

TEST_F(StreamTap, counts_what_has_no_room) {
  auto tap = tap_of(capture_filter::of_stream(7));
  const std::string large(capture_queue::most_octets / 2, 'x');
  for (int i = 0; i < 3; ++i)
    tap.received("<a>" + large + "</a>");
  EXPECT_EQ(taken().size(), 1);
  EXPECT_EQ(capture->dropped, 2);
  tap.received("<r/>"); // there is room again
  EXPECT_EQ(taken().size(), 1);
}

TEST(CaptureQueue, has_room_for_some_tasks_and_none_after_its_end) {
  capture_queue queue;
  for (size_t i = 0; i < capture_queue::most_tasks; ++i)
    EXPECT_TRUE(queue.add([] {}));
  EXPECT_FALSE(queue.add([] {}));
  EXPECT_EQ(queue.take({}).tasks.size(), capture_queue::most_tasks);
  queue.close();
  EXPECT_FALSE(queue.add([] {}));
  EXPECT_TRUE(queue.take({}).last);
}

} // namespace
} // namespace fedhub
