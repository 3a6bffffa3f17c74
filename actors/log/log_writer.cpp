#include "actors/log/log_writer.hpp"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <string_view>
#include <utility>

#include <spdlog/async_logger.h>
#include <spdlog/details/os.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/fmt/fmt.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/sink.h>

#include "protocol/text/printable_text.hpp"

namespace fedhub {

namespace {

/// The most octets of formatted lines that are collected for one system call.
constexpr size_t batch_octets = 16384;

/// How long the thread pauses once the queue is empty, so that a few further lines do not each wake
/// it.
constexpr std::chrono::milliseconds longest_pause{4};
/// The pause ends when the queue is filled to this part.
constexpr size_t busy_part = 8;

/// Blocks all signals: the main thread handles them, and SIGPIPE must not end the process.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto done = ::write(fd, text.data(), text.size());
    if (done >= 0) {
      text.remove_prefix(static_cast<size_t>(done));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      pollfd writable{fd, POLLOUT, 0};
      ::poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

std::string_view colour_of(spdlog::level::level_enum level_enum) {
  constexpr std::array<std::string_view, spdlog::level::n_levels> colours{
    "\033[37m",        "\033[36m",        "\033[32m", "\033[33m\033[1m",
    "\033[31m\033[1m", "\033[1m\033[41m", ""};
  return colours[static_cast<size_t>(level_enum)];
}

} // namespace

/// Counts lines. Each line is counted as posted, and later as handled or overrun.
struct log_writer::counts {
  std::atomic<uint64_t> posted{0};
  std::atomic<uint64_t> failed{0}; ///< handled, but not written.
  std::atomic<bool> has_facts{false};

  std::mutex handled_mutex;
  std::condition_variable handled_more;
  uint64_t handled = 0;
  /// The time left for waiting for room; see `wait_for_room`.
  std::chrono::nanoseconds patience{0};
  std::atomic<bool> patient{false}; ///< `patience` is not used up.

  std::mutex pause_mutex;
  std::condition_variable pause_over;
  bool paused = false;

  void pause() {
    std::unique_lock lock{pause_mutex};
    paused = true;
    pause_over.wait_for(lock, longest_pause, [this] { return !paused; });
    paused = false;
  }
  void end_pause() {
    std::lock_guard guard{pause_mutex};
    if (std::exchange(paused, false))
      pause_over.notify_one();
  }

  std::mutex report_mutex;
  std::function<void(uint64_t)> report;
  uint64_t reported = 0;
};

/// Formats and writes lines. Runs on the pool's only thread, except `formatter`.
class log_writer::sink final : public spdlog::sinks::sink {
public:
  /// @param pool outlives its thread, and so each call of `log`.
  sink(int fd, std::shared_ptr<counts> shared, spdlog::details::thread_pool& pool)
    : fd_(fd), coloured_(::isatty(fd) == 1 && spdlog::details::os::is_color_terminal()),
      counts_(std::move(shared)), pool_(pool),
      formatter_(std::make_shared<spdlog::pattern_formatter>()) {}

  void log(const spdlog::details::log_msg& line) override {
    report_lost(line);
    format(line);
    ++pending_lines_;
    const bool last = pool_.queue_size() == 0;
    if (last || pending_.size() >= batch_octets)
      write();
    if (last)
      counts_->pause();
  }

  void flush() override {}
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter> x) override {
    formatter(std::move(x), false);
  }
  void formatter(std::unique_ptr<spdlog::formatter> spdlog, bool with_facts) {
    std::lock_guard guard{formatter_mutex_};
    formatter_ = std::move(spdlog);
    counts_->has_facts = with_facts;
  }

private:
  void format(const spdlog::details::log_msg& queued) {
    std::shared_ptr<spdlog::formatter> formatter;
    auto line = queued;
    {
      std::lock_guard guard{formatter_mutex_};
      formatter = formatter_;
      if (!counts_->has_facts) // the line may have facts from before a reload
        line.payload = text_of(queued);
    }
    line.color_range_start = line.color_range_end = 0;
    spdlog::memory_buf_t text;
    formatter->format(line, text);
    const std::string_view all{text.data(), text.size()};
    if (!coloured_ || line.color_range_end <= line.color_range_start) {
      pending_ += all;
      return;
    }
    const auto length = line.color_range_end - line.color_range_start;
    (pending_ += all.substr(0, line.color_range_start)) += colour_of(line.level);
    (pending_ += all.substr(line.color_range_start, length)) += "\033[m";
    pending_ += all.substr(line.color_range_end);
  }

  static spdlog::string_view_t text_of(const spdlog::details::log_msg& line) {
    const std::string_view all{line.payload.data(), line.payload.size()};
    return {all.data(), std::min(all.find(facts_mark), all.size())};
  }

  /// Writes a line that reports how many lines are missing here.
  void report_lost(const spdlog::details::log_msg& before) {
    const auto lost = pool_.overrun_counter() + counts_->failed;
    if (lost == reported_)
      return;
    auto text = fmt::format("{} log lines were lost here", lost - reported_);
    log_facts facts;
    facts.add(fact::kind.name, "lost lines");
    facts.add(fact::lost_lines.name, lost - reported_);
    text.append(1, facts_mark).append(facts.take());
    reported_ = lost;
    format({before.time, {}, before.logger_name, spdlog::level::warn, text});
  }

  void write() {
    if (!write_all(fd_, pending_))
      counts_->failed += pending_lines_;
    pending_.clear();
    {
      std::lock_guard guard{counts_->handled_mutex};
      counts_->handled += std::exchange(pending_lines_, 0);
    }
    counts_->handled_more.notify_all();
  }

  const int fd_;
  const bool coloured_;
  const std::shared_ptr<counts> counts_;
  spdlog::details::thread_pool& pool_;
  std::string pending_;
  size_t pending_lines_ = 0;
  uint64_t reported_ = 0;
  /// Never held while writing, so that a reload, which sets the formatter, does not wait.
  std::mutex formatter_mutex_;
  std::shared_ptr<spdlog::formatter> formatter_;
};

log_writer::front::front(log_writer& owner, std::string name, std::shared_ptr<spdlog::logger> back)
  : spdlog::logger(std::move(name)), owner_(owner), back_(std::move(back)) {}

void log_writer::front::write(spdlog::level::level_enum level, std::string_view text,
                              log_facts facts) {
  if (should_log(level))
    owner_.post(*back_, {name(), level, text}, std::move(facts));
}

void log_writer::front::sink_it_(const spdlog::details::log_msg& line) {
  owner_.post(*back_, line, {});
}

log_writer::log_writer(int fd, limits bounds)
  : bounds_(bounds), counts_(std::make_shared<counts>()),
    pool_(std::make_shared<spdlog::details::thread_pool>(bounds.lines, 1, block_signals)),
    sink_(std::make_shared<sink>(fd, counts_, *pool_)) {}

log_writer::~log_writer() = default;

std::shared_ptr<log_writer::front> log_writer::logger(std::string name) {
  auto back = std::make_shared<spdlog::async_logger>(name, sink_, pool_,
                                                     spdlog::async_overflow_policy::overrun_oldest);
  back->set_level(spdlog::level::trace);
  auto result = std::make_shared<front>(*this, std::move(name), back);
  // spdlog's own error handlers print to standard error, and would wait for its reader.
  const auto count = [x = counts_](const std::string&) { ++x->failed; };
  back->set_error_handler(count);
  result->set_error_handler(count);
  return result;
}

void log_writer::formatter(std::unique_ptr<spdlog::formatter> x, bool with_facts) {
  sink_->formatter(std::move(x), with_facts);
}

bool log_writer::has_facts() const { return counts_->has_facts; }

void log_writer::post(spdlog::logger& to, const spdlog::details::log_msg& line, log_facts facts) {
  auto text = printable({line.payload.data(), line.payload.size()}, bounds_.line_octets);
  if (has_facts())
    text.append(1, facts_mark).append(facts.take());
  await_room();
  ++counts_->posted;
  to.log(line.time, line.source, line.level, text);
  if (pool_->queue_size() > bounds_.lines / busy_part)
    counts_->end_pause();
  const auto all = lost();
  std::lock_guard guard{counts_->report_mutex};
  if (all > counts_->reported && counts_->report)
    counts_->report(all - std::exchange(counts_->reported, all));
}

void log_writer::wait_for_room(std::chrono::milliseconds total) {
  std::lock_guard guard{counts_->handled_mutex};
  counts_->patience = total;
  counts_->patient = total.count() > 0;
}

void log_writer::await_room() {
  const auto room = [this] { return pool_->queue_size() < bounds_.lines / 2; };
  if (!counts_->patient || room())
    return;
  counts_->end_pause();
  std::unique_lock lock{counts_->handled_mutex};
  const auto begun = std::chrono::steady_clock::now();
  counts_->handled_more.wait_for(lock, counts_->patience, room);
  counts_->patience -= std::chrono::steady_clock::now() - begun;
  if (counts_->patience.count() <= 0)
    counts_->patient = false;
}

uint64_t log_writer::lost() const { return pool_->overrun_counter() + counts_->failed; }

void log_writer::on_lost(std::function<void(uint64_t)> count) {
  std::lock_guard guard{counts_->report_mutex};
  counts_->report = std::move(count);
}

bool log_writer::finish(std::chrono::milliseconds patience) {
  const uint64_t wanted = counts_->posted;
  counts_->end_pause();
  std::unique_lock lock{counts_->handled_mutex};
  return counts_->handled_more.wait_for(
    lock, patience, [&] { return counts_->handled + pool_->overrun_counter() >= wanted; });
}

} // namespace fedhub
