// The end of a reload: until no actor goes by the former rules any more.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "actors/hub/hub.hpp"
#include "actors/interfaces/node.hpp"
#include "actors/interfaces/reload_round.hpp"
#include "actors/interfaces/supervisor.hpp"

namespace fedhub {

/// Once new settings and a new routing table are in force, connections, routers, domains with
/// nodes, and connections again are told, each once all before have handled their message:
///
/// 1. connections judge their streams again: from then on nothing comes in that is not allowed;
/// 2. routers pass on, or answer, what connections had accepted before;
/// 3. domains and nodes do the same;
/// 4. connections answer what must not go on of what had reached them by then.
///
/// After that, no stanza of a pair that was taken back is delivered any more. Belongs to the
/// supervisor.
class reload_rounds {
public:
  /// A reload is over at the latest after this, whoever has not said so yet.
  static constexpr std::chrono::seconds longest{5};

  /// @param supervisor gets `round_atom` at the end of each round.
  void begin(hub& x, const supervisor_actor& supervisor, former_rules before,
             std::vector<node_actor> nodes);
  bool running() const { return stage_ != stage::none; }
  /// A round has ended. @returns true if it was the last one of the reload that runs.
  bool on_end(uint64_t round);
  /// Gives up waiting.
  void stop() { stage_ = stage::none; }
  /// Of the reload that runs, or ran last.
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
