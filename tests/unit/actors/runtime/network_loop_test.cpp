// The loop's own tables. The watches here have no owner: actors' tests cover messages to owners.
#include "actors/runtime/network_loop.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;

constexpr auto both = interest::reading_and_writing;

struct socket_pair {
  socket_pair() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    near = unique_fd{ends[0]};
    far = unique_fd{ends[1]};
  }
  unique_fd near, far;
};

/// Takes events of the watch until it has had all of `wanted`, or too long a time has passed.
/// @returns the events.
readiness news_until(watch& watch, readiness wanted) {
  auto seen = readiness::none;
  for (auto end = std::chrono::steady_clock::now() + 20s; std::chrono::steady_clock::now() < end;) {
    seen = seen | watch.take();
    if (has(seen, wanted))
      break;
    std::this_thread::yield();
  }
  return seen;
}

bool await(watch& x, readiness wanted) { return has(news_until(x, wanted), wanted); }

TEST(NetworkLoop, tells_that_a_socket_can_be_written_and_read) {
  network_loop loop;
  socket_pair sockets;
  auto added = loop.add(sockets.near.get(), {}, both);
  ASSERT_TRUE(added);
  EXPECT_TRUE(await(*added, readiness::writable));
  EXPECT_FALSE(has(added->take(), readiness::readable));
  ASSERT_EQ(::write(sockets.far.get(), "x", 1), 1);
  EXPECT_TRUE(await(*added, readiness::readable));
}

/// Fills the socket. @returns how many octets it took.
size_t fill(int fd) {
  const std::vector<char> octets(65536, 'x');
  size_t result = 0;
  for (ssize_t n = 0; (n = ::write(fd, octets.data(), octets.size())) > 0;)
    result += static_cast<size_t>(n);
  EXPECT_EQ(errno, EAGAIN);
  return result;
}

TEST(NetworkLoop, tells_only_of_reading_until_it_is_told_that_the_socket_is_full) {
  network_loop loop;
  socket_pair sockets;
  auto added = loop.add(sockets.near.get(), {}, interest::reading);
  ASSERT_TRUE(added);
  ASSERT_EQ(::write(sockets.far.get(), "x", 1), 1);
  ASSERT_TRUE(await(*added, readiness::readable));
  auto left = fill(sockets.near.get());
  std::vector<char> room(left);
  ASSERT_GT(::read(sockets.far.get(), room.data(), room.size()), 0);
  ASSERT_EQ(::write(sockets.far.get(), "x", 1), 1);
  auto news = news_until(*added, readiness::readable);
  EXPECT_TRUE(has(news, readiness::readable));
  EXPECT_FALSE(has(news, readiness::writable)); // although it can be written again
}

TEST(NetworkLoop, tells_of_writing_once_the_socket_was_full) {
  network_loop loop;
  socket_pair sockets;
  auto added = loop.add(sockets.near.get(), {}, interest::reading);
  for (int i = 0; i < 20; ++i) {
    auto left = fill(sockets.near.get());
    loop.watch_writing(added);
    std::vector<char> room(left);
    while (left > 0) {
      auto n = ::read(sockets.far.get(), room.data(), room.size());
      ASSERT_GT(n, 0);
      left -= static_cast<size_t>(n);
    }
    ASSERT_TRUE(await(*added, readiness::writable)) << i;
  }
}

TEST(NetworkLoop, tells_of_writing_at_once_where_there_is_room_again) {
  network_loop loop;
  socket_pair sockets;
  auto added = loop.add(sockets.near.get(), {}, interest::reading);
  loop.watch_writing(added);
  EXPECT_TRUE(await(*added, readiness::writable));
  loop.watch_writing(nullptr);
}

TEST(NetworkLoop, tells_each_arrival_anew) {
  network_loop loop;
  socket_pair sockets;
  auto added = loop.add(sockets.near.get(), {}, both);
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(::write(sockets.far.get(), "x", 1), 1);
    ASSERT_TRUE(await(*added, readiness::readable)) << i;
    char octet;
    ASSERT_EQ(::read(sockets.near.get(), &octet, 1), 1);
  }
}

TEST(NetworkLoop, tells_that_the_peer_is_gone) {
  network_loop loop;
  socket_pair sockets;
  auto added = loop.add(sockets.near.get(), {}, both);
  sockets.far.reset();
  EXPECT_TRUE(await(*added, readiness::readable));
}

TEST(NetworkLoop, refuses_what_cannot_be_watched) {
  network_loop loop;
  EXPECT_FALSE(loop.add(-1, {}, both));
  EXPECT_EQ(errno, EBADF);
  unique_fd file{::open("/proc/self/exe", O_RDONLY | O_CLOEXEC)};
  EXPECT_FALSE(loop.add(file.get(), {}, both));
  EXPECT_EQ(errno, EPERM);
}

TEST(NetworkLoop, lets_a_watch_be_ended_more_than_once_and_after_its_own_end) {
  network_loop loop;
  socket_pair sockets;
  auto added = loop.add(sockets.near.get(), {}, both);
  loop.remove(nullptr);
  loop.remove(added);
  loop.remove(added);
  auto again = loop.add(sockets.near.get(), {}, both);
  ASSERT_TRUE(again);
  EXPECT_TRUE(await(*again, readiness::writable));
  loop.stop();
  loop.stop();
  loop.remove(again);
}

TEST(NetworkLoop, frees_the_watches_that_have_ended) {
  network_loop loop;
  socket_pair sockets;
  std::weak_ptr<watch> last;
  {
    auto added = loop.add(sockets.near.get(), {}, both);
    last = added;
    loop.remove(added);
  }
  for (auto end = std::chrono::steady_clock::now() + 20s;
       !last.expired() && std::chrono::steady_clock::now() < end;)
    std::this_thread::yield();
  EXPECT_TRUE(last.expired());
}

TEST(NetworkLoop, lets_a_watch_be_ended_by_closing_its_descriptor) {
  network_loop loop;
  std::weak_ptr<watch> last;
  int number = -1;
  {
    socket_pair sockets;
    auto added = loop.add(sockets.near.get(), {}, both);
    ASSERT_TRUE(await(*added, readiness::writable));
    last = added;
    number = sockets.near.get();
    sockets.near.reset();
    loop.closed(added);
    loop.closed(added);
    loop.closed(nullptr);
  }
  for (auto end = std::chrono::steady_clock::now() + 20s;
       !last.expired() && std::chrono::steady_clock::now() < end;)
    std::this_thread::yield();
  EXPECT_TRUE(last.expired());
  socket_pair next; // gets the same descriptor numbers
  EXPECT_TRUE(next.near.get() == number || next.far.get() == number);
  auto added = loop.add(number, {}, both);
  ASSERT_TRUE(added);
  EXPECT_TRUE(await(*added, readiness::writable));
}

TEST(NetworkLoopUnderThreads, serves_sockets_that_come_and_go) {
  network_loop loop;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&loop] {
      for (int n = 0; n < 300; ++n) {
        socket_pair sockets;
        auto added = loop.add(sockets.near.get(), {}, both);
        ASSERT_TRUE(added);
        ASSERT_EQ(::write(sockets.far.get(), "x", 1), 1);
        if (n % 2 == 0) { // the others are closed while their events are pending
          ASSERT_TRUE(await(*added, readiness::readable));
        }
        loop.remove(added);
      }
    });
  for (auto& x : threads)
    x.join();
}

} // namespace
} // namespace fedhub
