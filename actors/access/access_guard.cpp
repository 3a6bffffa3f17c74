#include "actors/access/access_guard.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "actors/access/access_users.hpp"
#include "actors/history/history_queue.hpp"
#include "actors/hub/settings.hpp"
#include "metrics/sockets/socket_address.hpp"
#include "protocol/access/access_token.hpp"

namespace fedhub {

namespace {

using admin::problem_document;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr std::string_view bearer = "Bearer ";

/// Returns the values of all headers with this name.
std::vector<std::string_view> header_values(const http_fields& headers, std::string_view name) {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : headers)
    if (equal_http_names(key, name))
      values.emplace_back(value);
  return values;
}

/// Returns the session's token from the cookies (RFC 6265 §4.2.1); empty if there is none, or two.
std::string_view cookie_token(const http_fields& headers) {
  std::string_view found;
  for (auto text : header_values(headers, "Cookie"))
    while (!text.empty()) {
      const auto end = std::min(text.find(';'), text.size());
      auto pair = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
      if (!pair.starts_with(session_cookie) || pair.substr(session_cookie.size(), 1) != "=")
        continue;
      if (!found.empty())
        return {};
      found = pair.substr(session_cookie.size() + 1);
    }
  return found;
}

/// Returns whether another site could do harm by this request, in the name of the user whose
/// browser sends the cookie. A log-in needs no session.
bool needs_csrf_token(const http_request& request) {
  return request.method != "GET" && request.method != "HEAD"
         && !(request.method == "POST" && request.path == log_in_path);
}

/// Returns the status for a fault of `Host` (RFC 9110 §15.5.20) or `Origin`.
unsigned status_of_origin(std::string_view fault) {
  if (fault.starts_with("Host is"))
    return 421;
  return fault.starts_with("Origin") ? 403 : 400;
}

address_group group_of(const http_peer& from) {
  const auto address = socket_address::parse(from.address, 0);
  return address ? address_group{*address} : address_group{};
}

refused_log_in too_soon(seconds wait) {
  return {{429, "too many attempts to log in; try again in " + std::to_string(wait.count()) + " s"},
          wait};
}

session_carrier carrier_at(api_door door) {
  return door == api_door::tls ? session_carrier::cookie : session_carrier::bearer;
}

} // namespace

access_guard::access_guard(hub_ptr hub)
  : hub_{std::move(hub)}, seen_version_{hub_->current()->version}, thread_{
                                                                     [this] { return tick(); }} {}

access_guard::judged access_guard::judge(const http_request& request, api_door door,
                                         const served_names& names) {
  if (door == api_door::socket)
    return api_caller{{.user = {}, .uid = request.peer.uid, .role = conf::admin_role::full}, {}};
  if (auto fault = fault_of_origin(request.headers, door, names); !fault.empty())
    return problem_document{status_of_origin(fault), std::move(fault)};
  const auto shown = header_values(request.headers, "Authorization");
  if (shown.size() > 1)
    return problem_document{400, "there are two Authorization headers"};
  const auto now = steady_clock::now();
  if (!shown.empty()) {
    if (shown.front().size() <= bearer.size()
        || !equal_http_names(shown.front().substr(0, bearer.size()), bearer))
      return problem_document{401, "Authorization is not a Bearer token"};
    const auto digest = digest_of(shown.front().substr(bearer.size()));
    {
      const std::lock_guard lock{mutex_};
      const auto* session = sessions_.use(digest, session_carrier::bearer, now);
      if (session != nullptr && has_rights(hub_->current()->config.admin, session->owner))
        return api_caller{session->owner, digest};
    }
    if (auto program = program_of(digest))
      return api_caller{std::move(*program), {}};
    return problem_document{401, "the token is unknown, or its session has ended"};
  }
  const auto token = door == api_door::tls ? cookie_token(request.headers) : std::string_view{};
  if (token.empty())
    return std::nullopt;
  const auto digest = digest_of(token);
  const std::lock_guard lock{mutex_};
  const auto* session = sessions_.use(digest, session_carrier::cookie, now);
  if (session == nullptr || !has_rights(hub_->current()->config.admin, session->owner))
    return std::nullopt;
  if (needs_csrf_token(request)
      && !same_secret(http_header(request.headers, "X-CSRF-Token"), session->csrf))
    return problem_document{403, "a change needs X-CSRF-Token: the csrf_token of GET session"};
  return api_caller{session->owner, digest};
}

std::optional<access_owner> access_guard::program_of(const sha256_digest& token) const {
  return program_with(hub_->current()->config.admin, token);
}

void access_guard::log_in(const log_in_request& shown, const http_peer& from, api_door door,
                          const log_in_reply& reply) {
  if (shown.token.empty())
    return check_password(shown, from, door, reply);
  std::optional<access_owner> owner;
  seconds wait{0};
  {
    const std::lock_guard lock{mutex_};
    const auto now = steady_clock::now();
    owner = tokens_.take(shown.token, now);
    // Nobody guesses 128 bits, so only attempts that fail are slowed down.
    if (!owner)
      wait = pace_.begin(group_of(from), {}, now);
  }
  if (wait.count() > 0)
    return reply(too_soon(wait));
  if (!owner)
    return refuse(reply, from, {}, "the token is unknown, used, or older than 60 s");
  auto opened = open(*owner, door);
  record("log-in", owner->name(), from,
         "as " + std::string{to_string(owner->role)} + ", by a one-time token");
  reply(std::move(opened));
}

void access_guard::check_password(const log_in_request& shown, const http_peer& from, api_door door,
                                  const log_in_reply& reply) {
  const auto group = group_of(from);
  const auto settings = hub_->current();
  const auto* user = person_named(settings->config.admin, shown.user);
  // All names that are not configured count as one, so that the pace says little about names.
  const auto paced = user != nullptr ? user->name : std::string{" "};
  seconds wait{0};
  {
    const std::lock_guard lock{mutex_};
    wait = pace_.begin(group, paced, steady_clock::now());
  }
  if (wait.count() > 0)
    return reply(too_soon(wait));
  // The task of an unknown user takes as long, so that the time says nothing either.
  const bool added = thread_.add(group, [=, this] {
    const auto* known = person_named(settings->config.admin, shown.user);
    const auto& hash = known != nullptr ? *known->password : unknown_password();
    const bool fits = hash.fits(shown.password) && known != nullptr;
    if (!fits)
      return refuse(reply, from, known != nullptr ? known->name : std::string{},
                    "the user or the password is wrong");
    {
      const std::lock_guard lock{mutex_};
      pace_.succeed(group, paced);
    }
    const auto owner = owner_of(*known);
    auto opened = open(owner, door);
    record("log-in", owner.name(), from,
           "as " + std::string{to_string(owner.role)} + ", by password");
    reply(std::move(opened));
  });
  if (!added)
    reply(refused_log_in{{503, "too many people log in at the moment; try again in a second"},
                         seconds{1}});
}

opened_session access_guard::open(const access_owner& owner, api_door door) {
  opened_session opened;
  {
    const std::lock_guard lock{mutex_};
    opened.token = sessions_.open(owner, carrier_at(door), steady_clock::now());
    opened.row = row_of(owner, *sessions_.find(digest_of(opened.token)));
  }
  thread_.begin_ticks();
  return opened;
}

void access_guard::refuse(const log_in_reply& reply, const http_peer& from, const std::string& user,
                          std::string_view why) {
  bool shown = false;
  {
    const std::lock_guard lock{mutex_};
    shown = refused_.add(steady_clock::now());
  }
  if (shown)
    record("log-in", user.empty() ? "somebody" : user, from, "refused: " + std::string{why});
  else
    thread_.begin_ticks();
  reply(refused_log_in{{401, std::string{why}}, {}});
}

void access_guard::log_out(const api_caller& caller, const http_peer& from) {
  if (!caller.session)
    return;
  {
    const std::lock_guard lock{mutex_};
    sessions_.close(*caller.session);
  }
  record("log-out", caller.owner.name(), from, {});
}

admin::session_row access_guard::row_of(const access_owner& owner,
                                        const session_table::session& session) const {
  admin::session_row row{.user = owner.name(), .role = to_string(owner.role)};
  const auto left = session.begun + session_table::life_time - steady_clock::now();
  row.ends = std::chrono::system_clock::now()
             + std::chrono::duration_cast<std::chrono::system_clock::duration>(left);
  row.idle_time = session_table::idle_time;
  if (session.carrier == session_carrier::cookie)
    row.csrf = session.csrf;
  return row;
}

admin::session_row access_guard::describe(const api_caller& caller) const {
  if (caller.session) {
    const std::lock_guard lock{mutex_};
    if (const auto* session = sessions_.find(*caller.session))
      return row_of(caller.owner, *session);
  }
  return {.user = caller.owner.name(), .role = to_string(caller.owner.role)};
}

admin::token_row access_guard::make_token(const api_caller& caller) {
  const std::lock_guard lock{mutex_};
  return {tokens_.make(caller.owner, steady_clock::now()),
          std::chrono::system_clock::now() + one_time_tokens::life_time, url_};
}

void access_guard::served_at(std::string url) {
  const std::lock_guard lock{mutex_};
  url_ = std::move(url);
}

void access_guard::watch(const api_caller& caller, const http_event_stream& stream) {
  {
    const std::lock_guard lock{mutex_};
    sessions_.watch(caller.session, caller.owner, stream.watch());
  }
  thread_.begin_ticks();
}

void access_guard::record(std::string_view kind, const std::string& who, const http_peer& from,
                          std::string detail) const {
  hub_->history.record(admin::audit_row{.kind = std::string{kind},
                                        .actor = who + " from " + from.address,
                                        .detail = std::move(detail)});
}

/// Ends what time or a reload has ended. @returns whether there is more to come.
bool access_guard::tick() {
  const auto settings = hub_->current();
  uint64_t left_out = 0;
  bool more = false;
  {
    const std::lock_guard lock{mutex_};
    const auto now = steady_clock::now();
    sessions_.expire(now);
    if (settings != nullptr && settings->version != seen_version_) {
      seen_version_ = settings->version;
      sessions_.retain(
        [&](const access_owner& owner) { return has_rights(settings->config.admin, owner); });
    }
    left_out = refused_.take_sum(now);
    more = !sessions_.empty() || refused_.pending();
  }
  if (left_out > 0)
    hub_->history.record(
      admin::audit_row{.kind = "log-in",
                       .actor = "several",
                       .detail = "refused " + std::to_string(left_out) + " times more"});
  return more;
}

} // namespace fedhub
