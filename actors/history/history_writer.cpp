#include "actors/history/history_writer.hpp"

#include <mutex>
#include <utility>

namespace fedhub {

/// The function that the owner may take back while the thread runs.
class history_writer::reporter {
public:
  explicit reporter(std::function<void()> written) : written_{std::move(written)} {}

  void report() {
    const std::lock_guard lock{mutex_};
    if (written_)
      written_();
  }
  void take_back() {
    const std::lock_guard lock{mutex_};
    written_ = {};
  }

private:
  std::mutex mutex_;
  std::function<void()> written_;
};

history_writer::history_writer(std::shared_ptr<history_queue> queue, sink_maker make,
                               std::function<void()> written, std::chrono::milliseconds patience)
  : queue_{std::move(queue)}, written_{std::make_shared<reporter>(std::move(written))},
    thread_{"history",
            [queue = queue_, reporter = written_, make = std::move(make)] {
              const auto sink = make();
              run(*queue, *sink, *reporter);
            }},
    patience_{patience} {}

history_writer::~history_writer() {
  queue_->close();
  thread_.wait(patience_);
  written_->take_back();
  queue_->abandon();
}

void history_writer::run(history_queue& queue, history_sink& sink, reporter& written) {
  using clock = std::chrono::steady_clock;
  auto next_tending = clock::now() + tending_interval;
  for (bool last = false; !last;) {
    const auto batch = queue.take(next_tending);
    last = batch.last;
    if (!batch.empty()) {
      if (!sink.write(batch))
        queue.give_up_events(batch);
      else if (!batch.events.empty() || batch.lost > 0)
        written.report();
    }
    if (!last && clock::now() >= next_tending) {
      sink.tend(batch.bounds);
      queue.note_gone(sink.take_gone());
      next_tending = clock::now() + tending_interval;
    }
  }
}

} // namespace fedhub
