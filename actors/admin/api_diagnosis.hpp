// The calls of the API that the diagnostics actor answers.
#pragma once

#include <caf/fwd.hpp>

#include "actors/interfaces/diagnostics.hpp"
#include "metrics/http/http_responder.hpp"

namespace fedhub {

/// Passes the request to the diagnostics actor, and the answer to the responder. Does not wait.
void answer_diagnosis(caf::actor_system& system, const diagnostics_actor& diagnostics,
                      const diagnosis_request& request, const http_responder& respond);

} // namespace fedhub
