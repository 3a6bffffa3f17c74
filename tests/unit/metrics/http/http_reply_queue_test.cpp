#include "metrics/http/http_reply_queue.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <poll.h>
#include <sys/eventfd.h>

namespace fedhub {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct reply_queue_test : testing::Test {
  http_reply_queue queue{unique_fd{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)}};

  bool woken() const {
    pollfd wake{queue.wake_descriptor(), POLLIN, 0};
    return poll(&wake, 1, 0) == 1;
  }
  static std::string body(const http_reply& reply) { return std::get<http_response>(reply).body; }
  /// Returns what `take_all` returns, as "number body".
  std::vector<std::string> taken() {
    std::vector<std::string> all;
    for (const auto& [request, reply] : queue.take_all())
      all.push_back(std::to_string(request) + ' ' + body(reply));
    return all;
  }
};

TEST_F(reply_queue_test, gives_a_reply_at_once_if_it_has_come) {
  const auto request = queue.open();
  EXPECT_TRUE(queue.post(request, plain_text(200, "first")));
  EXPECT_FALSE(queue.post(request, plain_text(200, "second")));
  EXPECT_FALSE(woken());
  EXPECT_EQ(body(*queue.take_or_wait(request)), "first");
  EXPECT_FALSE(queue.post(request, plain_text(200, "third")));
  EXPECT_THAT(taken(), IsEmpty());
}

TEST_F(reply_queue_test, wakes_for_a_reply_that_comes_later) {
  const auto first = queue.open(), second = queue.open(), third = queue.open();
  EXPECT_FALSE(queue.take_or_wait(first));
  EXPECT_FALSE(queue.take_or_wait(second));
  EXPECT_TRUE(queue.post(third, plain_text(200, "3"))); // its handler has not returned
  EXPECT_FALSE(woken());
  EXPECT_TRUE(queue.post(second, plain_text(200, "2")));
  EXPECT_TRUE(woken());
  EXPECT_THAT(taken(), ElementsAre(std::to_string(second) + " 2"));
  EXPECT_FALSE(woken());
  EXPECT_TRUE(queue.expects(first));
  EXPECT_FALSE(queue.expects(second));
  EXPECT_EQ(body(*queue.take_or_wait(third)), "3");
}

TEST_F(reply_queue_test, takes_nothing_for_a_request_that_is_over) {
  const auto forgotten = queue.open(), open = queue.open();
  queue.take_or_wait(forgotten);
  queue.forget(forgotten);
  queue.forget(forgotten);
  EXPECT_FALSE(queue.post(forgotten, plain_text(200, "x")));
  EXPECT_FALSE(queue.expects(forgotten));
  EXPECT_FALSE(woken());
  EXPECT_NE(queue.open(), forgotten);
  queue.close();
  EXPECT_FALSE(queue.post(open, plain_text(200, "x")));
  EXPECT_FALSE(queue.expects(open));
  queue.wake();
}

TEST_F(reply_queue_test, wakes_without_a_reply) {
  queue.wake();
  EXPECT_TRUE(woken());
  EXPECT_THAT(taken(), IsEmpty());
  EXPECT_FALSE(woken());
}

} // namespace
} // namespace fedhub
