// Who is logged in.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "conf/schema/admin_config.hpp"
#include "metrics/http/http_event_stream.hpp"
#include "protocol/text/sha256_digest.hpp"

namespace fedhub {

/// Whose rights a session or a stream has.
struct access_owner {
  std::string user;         ///< of [[admin.user]]; empty: `uid`.
  std::optional<uid_t> uid; ///< the creator of the one-time token.
  conf::admin_role role = conf::admin_role::viewer;
  /// Of the user's hash in the configuration. Sessions end when it changes.
  sha256_digest credential = {};

  /// Returns the name for people: "ann" or "uid 1000".
  std::string name() const;

  friend bool operator==(const access_owner&, const access_owner&) = default;
};

/// How a browser or program shows its session.
enum class session_carrier : uint8_t {
  bearer, ///< `Authorization: Bearer`, over loopback.
  cookie, ///< the cookie `__Host-fedhub`, over TLS.
};

/// The sessions by the hash of their token, which is stored nowhere. A value; it knows no clock.
///
/// Operators make it grow, by log-ins. One session more than `most_of_one` of an owner, or
/// `most` in all, ends the one that was unused for the longest time.
class session_table {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::minutes idle_time{30}; ///< without a request.
  static constexpr std::chrono::hours life_time{12};
  static constexpr size_t most = 256;
  static constexpr size_t most_of_one = 16;
  /// Event streams of one session, or one program. One more ends the oldest.
  static constexpr size_t most_streams = 16;
  static constexpr size_t token_octets = 32;

  struct session {
    access_owner owner;
    session_carrier carrier = session_carrier::bearer;
    std::string csrf; ///< what `X-CSRF-Token` has to be for a change by cookie.
    time_point begun = {};
    time_point used = {};

    /// Returns when the session ends if it is not used any more.
    time_point end() const { return std::min<time_point>(begun + life_time, used + idle_time); }
  };

  /// Opens a session. @returns its token.
  std::string open(access_owner owner, session_carrier carrier, time_point now);

  /// Returns the session with this token, which it uses; null if there is none. The pointer is
  /// valid until the next call.
  const session* use(const sha256_digest& token, session_carrier carrier, time_point now);

  /// Returns the session without using it; null if there is none.
  const session* find(const sha256_digest& token) const;

  /// Ends a session and its streams.
  void close(const sha256_digest& token);

  /// Ends an event stream when its session ends. @param token nothing: a program's stream, which
  /// `retain` ends.
  void watch(const std::optional<sha256_digest>& token, const access_owner& owner,
             http_stream_watch stream);

  /// Ends the sessions whose time is over, and their streams.
  void expire(time_point now);

  /// Ends each session and each stream whose owner has lost the rights it began with.
  void retain(const std::function<bool(const access_owner&)>& still_has);

  size_t size() const { return sessions_.size(); }
  /// Returns whether there is nothing that time or a reload could end.
  bool empty() const { return sessions_.empty() && streams_.empty(); }

private:
  struct watched_stream {
    std::optional<sha256_digest> token;
    access_owner owner;
    http_stream_watch stream;
  };
  using sessions = std::map<sha256_digest, session>;

  sessions::iterator erase(sessions::iterator at);
  void make_room(const access_owner& owner);

  sessions sessions_;
  std::vector<watched_stream> streams_; ///< the oldest first.
};

} // namespace fedhub
