// The model: a hub, its peers, and their steps in any order.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/model/hub_life.hpp"
#include "tests/model/roles.hpp"
#include "tests/model/seams.hpp"
#include "tests/model/world.hpp"
#include "tests/unit/actors/files/folder.hpp"

namespace fedhub::model {

/// The parts that several hubs share: a generated certificate and a TLS context. To make them for
/// each hub would take most of the time.
class hub_state {
public:
  hub_state();
  const std::filesystem::path& path() const { return place_.path(); }
  /// The context of the remote servers that have TLS.
  SSL_CTX* tls() const { return tls_.get(); }

private:
  std::unique_ptr<SSL_CTX, tls_deleter> tls_;
  test::folder place_;
};

/// One life of a hub among its peers. The seed determines everything.
class model {
public:
  /// @param state outlives the model; other models may have used it.
  model(uint64_t seed, const hub_state& state);
  ~model();

  /// Takes `steps` steps, then drains the hub and ends it. Checks all invariants after each step.
  /// @returns the first invariant that was violated, and the last steps; empty if all held.
  /// @param shown number of last steps in the result.
  std::string run(uint64_t steps, size_t shown = 40);

  /// Adds, by name, how often the events that the model is about have happened.
  void add_events(std::map<std::string, double>& to);

  /// Returns a number that is the same for two runs with one seed.
  uint64_t trace() const { return trace_; }

private:
  using duration = hub_life::duration;

  struct step {
    unsigned weight;
    const char* name;
    void (model::*take)();
  };
  static const std::vector<step>& steps();

  // steps, in steps.cpp
  void visitor_connects();
  void visitor_sends_key();
  void visitor_sends_foreign_key();
  void visitor_sends_stanzas();
  void visitor_manages();
  void visitor_asks_for_acknowledgement();
  void visitor_forges();
  void visitor_asks();
  void component_connects();
  void components_fight();
  void stranger_connects_as_component();
  void component_sends_stanzas();
  void component_forges();
  void peer_floods();
  void peer_changes_pace();
  void peer_resets();
  void peer_closes_stream();
  void peer_half_closes();
  void peer_sends_nonsense();
  void peer_hesitates();
  void domain_changes_mood();
  void domain_recovers();
  void time_passes();
  void much_time_passes();
  void rules_change();
  void rules_changed(reload_result result);

  // the run
  void take_step();
  void calm_down();
  void drain();
  /// Runs hub and peers until they can do no more without time passing.
  void run_until_idle();
  /// Lets time pass. Deadlines are handled at their times.
  void elapse(duration time);
  void describe_step(std::string what);
  void forget_ended_peers();
  unique_fd dial(const socket_address& to);
  template <class Peer, class... Ts>
  void connect(bool nodes, const socket_address& from, Ts&&... xs);
  template <class Peer>
  Peer* any(bool (*wanted)(const Peer&));
  peer* any_peer();
  void write_configuration(const rules& given);

  // invariants, in invariants.cpp
  void check_invariants(bool at_rest);
  void check_account(bool streams_end);
  void check_delivered_was_read();
  void check_memory();
  bool check_connections();
  void check_deadlines();
  void check_idle();
  void check_end();
  bool wrong() const { return !world_.problem.empty(); }

  world world_;
  seams seams_;
  const hub_state& state_;
  test::folder place_;
  std::unique_ptr<hub_life> hub_;
  std::vector<std::unique_ptr<peer>> peers_;
  std::vector<std::string> remote_, local_;
  std::vector<std::string> done_; ///< the last steps, for reports.
  uint64_t taken_ = 0;            ///< steps.
  uint64_t trace_ = 0;
  bool stopping_ = false;
  size_t shown_ = 0;
};

} // namespace fedhub::model
