// The log between many who write and one who may not read.
#include "actors/log_writer.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <spdlog/fmt/fmt.h>
#include <spdlog/pattern_formatter.h>

#include "actors/socket.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

class LogWriter : public testing::Test {
protected:
  LogWriter() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    read_end.reset(ends[0]);
    write_end.reset(ends[1]);
    ::fcntl(write_end.get(), F_SETPIPE_SZ, 4096);
  }
  /// Lets a writer that is held up go on, into nothing.
  void nobody_reads_any_more() { read_end.reset(); }

  std::unique_ptr<log_writer> start(log_writer::limits bounds = {.lines = 8, .line_octets = 64}) {
    auto x = std::make_unique<log_writer>(write_end.get(), bounds);
    x->formatter(std::make_unique<spdlog::pattern_formatter>("[%n] %v"));
    return x;
  }

  /// Fills the pipe, whatever its size, by empty lines: what is written next is held up.
  void hold_up() {
    ::fcntl(write_end.get(), F_SETFL, O_NONBLOCK);
    for (const std::string filler(4096, '\n'); ::write(write_end.get(), filler.data(), 4096) > 0;) {
    }
    while (::write(write_end.get(), "\n", 1) > 0) {
    }
    ::fcntl(write_end.get(), F_SETFL, 0);
  }

  /// What lines are there until now, but for empty ones; waits for the first of it.
  std::vector<std::string> lines() {
    std::vector<std::string> result;
    std::string text(65536, '\0');
    while (result.empty()) {
      const auto size = ::read(read_end.get(), text.data(), text.size());
      if (size <= 0)
        break;
      unfinished.append(text, 0, static_cast<size_t>(size));
      size_t begin = 0;
      for (size_t end; (end = unfinished.find('\n', begin)) != unfinished.npos; begin = end + 1)
        if (end > begin)
          result.push_back(unfinished.substr(begin, end - begin));
      unfinished.erase(0, begin);
    }
    return result;
  }

  unique_fd read_end, write_end;
  std::string unfinished; ///< a full pipe may end within a line.
};

TEST_F(LogWriter, writes_lines_in_order) {
  auto writer = start();
  auto one = writer->logger("one"), other = writer->logger("other");
  one->info("a {}", 1);
  other->warn("b");
  one->debug("not at this level");
  one->info("c");
  ASSERT_TRUE(writer->finish(10s));
  EXPECT_THAT(lines(), ElementsAre("[one] a 1", "[other] b", "[one] c"));
  EXPECT_EQ(writer->lost(), 0u);
}

TEST_F(LogWriter, escapes_and_cuts_each_line) {
  auto writer = start();
  auto log = writer->logger("x");
  log->info("a\nb \u202E {}", std::string(100, 'c'));
  ASSERT_TRUE(writer->finish(10s));
  EXPECT_THAT(lines(),
              ElementsAre("[x] a\\x0Ab \\u{202E} " + std::string(48, 'c') + "… (52 octets more)"));
}

TEST_F(LogWriter, never_waits_for_a_reader_and_counts_what_it_drops) {
  auto writer = start();
  auto log = writer->logger("x");
  uint64_t counted = 0;
  constexpr uint64_t all = 5000;
  log->info("before anybody counts");
  ASSERT_TRUE(writer->finish(10s));
  hold_up();
  writer->on_lost([&](uint64_t n) { counted += n; });
  for (uint64_t i = 1; i < all; ++i)
    log->info("{:060}", i);
  EXPECT_FALSE(writer->finish(50ms));
  EXPECT_EQ(counted, writer->lost());
  EXPECT_GT(counted, all - 1000); // but for a batch and the queue
  EXPECT_LT(counted, all);
  // Once somebody reads, the log goes on with its newest lines, and tells of the others.
  std::vector<std::string> seen;
  for (bool done = false; !done;) {
    const auto more = lines();
    ASSERT_FALSE(more.empty());
    seen.insert(seen.end(), more.begin(), more.end());
    done = more.back() == fmt::format("[x] {:060}", all - 1);
  }
  ASSERT_TRUE(writer->finish(10s));
  EXPECT_EQ(seen.front(), "[x] before anybody counts");
  EXPECT_THAT(seen, testing::Contains(HasSubstr("log lines were lost here")));
  EXPECT_EQ(writer->lost(), counted);
  // Each line that is not there is counted.
  size_t notices = 0;
  for (auto& line : seen)
    notices += line.find("lost here") != line.npos;
  EXPECT_EQ(seen.size() - notices + counted, all);
}

TEST_F(LogWriter, takes_another_format_while_it_is_held_up) {
  auto writer = start();
  auto log = writer->logger("x");
  hold_up();
  for (int i = 0; i < 1000; ++i)
    log->info("{:060}", i);
  ASSERT_FALSE(writer->finish(50ms));
  writer->formatter(std::make_unique<spdlog::pattern_formatter>("%v")); // returns
  nobody_reads_any_more();
}

TEST_F(LogWriter, counts_lines_that_can_not_be_written) {
  nobody_reads_any_more();
  auto writer = start(); // its thread takes no SIGPIPE
  auto log = writer->logger("x");
  for (int i = 0; i < 5; ++i)
    log->info("{}", i);
  ASSERT_TRUE(writer->finish(10s));
  EXPECT_EQ(writer->lost(), 5u);
}

TEST_F(LogWriter, takes_lines_from_all_threads) {
  constexpr int threads = 4, each = 500;
  auto writer = start({.lines = threads * each, .line_octets = 64});
  auto log = writer->logger("x");
  std::vector<std::thread> writing;
  for (int t = 0; t < threads; ++t)
    writing.emplace_back([&, t] {
      for (int i = 0; i < each; ++i)
        log->info("{} {}", t, i);
    });
  std::vector<std::string> seen;
  while (seen.size() < threads * each) {
    const auto more = lines();
    ASSERT_FALSE(more.empty());
    seen.insert(seen.end(), more.begin(), more.end());
  }
  for (auto& x : writing)
    x.join();
  EXPECT_EQ(writer->lost(), 0u);
}

} // namespace
} // namespace fedhub
