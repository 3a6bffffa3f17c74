#include "actors/connection/dialback_verifier.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/hub/hub.hpp"
#include "actors/hub/reply.hpp"
#include "actors/hub/settings.hpp"
#include "metrics/gauge_share.hpp"
#include "metrics/hub_metrics.hpp"
#include "protocol/events/dialback_outcome.hpp"

namespace fedhub {

namespace {

struct verifier_state {
  static inline const char* name = "fedhub.verifier";

  explicit verifier_state(verifier_actor::pointer self) : self(self) {}

  void start(hub_ptr its_hub, connection_actor from, verify_key key, const dns_asker& for_whom,
             log_origin origin) {
    hub = std::move(its_hub);
    asker = std::move(from);
    question = std::move(key);
    by = std::move(origin);
    share = gauge_share{hub->metrics.actors.at(actor_kind::verifier), 1};
    started = now();
    auto limit = hub->current()->config.timeouts.dialback;
    peer_log{log_module::dialback_verify, "questions", by}.info(
      "verify {} id={} key={}: asking {}, time-out scheduled in {} s", fact::pair(question.pair),
      fact::question_id(question.stream_id), fact::key(shorten_key(question.key)),
      fact::domain(question.pair.from), fact::timeout_s(limit));
    self->delayed_send(self, limit, tick_atom_v);
    // If the asking connection ends, nobody needs the answer.
    self->set_down_handler([this](caf::down_msg&) { self->quit(); });
    self->monitor(asker);
    self->send(hub->directory, verify_atom_v,
               std::make_shared<const verification>(verification{question, {}, {}, {}, for_whom}),
               verifier_actor{self});
  }

  void answer(const verification& result) {
    auto took = std::chrono::duration<double>(now() - started).count();
    hub->metrics.dialback_duration.Observe(took);
    peer_log{log_module::dialback_verify, "answers", by}.info(
      "verify {} id={}: {}{} after {:.1f} ms", fact::pair(question.pair),
      fact::question_id(question.stream_id), fact::outcome(result.outcome),
      result.why == failure::none ? "" : " (" + explain(result.why, result.detail) + ")",
      took * 1000, fact::domain(question.pair.from), fact::failure(result.why),
      fact::detail(result.detail), fact::duration_s(std::chrono::duration<double>(took)));
    self->send(asker, verified_atom_v,
               std::make_shared<const verification>(
                 verification{question, result.outcome, result.why, result.detail}));
    // A monitor left at the asker would keep this actor's memory until the asker ends.
    self->demonitor(asker.address());
    self->quit();
  }

  void time_out() {
    hub->metrics.dialback.at(dialback_role::receiving, dialback_result::timeout).Increment();
    answer({question, dialback_outcome::error, failure::dialback_timeout, {}});
  }

  time_point now() const { return self->home_system().clock().now(); }

  verifier_actor::pointer self; ///< outlives this state.
  hub_ptr hub;
  connection_actor asker;
  verify_key question;
  log_origin by;
  time_point started;
  gauge_share share;
};

verifier_actor::behavior_type verifier(verifier_actor::stateful_pointer<verifier_state> self,
                                       hub_ptr hub, connection_actor asker,
                                       const std::shared_ptr<verify_key>& question,
                                       const dns_asker& for_whom,
                                       const std::shared_ptr<log_origin>& by) {
  self->state.start(std::move(hub), std::move(asker), std::move(*question), for_whom,
                    std::move(*by));
  return {
    [=](verified_atom, const verification_ptr& x) { self->state.answer(*x); },
    [=](tick_atom) { self->state.time_out(); },
  };
}

} // namespace

verifier_actor spawn_dialback_verifier(caf::actor_system& system, hub_ptr hub,
                                       connection_actor asker, verify_key question,
                                       const dns_asker& for_whom, log_origin by) {
  auto copy = std::make_shared<verify_key>(question);
  auto result = system.spawn(verifier, std::move(hub), asker, std::move(copy), for_whom,
                             std::make_shared<log_origin>(std::move(by)));
  // A verifier that fails sends no answer itself. Without an answer the asker's peer would wait for
  // ever.
  caf::actor_cast<caf::actor>(result)->attach_functor(
    [asker = caf::actor_cast<caf::weak_actor_ptr>(asker),
     question = std::move(question)](const caf::error& reason) {
      auto to = caf::actor_cast<connection_actor>(asker.lock());
      if (reason && to)
        caf::anon_send(
          to, verified_atom_v,
          std::make_shared<const verification>(verification{
            question, dialback_outcome::error, failure::dialback_error, "internal error"}));
    });
  return result;
}

} // namespace fedhub
