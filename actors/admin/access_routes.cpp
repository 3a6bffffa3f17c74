// The calls about the caller's session.
#include <optional>
#include <string>
#include <utility>

#include "actors/admin/api_body.hpp"
#include "actors/admin/api_route.hpp"
#include "protocol/access/password_hash.hpp"

namespace fedhub {

namespace {

constexpr size_t most_token_octets = 128;

/// Takes a text that has octets, but not too many. The problem does not show it.
std::string take_shown(api_body& body, std::string_view member, size_t most) {
  auto text = body.take_text(member);
  if (text && (text->empty() || text->size() > most))
    body.refuse(std::string{member} + " has " + std::to_string(text->size())
                + " octets; allowed: 1.." + std::to_string(most));
  return std::move(text).value_or(std::string{});
}

api_call open_session(api_parameters query) {
  api_body body{query.request()};
  log_in_request shown;
  shown.token = take_shown(body, "token", most_token_octets);
  if (shown.token.empty()) {
    shown.user = take_shown(body, "user", most_token_octets);
    shown.password = take_shown(body, "password", password_hash::most_password_octets);
    body.require("user", !shown.user.empty());
    body.require("password", !shown.password.empty());
  }
  return query.finish(body.finish(access_call{std::move(shown)}));
}

} // namespace

std::vector<api_route> access_routes() {
  return {
    {"GET",
     {"session"},
     [](std::string_view, api_parameters query) {
       return query.finish(access_call{session_question{}});
     }},
    {"POST",
     {"session"},
     [](std::string_view, api_parameters query) { return open_session(std::move(query)); },
     conf::admin_role::viewer},
    {"DELETE",
     {"session"},
     [](std::string_view, api_parameters query) {
       return query.finish(access_call{log_out_order{}});
     },
     conf::admin_role::viewer},
    {"POST",
     {"tokens"},
     [](std::string_view, api_parameters query) {
       api_body body{query.request(), api_body::presence::optional};
       return query.finish(body.finish(access_call{token_order{}}));
     }},
  };
}

} // namespace fedhub
