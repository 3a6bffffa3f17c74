// The state of the diagnostics actor.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/admin/explained_rules.hpp"
#include "actors/admin/gathered_steps.hpp"
#include "actors/admin/published_service.hpp"
#include "actors/admin/spawn_diagnostics.hpp"
#include "actors/hub/hub.hpp"
#include "actors/interfaces/diagnostics.hpp"
#include "actors/runtime/tick_plan.hpp"
#include "metrics/gauge_share.hpp"
#include "protocol/text/domain_pair.hpp"

namespace fedhub {

/// Looks into the hub and its surroundings when an operator asks. It asks name servers and other
/// actors, and sends no stanza.
class diagnostics_state {
public:
  static inline const char* name = "fedhub.diagnostics";

  /// `explain` and `check` at a time. One may cost 400 DNS questions and 32 connections.
  static constexpr size_t most_under_way = 4;
  /// The local domains whose records `check` asks for.
  static constexpr size_t most_domains = 100;
  /// The published addresses that `check` connects to.
  static constexpr size_t most_addresses = 32;

  /// Streams that `explain` opens at a time, and within `trials_time`. Peers see them.
  static constexpr size_t most_trials = 2;
  static constexpr size_t most_recent_trials = 10;
  static constexpr std::chrono::seconds trials_time{60};

  using promise = gathered_steps::promise;

  /// @param self outlives this state.
  explicit diagnostics_state(diagnostics_actor::pointer self) : self_{self} {}

  /// Must be called once, before any other function.
  void start(hub_ptr hub, std::vector<own_listener> listeners);

  promise on_request(const diagnosis_request& request);
  void on_tick();

private:
  /// A look at the hub: its steps, and a resolver of its own that asks the world's name servers.
  struct look;
  using look_ptr = std::shared_ptr<look>;

  /// A stream that `explain` opens, and the place of its steps.
  struct wanted_trial {
    size_t place;
    domain_pair pair;
  };

  promise answer(const log_question& question);
  promise answer(const log_order& order);
  promise answer(const flush_order& order);
  promise answer(const explain_question& question);
  promise answer(const check_question& question);

  promise make_reply() { return self_->make_response_promise<promise>(); }
  promise deliver(diagnosis answer);
  /// Begins a look. @returns null if there is no room.
  look_ptr begin_look(promise reply);
  static admin::problem_document no_room();
  resolver_actor make_public_resolver() const;

  /// @name Each adds steps to a look, in order.
  /// @{
  void explain_way(const look_ptr& into, explained_way way, const explain_question& question);
  /// @param place of the step.  @param trial also opens a stream; nothing: it does not.
  void ask_for_resolution(const look_ptr& into, size_t place, const domain_name& remote,
                          const std::optional<wanted_trial>& trial);
  void add_domain_details(const look_ptr& into, explained_way way, const domain_name& remote);
  /// @param records shows the records and addresses.  @param reach connects to the addresses.
  void add_published(const look_ptr& into, const domain_name& domain, bool records, bool reach);
  void add_tlsa(const look_ptr& into, size_t place, const resolution& seen);
  void add_certificate(const look_ptr& into, const domain_name& domain) const;
  void check_names(const look_ptr& into, bool records, bool reach);
  void check_certificates(const look_ptr& into) const;
  void check_nodes(const look_ptr& into);
  /// @}
  /// Returns why no further stream may be opened now; nothing if one may.
  std::optional<admin::problem_document> no_trial();
  void try_stream(const look_ptr& into, const wanted_trial& trial, const resolution_ptr& to);
  /// Connects to published addresses of this hub, each once in a look.
  void reach(const look_ptr& into, size_t place, const resolution& seen);
  void connect(const look_ptr& into, size_t place, const resolution_ptr& only);

  using when_known = std::function<void(const known_domain&)>;
  void ask_for_domain(const domain_name& remote, const when_known& then);
  void ask_for_hold(const domain_name& remote, const known_domain& known, const when_known& then);
  node_presence presence() const;
  std::chrono::steady_clock::time_point now() const;
  void plan_tick();

  diagnostics_actor::pointer self_; ///< outlives this state.
  hub_ptr hub_;
  std::vector<own_listener> listeners_;
  tick_plan ticks_; ///< when the time of a log level may be over.
  std::shared_ptr<size_t> under_way_ = std::make_shared<size_t>(0); ///< looks.
  /// Each look that opens a stream has a copy, so one less than its users are under way.
  std::shared_ptr<const bool> trials_ = std::make_shared<const bool>(true);
  std::deque<std::chrono::steady_clock::time_point> recent_trials_; ///< when they began.
  gauge_share share_;
};

} // namespace fedhub
