#include "actors/admin/api_diagnosis.hpp"

#include <memory>
#include <variant>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

#include "actors/admin/api_response.hpp"

namespace fedhub {

namespace {

http_response response_of(const diagnosis& found) {
  if (const auto* problem = std::get_if<admin::problem_document>(&found))
    return fedhub::response_of(*problem);
  if (const auto* rows = std::get_if<std::vector<admin::log_row>>(&found))
    return json_response(json_of(*rows));
  if (const auto* steps = std::get_if<admin::explanation>(&found))
    return json_response(json_of(*steps));
  return fedhub::response_of(admin_answer{std::monostate{}});
}

/// An actor that carries one request, then ends.
void carry_diagnosis(caf::event_based_actor* self, const diagnostics_actor& diagnostics,
                     const diagnosis_request_ptr& request, const http_responder& respond) {
  const auto failed = [=] {
    respond(fedhub::response_of(
      admin::problem_document{503, "the hub is stopping, or too busy to answer"}));
  };
  // An actor that ends leaves its open requests without an answer.
  self->monitor(diagnostics);
  self->set_down_handler([=](const caf::down_msg&) {
    failed();
    self->quit();
  });
  self->request(diagnostics, diagnosis_time + std::chrono::seconds{2}, ask_atom_v, request)
    .then([=](const diagnosis_ptr& found) { respond(response_of(*found)); },
          [=](const caf::error&) { failed(); });
}

} // namespace

void answer_diagnosis(caf::actor_system& system, const diagnostics_actor& diagnostics,
                      const diagnosis_request& request, const http_responder& respond) {
  system.spawn(carry_diagnosis, diagnostics, std::make_shared<const diagnosis_request>(request),
               respond);
}

} // namespace fedhub
