#include "tests/model/hub_life.hpp"

#include <sys/eventfd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/log/log.hpp"
#include "actors/log/peer_log.hpp"
#include "actors/process/configuration_reader.hpp"
#include "actors/process/spawn_supervisor.hpp"
#include "actors/routing/spawn_listener.hpp"
#include "actors/rules/trust_policy.hpp"

namespace fedhub::model {

namespace {

/// Reads the hub's first configuration, as the program does.
configuration_read first_read(const std::filesystem::path& file) {
  auto loaded = conf::load_file(file);
  if (!loaded) {
    for (auto& x : loaded.problems)
      std::fprintf(stderr, "%s\n", conf::to_string(x).c_str());
    std::abort();
  }
  settings old;
  old.config = *loaded.value;
  return read_configuration(file, old);
}

} // namespace

hub_life::hub_life(world& world, seams& machine, const std::filesystem::path& file)
  : world_(world), machine_(machine) {
  const auto since = std::chrono::system_clock::now();
  auto first = first_read(file);
  if (!first.fault.empty())
    std::abort();
  const auto& config = *first.loaded.value;
  configure_log(config.log, config.hub.name);
  limit_peer_log(config);
  system_config_.set("scheduler.policy", caf::atom("testing"));
  system_config_.set("scheduler.max-threads", int64_t{2}); // the number of routers
  system_ = std::make_unique<caf::actor_system>(system_config_);
  system_->await_actors_before_shutdown(false);
  scheduler_ = &dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler());
  scheduler_->clock().current_time += std::chrono::hours{1};
  auto in_force = std::make_shared<const settings>(
    settings{config, first.tls, spawn_model_resolver(*system_, world_), first.keys,
             std::make_shared<const trust_policy>(config)});
  services_ = std::make_unique<hub_services>(metrics_, memory_limit_of(config.limits),
                                             admission_limits_of(config));
  hub_ = std::make_shared<hub>(*services_, loop_, std::move(in_force));
  supervisor_ =
    spawn_supervisor(*system_, hub_, configuration_source::of(file, first.loaded, since));
  run_all();
  for (const auto kind : {listener_kind::s2s, listener_kind::nodes}) {
    unique_fd door{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    doors_[kind == listener_kind::nodes ? 1 : 0] = door.get();
    listeners_.push_back(spawn_listener(*system_, hub_, std::move(door), kind));
  }
  run_all();
}

hub_life::~hub_life() { end(); }

void hub_life::connect_in(bool nodes, unique_fd hub_end, const socket_address& from) {
  machine_.connect_in(doors_[nodes ? 1 : 0], std::move(hub_end), from);
}

void hub_life::reload() { caf::anon_send(supervisor_, reload_atom_v); }

void hub_life::look_for_reloads() {
  for (const auto entry : {reload_result::applied, reload_result::rejected}) {
    const auto count = metrics_.config_reloads.at(entry).Value();
    if (std::exchange(reloads_[static_cast<size_t>(entry)], count) != count && on_reloaded)
      on_reloaded(entry);
  }
}

void hub_life::stop() {
  for (auto& x : listeners_)
    caf::anon_send(x, close_atom_v);
  system_->spawn(
    [done = stopped_](caf::event_based_actor* self, const supervisor_actor& to) {
      self->request(to, caf::infinite, stop_atom_v).then([=](stop_atom) { *done = true; });
    },
    supervisor_);
}

/// Runs one message of any actor that has some, as threads might.
void hub_life::run_job() {
  auto& jobs = scheduler_->jobs;
  if (jobs.size() > 1)
    std::swap(jobs.front(), jobs[world_.random.below(jobs.size())]);
  scheduler_->run_once();
  ++handled_;
  look_for_reloads();
}

void hub_life::run_some(size_t messages) {
  loop_.poll(nullptr, [] { return false; });
  for (; messages > 0 && scheduler_->has_job(); --messages)
    run_job();
}

bool hub_life::run_all() {
  const auto before = handled_;
  loop_.poll(nullptr, [] { return false; });
  do {
    while (scheduler_->has_job())
      run_job();
  } while (loop_.next_turn(nullptr));
  return handled_ != before;
}

time_point hub_life::next_due() const {
  auto& schedule = scheduler_->clock().schedule();
  return schedule.empty() ? time_point::max() : schedule.begin()->first;
}

void hub_life::turn_clock(duration x) { scheduler_->advance_time(x); }

std::string hub_life::due_now() const {
  using clock = caf::detail::simple_actor_clock;
  auto& schedule = scheduler_->clock().schedule();
  if (schedule.empty())
    return "nothing";
  const auto* event = dynamic_cast<clock::actor_msg*>(schedule.begin()->second.get());
  if (event == nullptr)
    return "a timeout";
  const auto* actor = dynamic_cast<caf::local_actor*>(event->receiver->get());
  return std::string{actor != nullptr ? actor->name() : "an actor"} + ": "
         + caf::to_string(event->content->content());
}

std::vector<connection_state::holdings> hub_life::connections() const {
  std::vector<connection_state::holdings> result;
  for (auto& entry : hub_->connections.all(connection_registry::kind::any)) {
    auto* actor = caf::actor_cast<caf::abstract_actor*>(entry);
    // Actors that have not begun or have ended are left out, since they hold nothing.
    if (auto* known = dynamic_cast<connection_actor::stateful_pointer<connection_state>>(actor))
      result.push_back(known->state.holds_now());
  }
  return result;
}

size_t hub_life::end() {
  if (!system_)
    return 0;
  const auto end = [&](const auto& actor) {
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  };
  for (auto& x : listeners_)
    end(x);
  end(supervisor_);
  end(hub_->directory);
  for (auto& x : hub_->connections.all(connection_registry::kind::any))
    end(x);
  for (auto& x : hub_->routers)
    end(x);
  end(hub_->current()->resolver);
  run_all();
  listeners_.clear();
  supervisor_ = nullptr;
  hub_->directory = nullptr;
  hub_->routers.clear();
  hub_->replace(settings_ptr{});
  hub_->replace(routing_table_ptr{});
  loop_.stop();
  run_all();
  const auto left = system_->registry().running();
  scheduler_->clock().cancel_all();
  hub_.reset();
  system_.reset();
  return left;
}

} // namespace fedhub::model
