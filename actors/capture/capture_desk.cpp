#include "actors/capture/capture_desk.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "actors/history/history_queue.hpp"
#include "metrics/sockets/socket.hpp"

namespace fedhub {

namespace {

using wall_clock = std::chrono::system_clock;

/// Between two looks while captures run, and while none does.
constexpr std::chrono::milliseconds writing_interval{100};
constexpr std::chrono::seconds tending_interval{60};

uint64_t free_octets_of(const std::filesystem::path& folder) {
  struct statvfs status {};
  if (::statvfs(folder.c_str(), &status) != 0)
    return UINT64_MAX; // the write reports it
  return uint64_t{status.f_bavail} * status.f_frsize;
}

pcapng_end end_at(const socket_address& address) {
  return {address.address().value_or(ip_address{}), address.port()};
}

const admin::problem_document no_room{503,
                                      "too many requests about captures wait, or the hub ends"};

} // namespace

capture_bounds capture_bounds_of(const conf::config& config) {
  const auto& directory = config.capture.directory;
  return {directory.empty() ? config.hub.state_dir / "captures" : directory,
          uint64_t{config.capture.mebibytes} << 20};
}

/// What the thread owns. It may outlive the desk, if its disk hangs.
class capture_desk::work {
public:
  work(capture_bounds bounds, const std::shared_ptr<history_queue>& audit,
       std::function<void()> changed)
    : queue_{std::make_shared<capture_queue>()}, bounds_{std::move(bounds)}, changed_{std::move(
                                                                               changed)},
      store_{{[this](running_captures_ptr running) { publish(std::move(running)); },
              [this] { return queue_->take_parts(); },
              [audit](admin::audit_row row) { audit->record(std::move(row)); }, free_octets_of}} {}

  void run() {
    using clock = std::chrono::steady_clock;
    store_.list(bounds_, wall_clock::now()); // removes old files
    auto next_tending = clock::now();
    for (bool last = false; !last;) {
      const auto now = clock::now();
      if (now >= next_tending) {
        store_.tend(wall_clock::now());
        next_tending =
          clock::now()
          + (store_.is_running() ? writing_interval : std::chrono::milliseconds{tending_interval});
      }
      auto batch = queue_->take(next_tending);
      last = batch.last;
      store_.write(batch.parts, wall_clock::now());
      for (; !batch.tasks.empty() && !last; batch.tasks.pop_front())
        batch.tasks.front()();
      if (store_.is_running())
        next_tending = std::min(next_tending, clock::now() + writing_interval);
    }
    store_.end_all(wall_clock::now());
  }

  void stop() { queue_->close(); }
  /// The owner of `changed` ends.
  void take_back() {
    const std::lock_guard lock{mutex_};
    changed_ = {};
  }

  const std::shared_ptr<capture_queue>& queue() const { return queue_; }
  running_captures_ptr running() const { return running_.load(); }
  capture_store& store() { return store_; } ///< for the thread.

private:
  void publish(running_captures_ptr running) {
    running_ = std::move(running);
    const std::lock_guard lock{mutex_};
    if (changed_)
      changed_();
  }

  const std::shared_ptr<capture_queue> queue_;
  const capture_bounds bounds_;
  std::atomic<running_captures_ptr> running_;
  std::mutex mutex_; ///< for `changed_`.
  std::function<void()> changed_;
  capture_store store_;
};

capture_desk::capture_desk(const capture_bounds& bounds, std::shared_ptr<history_queue> audit,
                           std::function<void()> changed)
  : work_{std::make_shared<work>(bounds, std::move(audit), std::move(changed))},
    thread_{"captures", [work = work_] { work->run(); }} {}

capture_desk::~capture_desk() {
  work_->stop();
  thread_.wait(end_patience);
  work_->take_back();
}

bool capture_desk::is_current(const stream_tap* tap) const {
  const auto running = work_->running();
  return tap != nullptr ? tap->captures() == running : running == nullptr;
}

std::unique_ptr<stream_tap> capture_desk::tap(uint64_t stream, const socket_address& peer,
                                              int socket) const {
  auto running = work_->running();
  const auto concerns = [&](const auto& capture) {
    return capture->filter.stream() == 0 || capture->filter.stream() == stream;
  };
  if (running == nullptr || std::ranges::none_of(*running, concerns))
    return nullptr;
  auto ends = std::make_shared<const captured_stream>(
    captured_stream{stream, end_at(local_address(socket)), end_at(peer)});
  return std::make_unique<stream_tap>(work_->queue(), std::move(running), std::move(ends));
}

void capture_desk::start(const capture_bounds& bounds, const capture_order& order,
                         const reply_to<admin::capture_row>& reply) {
  if (!work_->queue()->add([to = work_.get(), bounds, order, reply] {
        reply(to->store().start(bounds, order, wall_clock::now()));
      }))
    reply(tl::unexpected(no_room));
}

void capture_desk::list(const capture_bounds& bounds,
                        const reply_to<std::vector<admin::capture_row>>& reply) {
  if (!work_->queue()->add(
        [to = work_.get(), bounds, reply] { reply(to->store().list(bounds, wall_clock::now())); }))
    reply(tl::unexpected(no_room));
}

void capture_desk::open(const capture_bounds& bounds, uint64_t id, const std::string& by,
                        const reply_to<capture_download>& reply) {
  if (!work_->queue()->add([to = work_.get(), bounds, id, by, reply] {
        reply(to->store().open(bounds, id, by, wall_clock::now()));
      }))
    reply(tl::unexpected(no_room));
}

void capture_desk::remove(const capture_bounds& bounds, uint64_t id, const std::string& by,
                          const reply_to<admin::capture_row>& reply) {
  if (!work_->queue()->add([to = work_.get(), bounds, id, by, reply] {
        reply(to->store().remove(bounds, id, by, wall_clock::now()));
      }))
    reply(tl::unexpected(no_room));
}

} // namespace fedhub
