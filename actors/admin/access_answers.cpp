#include "actors/admin/access_answers.hpp"

#include <utility>
#include <variant>

#include "actors/admin/api_response.hpp"

namespace fedhub {

namespace {

/// Returns the value of Set-Cookie; without a token, one that removes the cookie.
std::string cookie_of(std::string_view token) {
  return std::string{session_cookie} + '=' + std::string{token}
         + "; Path=/; Secure; HttpOnly; SameSite=Strict" + (token.empty() ? "; Max-Age=0" : "");
}

/// Returns an answer with a secret in it: its compressed length would say something of the secret.
http_response secret_answer(std::string json) {
  auto response = json_response(std::move(json));
  response.compressible = false;
  return response;
}

http_response answer_of(opened_session opened) {
  const bool by_cookie = !opened.row.csrf.empty();
  if (!by_cookie)
    opened.row.token = opened.token;
  auto response = secret_answer(json_of(opened.row));
  if (by_cookie)
    response.headers.emplace_back("Set-Cookie", cookie_of(opened.token));
  return response;
}

http_response answer_of(const refused_log_in& refused) {
  auto response = refused.problem.status == 401 ? unauthorised(refused.problem.detail)
                                                : response_of(refused.problem);
  if (refused.retry_after.count() > 0)
    response.headers.emplace_back("Retry-After", std::to_string(refused.retry_after.count()));
  return response;
}

} // namespace

http_response unauthorised(std::string why) {
  auto response = response_of(admin::problem_document{401, std::move(why)});
  response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"fedhub\"");
  return response;
}

void answer_log_in(access_guard& guard, const log_in_request& shown, const http_peer& from,
                   api_door door, const http_responder& respond) {
  guard.log_in(shown, from, door, [respond](std::variant<opened_session, refused_log_in> outcome) {
    respond(std::visit([](auto& value) { return answer_of(std::move(value)); }, outcome));
  });
}

void answer_access(access_guard& guard, const access_call& call, const api_caller& caller,
                   const http_peer& from, const http_responder& respond) {
  if (std::holds_alternative<session_question>(call)) {
    respond(secret_answer(json_of(guard.describe(caller))));
  } else if (std::holds_alternative<token_order>(call)) {
    if (from.uid)
      respond(secret_answer(json_of(guard.make_token(caller))));
    else
      respond(response_of(
        admin::problem_document{403, "one-time tokens are made on the Unix socket only"}));
  } else if (std::holds_alternative<log_out_order>(call)) {
    guard.log_out(caller, from);
    respond({204, {}, {{"Cache-Control", "no-store"}, {"Set-Cookie", cookie_of({})}}});
  } else {
    respond(response_of(admin::problem_document{409, "users of the Unix socket need no session"}));
  }
}

} // namespace fedhub
