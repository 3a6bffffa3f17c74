// The calls of the API about the configuration.
#pragma once

#include <cstdint>
#include <variant>

#include <caf/fwd.hpp>

#include "actors/hub/hub.hpp"
#include "actors/interfaces/admin.hpp"
#include "actors/interfaces/configuration.hpp"
#include "actors/interfaces/supervisor.hpp"
#include "metrics/http/http_responder.hpp"

namespace fedhub {

/// Which keys are asked for.
struct configuration_question {
  size_t first = 0; ///< number of the first one.
  size_t limit = 100;
};

/// One call.
using configuration_call = std::variant<configuration_question, configuration_order>;

/// The longest time until an order is answered: reading the files and putting the configuration in
/// force, after another order. An order may still be carried out afterwards.
inline constexpr std::chrono::seconds configuration_patience{40};

/// Answers a call, at once or later. Returns at once. Any thread may call it.
/// @param supervisor carries out orders.
void answer_configuration_call(caf::actor_system& system, const hub_ptr& hub,
                               const supervisor_actor& supervisor, const configuration_call& call,
                               const http_responder& respond);

} // namespace fedhub
