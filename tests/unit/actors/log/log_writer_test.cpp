// The log between many writing threads and a reader that may not read.
#include "actors/log/log_writer.hpp"

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

#include "metrics/sockets/socket.hpp"

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
  /// Logs until the writer's output blocks. @returns the number of lines.
  static uint64_t fill(log_writer& writer, spdlog::logger& log) {
    uint64_t n = 0;
    do {
      for (int i = 0; i < 4; ++i, ++n) // fewer than the queue holds
        log.info("{:060}", n);
    } while (writer.finish(1s) && n < 1000);
    return n;
  }
  /// Closes the reading end: a blocked writer goes on, and its writes fail.
  void nobody_reads_any_more() { read_end.reset(); }

  std::unique_ptr<log_writer> start(log_writer::limits bounds = {.lines = 8, .line_octets = 64}) {
    auto result = std::make_unique<log_writer>(write_end.get(), bounds);
    result->formatter(std::make_unique<spdlog::pattern_formatter>("[%n] %v"));
    return result;
  }

  /// Returns the lines that are there; waits for the first one.
  std::vector<std::string> lines() {
    std::string text(65536, '\0');
    const auto size = ::read(read_end.get(), text.data(), text.size());
    text.resize(size > 0 ? static_cast<size_t>(size) : 0);
    std::vector<std::string> result;
    for (size_t end; (end = text.find('\n')) != text.npos; text.erase(0, end + 1))
      result.push_back(text.substr(0, end));
    return result;
  }

  unique_fd read_end, write_end;
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

/// Shows by "|" where the facts begin.
class formatter_with_facts : public spdlog::formatter {
public:
  void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out) override {
    for (char c : std::string_view{line.payload.data(), line.payload.size()})
      out.push_back(c == log_writer::facts_mark ? '|' : c);
    out.push_back('\n');
  }
  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<formatter_with_facts>();
  }
};

TEST_F(LogWriter, gives_the_facts_of_a_line_to_a_formatter_that_uses_them) {
  auto writer = start();
  auto log = writer->logger("x");
  const auto write = [&](std::string_view text) {
    log_facts facts;
    facts.add("n", 1);
    log->write(spdlog::level::info, text, std::move(facts));
  };
  write("without");
  ASSERT_TRUE(writer->finish(10s));
  writer->formatter(std::make_unique<formatter_with_facts>(), true);
  EXPECT_TRUE(writer->has_facts());
  write(std::string_view{"with\0,", 6}); // a NUL in the text does not begin facts
  ASSERT_TRUE(writer->finish(10s));
  writer->formatter(std::make_unique<spdlog::pattern_formatter>("[%n] %v"));
  write("without again");
  ASSERT_TRUE(writer->finish(10s));
  EXPECT_THAT(lines(), ElementsAre("[x] without", "with\\x00,|,\"n\":1", "[x] without again"));
}

TEST_F(LogWriter, leaves_out_the_facts_of_lines_from_before_the_format_changed) {
  auto writer = start();
  auto log = writer->logger("x");
  fill(*writer, *log);
  writer->formatter(std::make_unique<formatter_with_facts>(), true);
  log_facts facts;
  facts.add("n", 1);
  log->write(spdlog::level::info, "queued", std::move(facts));
  writer->formatter(std::make_unique<spdlog::pattern_formatter>("[%n] %v"));
  std::string last;
  while (last.find("queued") == last.npos) {
    const auto more = lines();
    ASSERT_FALSE(more.empty());
    last = more.back();
  }
  EXPECT_EQ(last, "[x] queued");
}

TEST_F(LogWriter, never_waits_for_a_reader_and_counts_what_it_drops) {
  auto writer = start();
  auto log = writer->logger("x");
  uint64_t counted = 0;
  writer->on_lost([&](uint64_t n) { counted += n; });
  const auto before = fill(*writer, *log);
  EXPECT_EQ(counted, 0u);
  const auto all = before + 5000;
  for (auto i = before; i < all; ++i)
    log->info("{:060}", i);
  EXPECT_FALSE(writer->finish(50ms));
  EXPECT_EQ(counted, writer->lost());
  EXPECT_GE(counted, 5000u - 8); // except for those in the queue
  // When the reader reads again, the log goes on with the newest lines and reports the lost ones.
  std::vector<std::string> seen;
  for (bool done = false; !done;) {
    const auto more = lines();
    ASSERT_FALSE(more.empty());
    seen.insert(seen.end(), more.begin(), more.end());
    done = more.back() == fmt::format("[x] {:060}", all - 1);
  }
  ASSERT_TRUE(writer->finish(10s));
  EXPECT_EQ(seen.front(), fmt::format("[x] {:060}", 0));
  EXPECT_THAT(seen, testing::Contains(HasSubstr("log lines were lost here")));
  EXPECT_EQ(writer->lost(), counted);
  // Each missing line is counted.
  size_t notices = 0;
  for (auto& line : seen)
    notices += line.find("lost here") != line.npos;
  EXPECT_EQ(seen.size() - notices + counted, all);
}

TEST_F(LogWriter, loses_no_line_to_a_slow_reader_while_it_waits_for_room) {
  constexpr int all = 5000;
  auto writer = start();
  auto log = writer->logger("x");
  writer->wait_for_room(60s);
  const auto last = fmt::format("[x] {:057}", all - 1);
  std::vector<std::string> seen;
  std::thread reader{[&] {
    while (seen.empty() || seen.back() != last)
      for (auto& line : lines()) // at most what the pipe holds
        seen.push_back(std::move(line));
  }};
  for (int i = 0; i < all; ++i)
    log->info("{:057}", i); // lines of 64 octets, so that no line is split
  reader.join();
  EXPECT_EQ(writer->lost(), 0u);
  EXPECT_EQ(seen.size(), static_cast<size_t>(all));
}

TEST_F(LogWriter, waits_for_room_no_longer_than_it_is_told) {
  auto writer = start();
  auto log = writer->logger("x");
  fill(*writer, *log);
  const auto begun = std::chrono::steady_clock::now();
  writer->wait_for_room(200ms);
  for (int i = 0; i < 1000; ++i)
    log->info("{:060}", i);
  const auto took = std::chrono::steady_clock::now() - begun;
  EXPECT_GE(took, 200ms);
  EXPECT_LT(took, 5s) << "for all lines together";
  EXPECT_GT(writer->lost(), 900u);
  nobody_reads_any_more();
}

TEST_F(LogWriter, takes_another_format_while_it_is_held_up) {
  auto writer = start();
  auto log = writer->logger("x");
  fill(*writer, *log);
  ASSERT_FALSE(writer->finish(50ms));
  writer->formatter(std::make_unique<spdlog::pattern_formatter>("%v")); // returns
  nobody_reads_any_more();
}

TEST_F(LogWriter, counts_lines_that_can_not_be_written) {
  nobody_reads_any_more();
  auto writer = start(); // its thread gets no SIGPIPE
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
