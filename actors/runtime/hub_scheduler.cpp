#include "actors/runtime/hub_scheduler.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include <caf/actor_system.hpp>
#include <caf/logger.hpp>

// CAF's workers tell CAF's own log which actor they run, by a dynamic cast and a locked map for
// each turn, even where that log is off. The hub never uses it. (See `dequeue` too.)
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

/// A busy worker looks for news of the network after so long, or so many jobs.
constexpr std::chrono::microseconds time_per_look{250};
constexpr unsigned jobs_per_look = 32;
/// Among so many jobs, at least one is a turn of a stream that waits in line (`turn_lines`).
constexpr unsigned jobs_per_turn = 32;
/// Messages that an actor handles before others run. CAF's default is no limit: an actor that sends
/// itself messages would never leave its worker.
constexpr size_t messages_per_job = 8;
/// A sleeping worker looks around after so long even if nobody wakes it.
constexpr std::chrono::seconds longest_sleep{1};

class hub_scheduler;

/// What CAF's scheduler asks of a policy, as CAF's own work stealing answers it but for waiting and
/// waking.
class waiting_for_network : public caf::policy::work_stealing {
public:
  struct worker_data : caf::policy::work_stealing::worker_data {
    using super = caf::policy::work_stealing::worker_data;

    explicit worker_data(caf::scheduler::abstract_coordinator* x) : super(x) {}
    worker_data(const worker_data& x) : super(x) {} // of a worker that has not begun

    job_queue<caf::resumable> jobs; ///< in place of CAF's queue.
    unsigned since_look = 0;        ///< jobs.
    unsigned since_turn = 0;        ///< jobs.
    std::chrono::steady_clock::time_point looked{};
    thread_cache heap;
    bool in_order = false; ///< what this worker enqueues now goes to the end of its queue.
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

  /// A job that no awake worker has got yet, from any queue.
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

  /// Wakes one worker that sleeps, or else the one that waits for the network, unless one is on its
  /// way already.
  void wake_one() {
    if (waking || waking.exchange(true))
      return;
    if (sleeping == 0) {
      waking = loop.wake();
      return;
    }
    for (size_t i = 0; i < num_workers(); ++i) {
      auto& x = worker_by_id(i)->data().waitdata;
      std::lock_guard guard{x.lock};
      if (x.sleeping) {
        x.sleeping = false;
        x.cv.notify_one();
        return;
      }
    }
    waking = false;
  }

  /// Wakes all who have nothing to do.
  void wake_all() {
    loop.wake();
    for (size_t i = 0; i < num_workers(); ++i) {
      auto& x = worker_by_id(i)->data().waitdata;
      std::lock_guard guard{x.lock};
      if (x.sleeping) {
        x.sleeping = false;
        x.cv.notify_one();
      }
    }
  }

  static caf::actor_system::module* make(caf::actor_system& system, caf::detail::type_list<>) {
    return new hub_scheduler(system, static_cast<const hub_system_config&>(system.config()));
  }

  network_loop& loop;
  health& pulse;
  std::atomic<size_t> sleeping{0};
  std::atomic<bool> waking{false}; ///< a worker was woken and has not looked around yet.

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
  // Whoever waits for the network steals it, unless this worker sleeps and so takes it itself.
  bool woken = scheduler.loop.wake();
  auto& x = d(self).waitdata;
  {
    std::lock_guard guard{x.lock};
    if (x.sleeping) {
      x.sleeping = false;
      x.cv.notify_one();
      return;
    }
  }
  // All who are awake are at work, and may be so for long.
  if (!woken)
    scheduler.wake_one();
}

template <class Worker>
void waiting_for_network::internal_enqueue(Worker* self, caf::resumable* job) {
  auto& x = d(self);
  bool backlog = !x.jobs.empty();
  if (x.in_order)
    x.jobs.push_last(job);
  else
    x.jobs.push_next(job);
  if (backlog)
    scheduler_of(self).wake_one();
}

/// The job has had its share: others first.
template <class Worker>
void waiting_for_network::resume_job_later(Worker* self, caf::resumable* job) {
  d(self).jobs.push_last(job);
}

template <class Worker, class Function>
void waiting_for_network::foreach_resumable(Worker* self, Function f) {
  while (auto* job = d(self).jobs.take())
    f(job);
}

/// Lets the owners of sockets know of their news, here. @returns false if another worker does so.
template <class Worker>
bool waiting_for_network::look(Worker* self, bool wait) {
  auto& scheduler = scheduler_of(self);
  auto& x = d(self);
  x.in_order = true; // what came first is first
  bool mine = scheduler.loop.poll(self, [&] {
    return wait && !scheduler.anything_to_do() && !scheduler.pulse.awaits(self->id());
  });
  x.in_order = false;
  x.since_look = 0;
  x.looked = std::chrono::steady_clock::now();
  if (mine && wait)
    scheduler.waking = false;
  return mine;
}

/// Has a stream that waits in line read on, here. @returns false if none waits.
template <class Worker>
bool waiting_for_network::give_turn(Worker* self) {
  auto& scheduler = scheduler_of(self);
  auto& x = d(self);
  x.since_turn = 0;
  x.in_order = true;
  const bool given = scheduler.loop.next_turn(self);
  x.in_order = false;
  return given;
}

template <class Worker>
void waiting_for_network::sleep(Worker* self) {
  auto& scheduler = scheduler_of(self);
  auto& x = d(self).waitdata;
  std::unique_lock guard{x.lock};
  x.sleeping = true;
  ++scheduler.sleeping;
  // Who enqueues after this sees that this worker sleeps; what was enqueued before is seen here.
  if (!scheduler.anything_to_do() && !scheduler.pulse.awaits(self->id()))
    x.cv.wait_for(guard, longest_sleep, [&] { return !x.sleeping; });
  x.sleeping = false;
  --scheduler.sleeping;
  scheduler.waking = false;
}

template <class Worker>
caf::resumable* waiting_for_network::dequeue(Worker* self) {
  auto& scheduler = scheduler_of(self);
  auto& x = d(self);
  // Whoever spawns an actor makes that log the thread's, and each turn would tell it again.
  caf::logger::set_current_actor_system(nullptr);
  if (++x.since_look >= jobs_per_look
      || std::chrono::steady_clock::now() - x.looked >= time_per_look)
    look(self, false);
  if (++x.since_turn >= jobs_per_turn)
    give_turn(self);
  for (;;) {
    scheduler.pulse.beat(self->id());
    auto* job = x.jobs.take();
    if (job == nullptr)
      job = scheduler.steal_for(self->id());
    if (job != nullptr) {
      if (scheduler.loop.turns_waiting() > 0)
        scheduler.wake_one(); // there is more to do than this job
      return job;
    }
    if (scheduler.loop.turns_waiting() > 0) {
      look(self, false); // what is prompt goes before a turn that was waited for
      if (!x.jobs.empty() || give_turn(self))
        continue;
    }
    x.heap.rest(x.looked);
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
