// The diagnostics actor: streams that carry no stanza.
#include <algorithm>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/admin/diagnostics_look.hpp"
#include "actors/admin/diagnostics_state.hpp"
#include "actors/admin/stream_trial.hpp"

namespace fedhub {

namespace {

using admin::explained_step;

/// The longest time of one stream. DNS and the answer need the rest of `diagnosis_time`.
constexpr std::chrono::milliseconds longest_trial{9000};
/// With less time left, the peer would see a stream that ends before it has begun.
constexpr std::chrono::milliseconds shortest_trial{1000};

} // namespace

std::optional<admin::problem_document> diagnostics_state::no_trial() {
  while (!recent_trials_.empty() && now() - recent_trials_.front() >= trials_time)
    recent_trials_.pop_front();
  if (recent_trials_.size() >= most_recent_trials)
    return admin::problem_document{429,
                                   std::to_string(most_recent_trials)
                                     + " streams were opened within a minute; try again later"};
  if (static_cast<size_t>(trials_.use_count()) > most_trials)
    return admin::problem_document{429, std::to_string(most_trials)
                                          + " other streams are being opened; try again"};
  return {};
}

void diagnostics_state::try_stream(const look_ptr& into, const wanted_trial& trial,
                                   const resolution_ptr& to) {
  const auto place = trial.place;
  if (to->why != failure::none)
    return into->steps.fill(place, {skipped_step(explained_step::connect, "no address is known")});
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
    into->begun + diagnosis_time - shortest_trial - now());
  if (left < shortest_trial)
    return into->steps.fill(place, {skipped_step(explained_step::connect, "DNS took too long")});
  const auto time = std::min(left, longest_trial);
  const auto stream = spawn_stream_trial(self_->home_system(), hub_, to, trial.pair, time);
  self_->link_to(stream); // it ends with this actor
  self_->request(stream, time + shortest_trial, ask_atom_v)
    .then([=](const explained_steps_ptr& steps) { into->steps.fill(place, *steps); },
          [=](const caf::error&) {
            into->steps.fill(place, {skipped_step(explained_step::connect, "the hub is too busy")});
          });
}

} // namespace fedhub
