// The rounds of a reload, after which no actor follows the former rules any more.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "actors/hub/hub.hpp"
#include "actors/interfaces/node.hpp"
#include "actors/interfaces/reload_round.hpp"
#include "actors/interfaces/supervisor.hpp"

namespace fedhub {

/// Notifies all actors after new settings and a new routing table are in force. Each round begins
/// after all actors of the round before have handled their message:
///
/// 1. Connections judge their streams again. From then on nothing comes in that is denied.
/// 2. Routers pass on, or answer, the stanzas that connections had accepted before.
/// 3. Domains and nodes do the same.
/// 4. Connections answer the denied stanzas that had reached them by then.
///
/// After that, no stanza of a pair that was taken back is delivered any more. Belongs to the
/// supervisor.
class reload_rounds {
public:
  /// A reload is over after this time at the latest, even if some actors have not handled their
  /// message.
  static constexpr std::chrono::seconds longest{5};

  /// @param supervisor gets `round_atom` at the end of each round.
  void begin(hub& hub, const supervisor_actor& supervisor, former_rules before,
             std::vector<node_actor> nodes);
  bool running() const { return stage_ != stage::none; }
  /// Reports that a round has ended. @returns true if it was the last round of the current reload.
  bool on_end(uint64_t round);
  /// Gives up waiting for the remaining rounds.
  void stop() { stage_ = stage::none; }
  /// Returns the number of the current or last reload.
  uint64_t number() const { return number_; }

private:
  enum class stage : uint8_t { none, judging, routers, holders, sweeping };

  void next();
  reload_round_ptr make_round();

  hub* hub_ = nullptr;
  supervisor_actor supervisor_;
  former_rules before_;
  std::vector<node_actor> nodes_;
  stage stage_ = stage::none;
  uint64_t round_ = 0;
  uint64_t number_ = 0;
};

} // namespace fedhub
