#include "actors/dial/spawn_connector.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>

#include "actors/dial/connector_state.hpp"

namespace fedhub {

namespace {

connect_result result_of(int error) {
  return error == ECONNREFUSED ? connect_result::refused
         : error == ETIMEDOUT  ? connect_result::timeout
                               : connect_result::unreachable;
}

} // namespace

connector_state::~connector_state() {
  for (auto& [index, x] : running_) {
    x.fd.reset();
    loop_->closed(x.watched);
  }
}

void connector_state::start(pointer self, network_loop& loop, resolution_ptr to,
                            race_options options, hub_metrics* metrics) {
  self_ = self;
  loop_ = &loop;
  metrics_ = metrics;
  to_ = std::move(to);
  race_.emplace(to_->targets, options);
  descriptors_ = options.descriptors;
}

connector_state::promise connector_state::connect() {
  reply_ = self_->make_response_promise<connected_ptr>();
  auto result = reply_;
  started_ = self_->clock().now();
  run(race_->start(started_));
  go_on();
  return result;
}

void connector_state::on_ready(int fd) {
  auto i = std::find_if(running_.begin(), running_.end(),
                        [&](const auto& x) { return x.second.fd.get() == fd; });
  if (i == running_.end())
    return;
  auto news = i->second.watched->take();
  if (!has(news, readiness::writable))
    return;
  auto index = i->first;
  auto now = self_->clock().now();
  // A failed attempt is reported as a hang-up too.
  if (auto error = has(news, readiness::hangup) ? socket_error(fd) : 0; error != 0) {
    abandon(index);
    count(result_of(error));
    run(race_->on_failed(index, error, now));
  } else {
    count(connect_result::connected);
    run(race_->on_connected(index, now));
  }
  go_on();
}

void connector_state::on_tick() {
  tick_at_.reset();
  run(race_->on_time(self_->clock().now()));
  go_on();
}

void connector_state::run(const address_race::actions& actions) {
  for (const auto& action : actions) {
    if (const auto* begun = std::get_if<address_race::begin_attempt>(&action))
      begin(begun->index);
    else {
      abandon(std::get<address_race::abandon_attempt>(action).index);
      count(race_->winner() ? connect_result::cancelled : connect_result::timeout);
    }
  }
}

void connector_state::begin(size_t index) {
  attempt attempt;
  attempt.fd = connect_tcp(race_->candidates()[index].address);
  if (attempt.fd && static_cast<uint64_t>(attempt.fd.get()) >= descriptors_) {
    attempt.fd.reset();
    errno = EMFILE;
  }
  if (attempt.fd)
    attempt.watched = loop_->add(attempt.fd.get(), caf::actor_cast<ready_sink_actor>(self_),
                                 interest::reading_and_writing);
  if (attempt.watched) {
    running_.emplace(index, std::move(attempt));
    return;
  }
  // The attempt failed at once, for example without IPv6. The recursion is at most as deep as there
  // are candidates.
  auto error = errno;
  count(result_of(error));
  run(race_->on_failed(index, error, self_->clock().now()));
}

void connector_state::count(connect_result result) const {
  if (metrics_ != nullptr)
    metrics_->connect_attempts.at(result).Increment();
}

void connector_state::abandon(size_t index) {
  if (auto node = running_.extract(index); !node.empty()) {
    node.mapped().fd.reset();
    loop_->closed(node.mapped().watched);
  }
}

/// Answers if the race is over, else schedules a tick for the next deadline.
void connector_state::go_on() {
  if (race_->over()) {
    answer();
    return;
  }
  auto next = race_->next_deadline();
  if (!next || (tick_at_ && *tick_at_ <= *next))
    return;
  tick_at_ = next;
  self_->delayed_send(self_, std::max(*next - self_->clock().now(), time_point::duration::zero()),
                      tick_atom_v);
}

void connector_state::answer() {
  if (!reply_.pending())
    return;
  auto result = std::make_shared<connected>();
  result->time =
    std::chrono::duration_cast<std::chrono::microseconds>(self_->clock().now() - started_);
  if (auto index = race_->winner()) {
    const auto& candidate = race_->candidates()[*index];
    auto node = running_.extract(*index);
    loop_->remove(node.mapped().watched);
    result->fd = std::move(node.mapped().fd);
    result->address = candidate.address;
    const auto& target = to_->targets[candidate.target];
    result->host = target.host;
    result->port = target.port;
    result->direct_tls = target.direct_tls;
    result->dnssec = target.dnssec;
  } else if (to_->why != failure::none) { // the resolution gave no address
    result->why = to_->why;
    result->detail = to_->detail;
  } else {
    result->why = race_->why();
    result->detail = race_->detail();
  }
  reply_.deliver(std::move(result));
  self_->quit();
}

connector_actor::behavior_type connector(connector_actor::stateful_pointer<connector_state> self,
                                         network_loop* loop, resolution_ptr to,
                                         race_options options, hub_metrics* metrics) {
  self->state.start(self, *loop, std::move(to), options, metrics);
  return {
    [self](ready_atom, int fd) { self->state.on_ready(fd); },
    [self](connect_atom) { return self->state.connect(); },
    [self](tick_atom) { self->state.on_tick(); },
  };
}

connector_actor spawn_connector(caf::actor_system& system, network_loop& loop, resolution_ptr to,
                                race_options options, hub_metrics* metrics) {
  return system.spawn(connector, &loop, std::move(to), options, metrics);
}

} // namespace fedhub
