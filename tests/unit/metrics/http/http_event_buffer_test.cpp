#include "metrics/http/http_event_buffer.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <poll.h>
#include <sys/eventfd.h>

#include "metrics/http/http_reply_queue.hpp"

namespace fedhub {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct event_buffer_test : testing::Test {
  std::shared_ptr<http_reply_queue> queue =
    std::make_shared<http_reply_queue>(unique_fd{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)});
  std::vector<http_stream_end> ends;
  http_event_buffer buffer{queue, 10, [this](http_stream_end why) {
                             EXPECT_FALSE(buffer.add("x")); // the owner may still call it
                             ends.push_back(why);
                           }};

  event_buffer_test() { take(); } // the first comment

  bool woken() const {
    pollfd wake{queue->wake_descriptor(), POLLIN, 0};
    const bool readable = poll(&wake, 1, 0) == 1;
    queue->take_all();
    return readable;
  }
  /// Returns what is taken; "end" at the end.
  std::string take(size_t room = 100) {
    std::string text(room, '\0');
    const auto size = buffer.take(text.data(), room);
    return size ? text.substr(0, *size) : "end";
  }
};

TEST_F(event_buffer_test, begins_with_a_comment) {
  http_event_buffer fresh{queue, 10, {}};
  char text[3];
  EXPECT_EQ(fresh.take(text, 3), 2u);
  EXPECT_EQ((std::string{text, 2}), ":\n");
}

TEST_F(event_buffer_test, wakes_the_thread_once_when_it_has_found_nothing) {
  EXPECT_TRUE(buffer.add("1"));
  EXPECT_FALSE(woken());
  EXPECT_EQ(take(), "1");
  EXPECT_EQ(take(), "");
  EXPECT_FALSE(buffer.ready());
  EXPECT_TRUE(buffer.add("2"));
  EXPECT_TRUE(woken());
  EXPECT_TRUE(buffer.add("3"));
  EXPECT_FALSE(woken());
  EXPECT_TRUE(buffer.ready());
  EXPECT_EQ(take(1), "2");
  EXPECT_EQ(take(1), "3");
}

TEST_F(event_buffer_test, is_too_slow_beyond_its_limit) {
  EXPECT_TRUE(buffer.add("12345"));
  EXPECT_TRUE(buffer.add("67890"));
  EXPECT_EQ(take(5), "12345");
  EXPECT_TRUE(buffer.add("12345"));
  EXPECT_FALSE(buffer.add("6"));
  EXPECT_TRUE(woken()); // although the thread waits for the socket
  EXPECT_EQ(buffer.ended(), http_stream_end::slow);
  EXPECT_FALSE(buffer.add(""));
  EXPECT_EQ(take(), "end");
  EXPECT_FALSE(buffer.tick());
  EXPECT_THAT(ends, IsEmpty());
  buffer.close();
  buffer.close();
  EXPECT_THAT(ends, ElementsAre(http_stream_end::slow));
}

TEST_F(event_buffer_test, is_too_slow_for_an_event_above_its_limit) {
  EXPECT_FALSE(buffer.add("12345678901"));
  EXPECT_EQ(buffer.ended(), http_stream_end::slow);
}

TEST_F(event_buffer_test, gives_all_events_before_the_owners_end) {
  EXPECT_TRUE(buffer.add("12"));
  buffer.end(http_stream_end::owner);
  buffer.end(http_stream_end::gone);
  EXPECT_FALSE(buffer.add("3"));
  EXPECT_EQ(take(1), "1");
  EXPECT_EQ(take(1), "2");
  EXPECT_EQ(take(1), "end");
  buffer.close();
  EXPECT_THAT(ends, ElementsAre(http_stream_end::owner));
}

TEST_F(event_buffer_test, gives_nothing_after_any_other_end) {
  EXPECT_TRUE(buffer.add("12"));
  buffer.end(http_stream_end::stopped);
  EXPECT_TRUE(buffer.ready());
  EXPECT_EQ(take(), "end");
}

TEST_F(event_buffer_test, wakes_the_thread_for_its_end) {
  EXPECT_EQ(take(), "");
  buffer.end(http_stream_end::owner);
  EXPECT_TRUE(woken());
  EXPECT_TRUE(buffer.ready());
}

TEST_F(event_buffer_test, is_gone_if_it_is_closed_before_its_end) {
  buffer.close();
  EXPECT_THAT(ends, ElementsAre(http_stream_end::gone));
  EXPECT_FALSE(buffer.add("1"));
}

TEST_F(event_buffer_test, comments_as_long_as_it_is_taken) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(buffer.tick());
    EXPECT_EQ(take(), ":\n");
  }
  EXPECT_TRUE(buffer.add("1234"));
  EXPECT_TRUE(buffer.tick());
  EXPECT_EQ(take(1), "1"); // slow, but the client takes something
  EXPECT_TRUE(buffer.tick());
  EXPECT_EQ(take(), "234");
  EXPECT_TRUE(buffer.tick());
  EXPECT_FALSE(buffer.tick());
  EXPECT_EQ(buffer.ended(), http_stream_end::slow);
}

TEST_F(event_buffer_test, does_not_wait_for_ever_for_a_client_after_the_owners_end) {
  EXPECT_TRUE(buffer.add("1"));
  buffer.end(http_stream_end::owner);
  EXPECT_TRUE(buffer.tick());
  EXPECT_FALSE(buffer.tick());
}

} // namespace
} // namespace fedhub
