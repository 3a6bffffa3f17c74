// The thread that answers questions about the history.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "actors/history/disk_thread.hpp"
#include "actors/history/history_query.hpp"
#include "actors/history/history_question.hpp"
#include "metrics/http/http_event_stream.hpp"

namespace fedhub {

/// Answers questions about the history, one after the other, in a thread of its own, which reads by
/// a connection of its own. Nothing that writes waits for it.
///
/// At most 64 questions wait, and at most 64 clients follow the events. Operators cause both. One
/// more is answered 503.
///
/// Thread safety: all calls. None waits but the end.
class history_reader {
public:
  /// From the question to the answer.
  static constexpr std::chrono::seconds patience{2};
  static constexpr size_t most_waiting = 64;
  static constexpr size_t most_followers = 64;
  /// What a follower gets at a time, before others have their turn.
  static constexpr size_t octets_a_turn = 32'768;
  static constexpr std::chrono::seconds end_patience{1};

  /// Starts the thread.
  explicit history_reader(std::filesystem::path folder);
  history_reader(const history_reader&) = delete;
  history_reader& operator=(const history_reader&) = delete;
  /// Ends all event streams. Drops questions that have no answer yet.
  ~history_reader();

  /// @name Each calls `reply` once with the answer, in the thread; or at once if there is no room.
  /// If the reader ends first, `reply` is destroyed without a call.
  /// @{
  template <class Row>
  using reply_to = std::function<void(history_answer<admin::history_page<Row>>)>;
  void ask(events_question question, const reply_to<admin::event_row>& reply);
  void ask(const audit_question& question, const reply_to<admin::audit_row>& reply);
  /// @}

  /// Begins to follow the events after one that the client knows, or those from now on.
  /// @param begin is called like a reply. It gets a problem, or begins a stream and returns it. The
  /// reader writes to the stream until it ends.
  void
  follow(follow_question question, std::optional<int64_t> after,
         const std::function<http_event_stream(std::optional<admin::problem_document>)>& begin);

  /// Reports that there are new events.
  void on_written();

private:
  struct follower;
  class work;

  std::shared_ptr<work> work_;
  disk_thread thread_;
};

} // namespace fedhub
