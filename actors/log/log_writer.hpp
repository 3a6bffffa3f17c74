// Writes log lines to a descriptor that may not be read.
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

/// Makes loggers that never wait: their lines go through a queue to one thread, which writes them.
/// While that thread is held up, the queue drops its oldest lines, and counts them.
///
/// This is spdlog's asynchronous logger. Around it are a bound for a line's length, so that the
/// queue is bounded in octets too; the facts of a line, which travel behind its text; `printable`,
/// so that no peer's text can pass for the hub's; and a sink that holds no lock while it writes.
///
/// Thread safety: all of it.
class log_writer {
public:
  struct limits {
    size_t lines = 1024;       ///< that wait. Each takes some 400 octets from the start.
    size_t line_octets = 4096; ///< of a message; the rest is cut off, and said to be.
  };

  /// @param fd is written to by blocking calls, and not closed.
  log_writer(int fd, limits bounds);
  log_writer(const log_writer&) = delete;
  log_writer& operator=(const log_writer&) = delete;
  /// Waits until all is written, however long that takes. Whoever must not wait for a reader of the
  /// descriptor does not destroy the writer.
  ~log_writer();

  class front;
  /// Makes a logger of this name. The writer outlives it.
  std::shared_ptr<front> logger(std::string name);

  /// Stands between a line's text and its facts in what a formatter gets. No text has it:
  /// `printable` escapes it.
  static constexpr char facts_mark = '\0';

  /// Sets what lines look like, from the next one on.
  /// @param with_facts it gets the facts of lines (`log_facts::take`) behind `facts_mark`.
  void formatter(std::unique_ptr<spdlog::formatter> x, bool with_facts = false);

  /// Whether facts are written: if not, nobody need spell them out.
  bool has_facts() const;

  /// Lines that were dropped, or could not be written.
  uint64_t lost() const;

  /// Has `count` called with the number of lines lost since it was called before, from any thread
  /// that logs. Lines lost before are told at the next line. @param count may be empty.
  void on_lost(std::function<void(uint64_t)> count);

  /// From now on, who logs waits for room rather than have lines dropped: `total` in all, whoever
  /// waits; then no more. 0: nobody waits, as at first.
  void wait_for_room(std::chrono::milliseconds total);

  /// Waits until the lines logged so far are written or lost. @returns false if that takes longer
  /// than `patience`.
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

/// What the hub calls: cuts and escapes before a line is queued.
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
