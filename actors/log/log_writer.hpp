// Writes log lines to a descriptor whose reader may be slow or missing.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <spdlog/logger.h>

#include "actors/log/log_facts.hpp"

namespace spdlog::details {
class thread_pool;
}

namespace fedhub {

/// Makes loggers that never wait. Their lines go through a queue to one thread, which writes them.
/// While that thread is held up, the queue drops its oldest lines and counts them.
///
/// This is spdlog's asynchronous logger with four additions: a bound for the length of a line,
/// which bounds the queue in octets too; the facts of a line, which follow its text; `printable`,
/// so that a peer's text cannot be taken for the hub's; and a sink that holds no lock while it
/// writes.
///
/// Thread safety: all calls.
class log_writer {
public:
  struct limits {
    size_t lines = 1024;       ///< that wait. Each takes about 400 octets from the start.
    size_t line_octets = 4096; ///< of a message; the rest is cut off, and the line reports it.
  };

  /// @param fd is written with blocking calls, and is not closed.
  log_writer(int fd, limits bounds);
  log_writer(const log_writer&) = delete;
  log_writer& operator=(const log_writer&) = delete;
  /// Waits without a limit until everything is written. A caller that must not wait for the
  /// descriptor's reader does not destroy the writer.
  ~log_writer();

  class front;
  /// Makes a logger of this name. The writer has to outlive it.
  std::shared_ptr<front> logger(std::string name);

  /// Separates a line's text from its facts in the input of a formatter. No text contains it, since
  /// `printable` escapes it.
  static constexpr char facts_mark = '\0';

  /// Sets the formatter, from the next line on.
  /// @param with_facts the formatter gets the facts of lines (`log_facts::take`) after
  /// `facts_mark`.
  void formatter(std::unique_ptr<spdlog::formatter> spdlog, bool with_facts = false);

  /// Returns whether facts are written. If not, callers need not make their texts.
  bool has_facts() const;

  /// Returns how many lines were dropped or could not be written.
  uint64_t lost() const;

  /// Sets the function that is called with the number of lines lost since its last call. It runs in
  /// any thread that logs, at the first line after the loss. @param count may be empty.
  void on_lost(std::function<void(uint64_t)> count);

  /// Makes callers that log wait for room instead of dropping lines, for `total` in all. 0, the
  /// default, means that no caller waits.
  void wait_for_room(std::chrono::milliseconds total);

  /// Waits until the lines logged so far are written or lost. @returns false after `patience`.
  bool finish(std::chrono::milliseconds patience);

private:
  class sink;
  void post(spdlog::logger& to, const spdlog::details::log_msg& line, log_facts facts);
  void await_room();

  struct counts;
  const limits bounds_;
  std::shared_ptr<counts> counts_;
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<sink> sink_;
};

/// The logger that the hub uses. It cuts and escapes a line before the line is queued.
class log_writer::front final : public spdlog::logger {
public:
  front(log_writer& owner, std::string name, std::shared_ptr<spdlog::logger> back);

  /// Writes a line with its facts, if the level allows it.
  void write(spdlog::level::level_enum level, std::string_view text, log_facts facts);

protected:
  void sink_it_(const spdlog::details::log_msg& line) override;
  void flush_() override {}

private:
  log_writer& owner_;
  std::shared_ptr<spdlog::logger> back_;
};

} // namespace fedhub
