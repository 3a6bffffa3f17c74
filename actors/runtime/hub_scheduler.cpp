#include "actors/runtime/hub_scheduler.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include <caf/actor_system.hpp>
#include <caf/logger.hpp>

// In each turn CAF's workers report the actor that they run to CAF's own log, with a dynamic cast
// and a locked map, even if that log is off. The hub never uses that log. See `dequeue` too.
#undef CAF_PUSH_AID_FROM_PTR
#undef CAF_SET_LOGGER_SYS
#define CAF_PUSH_AID_FROM_PTR(actor) CAF_VOID_STMT
#define CAF_SET_LOGGER_SYS(system) CAF_VOID_STMT

#include <caf/policy/work_stealing.hpp>
#include <caf/scheduler/coordinator.hpp>

#include "actors/runtime/hub_clock.hpp"
#include "actors/runtime/job_queue.hpp"
#include "actors/runtime/thread_heap.hpp"

namespace fedhub {

namespace {

/// A busy worker polls the network after this time, or so many jobs.
constexpr std::chrono::microseconds time_per_look{250};
constexpr unsigned jobs_per_look = 32;
/// Of so many jobs, at least one is a turn of a stream that waits in line (`turn_lines`).
constexpr unsigned jobs_per_turn = 32;
/// Messages that an actor handles before other actors run. CAF's default is no limit, so an actor
/// that sends messages to itself would never leave its worker.
constexpr size_t messages_per_job = 8;
/// A sleeping worker looks for jobs after so long even if nobody wakes it.
constexpr std::chrono::seconds longest_sleep{1};

class hub_scheduler;

/// The policy of CAF's scheduler. It is CAF's own work stealing, except for waiting and waking.
class waiting_for_network : public caf::policy::work_stealing {
public:
  struct worker_data : caf::policy::work_stealing::worker_data {
    using super = caf::policy::work_stealing::worker_data;

    explicit worker_data(caf::scheduler::abstract_coordinator* x) : super(x) {}
    worker_data(const worker_data& x) : super(x) {} // copied before the worker begins

    job_queue<caf::resumable> jobs; ///< used instead of CAF's queue.
    unsigned since_look = 0;        ///< jobs since the last poll of the network.
    unsigned since_turn = 0;        ///< jobs since the last turn from the lines.
    std::chrono::steady_clock::time_point looked{};
    thread_cache heap;
    bool in_order = false; ///< jobs that this worker enqueues now go to the end of its queue.
  };

  template <class Worker>
  void external_enqueue(Worker* self, caf::resumable* job);
  template <class Worker>
  void internal_enqueue(Worker* self, caf::resumable* job);
  template <class Worker>
  void resume_job_later(Worker* self, caf::resumable* job);
  template <class Worker>
  caf::resumable* dequeue(Worker* self);
  template <class Worker, class Function>
  void foreach_resumable(Worker* self, Function f);

private:
  template <class Worker>
  static hub_scheduler& scheduler_of(Worker* self);
  template <class Worker>
  bool look(Worker* self, bool wait);
  template <class Worker>
  bool give_turn(Worker* self);
  template <class Worker>
  void sleep(Worker* self);
};

class hub_scheduler final : public caf::scheduler::coordinator<waiting_for_network> {
  using super = caf::scheduler::coordinator<waiting_for_network>;

public:
  hub_scheduler(caf::actor_system& system, const hub_system_config& config)
    : super(system), loop(config.loop()), pulse(config.health()), clock_(super::clock()) {}

  hub_clock& clock() noexcept override { return clock_; }

  /// Steals a job from the queue of any other worker.
  caf::resumable* steal_for(size_t thief) {
    for (size_t i = 1; i < num_workers(); ++i)
      if (auto* job = worker_by_id((thief + i) % num_workers())->data().jobs.steal())
        return job;
    return nullptr;
  }

  bool anything_to_do() {
    for (size_t i = 0; i < num_workers(); ++i)
      if (!worker_by_id(i)->data().jobs.empty())
        return true;
    return loop.turns_waiting() > 0;
  }

  /// Wakes one sleeping worker, or if there is none, the worker that waits for the network. Does
  /// nothing if a woken worker is on its way already.
  void wake_one() {
    if (waking || waking.exchange(true))
      return;
    if (sleeping == 0) {
      waking = loop.wake();
      return;
    }
    for (size_t i = 0; i < num_workers(); ++i) {
      auto& data = worker_by_id(i)->data().waitdata;
      std::lock_guard guard{data.lock};
      if (data.sleeping) {
        data.sleeping = false;
        data.cv.notify_one();
        return;
      }
    }
    waking = false;
  }

  /// Wakes all workers that sleep or wait for the network.
  void wake_all() {
    loop.wake();
    for (size_t i = 0; i < num_workers(); ++i) {
      auto& data = worker_by_id(i)->data().waitdata;
      std::lock_guard guard{data.lock};
      if (data.sleeping) {
        data.sleeping = false;
        data.cv.notify_one();
      }
    }
  }

  static caf::actor_system::module* make(caf::actor_system& system, caf::detail::type_list<>) {
    return new hub_scheduler(system, static_cast<const hub_system_config&>(system.config()));
  }

  network_loop& loop;
  health& pulse;
  std::atomic<size_t> sleeping{0};
  std::atomic<bool> waking{false}; ///< a worker was woken and has not looked for jobs yet.

protected:
  void start() override {
    super::start();
    pulse.on_round([this] { wake_all(); });
  }

  void stop() override {
    pulse.on_round({});
    clock_.stop();
    super::stop();
  }

private:
  hub_clock clock_;
};

template <class Worker>
hub_scheduler& waiting_for_network::scheduler_of(Worker* self) {
  return static_cast<hub_scheduler&>(*self->parent());
}

template <class Worker>
void waiting_for_network::external_enqueue(Worker* self, caf::resumable* job) {
  d(self).jobs.push_last(job);
  auto& scheduler = scheduler_of(self);
  // The worker that waits for the network steals the job, unless this worker sleeps and is woken
  // for it.
  bool woken = scheduler.loop.wake();
  auto& data = d(self).waitdata;
  {
    std::lock_guard guard{data.lock};
    if (data.sleeping) {
      data.sleeping = false;
      data.cv.notify_one();
      return;
    }
  }
  // All awake workers are busy, perhaps for long.
  if (!woken)
    scheduler.wake_one();
}

template <class Worker>
void waiting_for_network::internal_enqueue(Worker* self, caf::resumable* job) {
  auto& data = d(self);
  bool backlog = !data.jobs.empty();
  if (data.in_order)
    data.jobs.push_last(job);
  else
    data.jobs.push_next(job);
  if (backlog)
    scheduler_of(self).wake_one();
}

/// Puts a job that has used its turn behind the waiting ones.
template <class Worker>
void waiting_for_network::resume_job_later(Worker* self, caf::resumable* job) {
  d(self).jobs.push_last(job);
}

template <class Worker, class Function>
void waiting_for_network::foreach_resumable(Worker* self, Function f) {
  while (auto* job = d(self).jobs.take())
    f(job);
}

/// Polls the network and notifies the owners of sockets, in this worker. @returns false if another
/// worker does so.
template <class Worker>
bool waiting_for_network::look(Worker* self, bool wait) {
  auto& scheduler = scheduler_of(self);
  auto& data = d(self);
  data.in_order = true; // keeps the order of the events
  bool mine = scheduler.loop.poll(self, [&] {
    return wait && !scheduler.anything_to_do() && !scheduler.pulse.awaits(self->id());
  });
  data.in_order = false;
  data.since_look = 0;
  data.looked = std::chrono::steady_clock::now();
  if (mine && wait)
    scheduler.waking = false;
  return mine;
}

/// Gives the next stream in line its turn, in this worker. @returns false if none waits.
template <class Worker>
bool waiting_for_network::give_turn(Worker* self) {
  auto& scheduler = scheduler_of(self);
  auto& data = d(self);
  data.since_turn = 0;
  data.in_order = true;
  const bool given = scheduler.loop.next_turn(self);
  data.in_order = false;
  return given;
}

template <class Worker>
void waiting_for_network::sleep(Worker* self) {
  auto& scheduler = scheduler_of(self);
  auto& data = d(self).waitdata;
  std::unique_lock guard{data.lock};
  data.sleeping = true;
  ++scheduler.sleeping;
  // A thread that enqueues after this sees that this worker sleeps. A job enqueued before is seen
  // here.
  if (!scheduler.anything_to_do() && !scheduler.pulse.awaits(self->id()))
    data.cv.wait_for(guard, longest_sleep, [&] { return !data.sleeping; });
  data.sleeping = false;
  --scheduler.sleeping;
  scheduler.waking = false;
}

template <class Worker>
caf::resumable* waiting_for_network::dequeue(Worker* self) {
  auto& scheduler = scheduler_of(self);
  auto& data = d(self);
  // Spawning an actor sets CAF's log for the thread, and each turn would report to it again.
  caf::logger::set_current_actor_system(nullptr);
  if (++data.since_look >= jobs_per_look
      || std::chrono::steady_clock::now() - data.looked >= time_per_look)
    look(self, false);
  if (++data.since_turn >= jobs_per_turn)
    give_turn(self);
  for (;;) {
    scheduler.pulse.beat(self->id());
    auto* job = data.jobs.take();
    if (job == nullptr)
      job = scheduler.steal_for(self->id());
    if (job != nullptr) {
      if (scheduler.loop.turns_waiting() > 0)
        scheduler.wake_one(); // there is more work than this job
      return job;
    }
    if (scheduler.loop.turns_waiting() > 0) {
      look(self, false); // prompt events go before a turn from the lines
      if (!data.jobs.empty() || give_turn(self))
        continue;
    }
    data.heap.before_wait(data.looked);
    if (!look(self, true))
      sleep(self);
  }
}

} // namespace

hub_system_config::hub_system_config(size_t threads, network_loop& loop) : loop_(loop) {
  if (threads == 0)
    threads = std::max(std::thread::hardware_concurrency(), 1u);
  set("scheduler.max-threads", threads);
  set("scheduler.max-throughput", messages_per_job);
  health_ = std::make_unique<fedhub::health>(threads);
  load<hub_scheduler>();
}

} // namespace fedhub
