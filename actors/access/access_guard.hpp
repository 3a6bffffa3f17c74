// Who may call the API.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "actors/access/log_in_pace.hpp"
#include "actors/access/one_time_tokens.hpp"
#include "actors/access/password_thread.hpp"
#include "actors/access/refused_log_ins.hpp"
#include "actors/access/request_origin.hpp"
#include "actors/access/session_table.hpp"
#include "actors/hub/hub.hpp"
#include "metrics/http/http_event_stream.hpp"
#include "metrics/http/http_message.hpp"
#include "protocol/admin/problem_document.hpp"
#include "protocol/admin/session_row.hpp"

namespace fedhub {

/// The cookie of a session. By its prefix a browser takes it over TLS only, and for this host only
/// (RFC 6265bis §4.1.3.2).
inline constexpr std::string_view session_cookie = "__Host-fedhub";

/// Where a session is opened.
inline constexpr std::string_view log_in_path = "/api/v1/session";

/// Who has sent a request.
struct api_caller {
  access_owner owner;
  std::optional<sha256_digest> session; ///< nothing: on the Unix socket, or a program.
};

/// What somebody shows to log in: a one-time token, or a name with a password.
struct log_in_request {
  std::string token;
  std::string user;
  std::string password;
};

/// An answer to `log_in`.
struct opened_session {
  admin::session_row row;
  std::string token; ///< by which the client shows the session.
};
struct refused_log_in {
  admin::problem_document problem;
  std::chrono::seconds retry_after{0}; ///< 0: not stated.
};

/// Decides who a request comes from, and what it may do. Holds sessions and one-time tokens, and
/// has a thread that compares passwords. Reads the users in force from the hub's settings.
///
/// Thread safety: all calls. None waits for the thread.
class access_guard {
public:
  /// The longest time until `log_in` answers: the tasks that wait, and a slow machine.
  static constexpr std::chrono::seconds log_in_time{30};

  explicit access_guard(hub_ptr hub);

  /// Nothing: it has not logged in.
  using judged = std::variant<std::optional<api_caller>, admin::problem_document>;

  /// Judges a request's origin and finds its caller.
  judged judge(const http_request& request, api_door door, const served_names& names);

  using log_in_reply = std::function<void(std::variant<opened_session, refused_log_in>)>;
  /// Opens a session. Calls `reply` once, in the calling thread or another; never if the guard ends
  /// first.
  void log_in(const log_in_request& shown, const http_peer& from, api_door door,
              const log_in_reply& reply);

  /// Ends the caller's session, if there is one.
  void log_out(const api_caller& caller, const http_peer& from);

  /// Returns what there is to say about the caller.
  admin::session_row describe(const api_caller& caller) const;

  /// Notes where `listen.admin` is, for those who get a one-time token. @param url empty: nowhere.
  void served_at(std::string url);

  /// Makes a one-time token with the caller's rights.
  admin::token_row make_token(const api_caller& caller);

  /// Ends the stream when its session ends, or its caller loses the right to it.
  void watch(const api_caller& caller, const http_event_stream& stream);

private:
  bool tick();
  opened_session open(const access_owner& owner, api_door door);
  void refuse(const log_in_reply& reply, const http_peer& from, const std::string& user,
              std::string_view why);
  void check_password(const log_in_request& shown, const http_peer& from, api_door door,
                      const log_in_reply& reply);
  std::optional<access_owner> program_of(const sha256_digest& token) const;
  admin::session_row row_of(const access_owner& owner, const session_table::session& session) const;
  void record(std::string_view kind, const std::string& who, const http_peer& from,
              std::string detail) const;

  const hub_ptr hub_;
  mutable std::mutex mutex_; ///< for all below but `thread_`.
  session_table sessions_;
  one_time_tokens tokens_;
  std::string url_; ///< of `listen.admin`.
  log_in_pace pace_;
  refused_log_ins refused_;
  uint64_t seen_version_ = 0; ///< of the settings that `sessions_` was last compared with.
  password_thread thread_;    ///< ends first, since it uses all above.
};

} // namespace fedhub
