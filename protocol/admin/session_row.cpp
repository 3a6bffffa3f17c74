#include "protocol/admin/session_row.hpp"

#include <nlohmann/json.hpp>

#include "protocol/admin/time_text.hpp"

namespace fedhub::admin {

std::string json_of(const session_row& session) {
  nlohmann::ordered_json answer{{"user", session.user}, {"role", session.role}};
  if (session.ends)
    answer["ends"] = rfc3339(*session.ends);
  if (session.idle_time.count() > 0)
    answer["idle_s"] = session.idle_time.count();
  if (!session.csrf.empty())
    answer["csrf_token"] = session.csrf;
  if (!session.token.empty())
    answer["token"] = session.token;
  return answer.dump();
}

std::string json_of(const token_row& token) {
  nlohmann::ordered_json answer{{"token", token.token}, {"ends", rfc3339(token.ends)}};
  if (!token.url.empty())
    answer["url"] = token.url;
  return answer.dump();
}

} // namespace fedhub::admin
