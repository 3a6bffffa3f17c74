// Streams that peers opened and may resume on another connection (XEP-0198 §5).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/interfaces/connection.hpp"
#include "actors/net/address_group.hpp"
#include "actors/stanzas/stanza.hpp"
#include "protocol/negotiation/stream_management.hpp"
#include "protocol/text/domain_name.hpp"
#include "protocol/text/domain_pair.hpp"

namespace fedhub {

/// Holds the sessions of incoming streams, by identifier. While a stream is up, the entry names its
/// connection; after its end, it holds how much was handled. Holds no stanzas.
///
/// An identifier proves nothing about the asker: a stream learns of a session only if it speaks for
/// the same domain pair.
///
/// Peers share the room for ended sessions. If it is full, the address with the most loses one: the
/// oldest of its sender domain with the most. So a peer that cuts streams by the thousand displaces
/// only its own sessions, and a domain displaces none of another domain at the same address.
///
/// Thread safety: all of it, by a mutex.
class resumable_sessions {
public:
  /// The time that a session is kept after the end of its stream.
  static constexpr std::chrono::seconds lifetime{120};
  /// A session takes some 500 octets.
  static constexpr size_t default_capacity = 8192;

  /// @param capacity the most sessions of ended streams. Sessions of open streams are bounded by
  /// the number of streams.
  explicit resumable_sessions(size_t capacity = default_capacity) : capacity_(capacity) {}

  /// Adds the session of an open stream that can be resumed. @param stream a number that no other
  /// connection has, not 0.
  /// @param holder the connection. @param pair the pair that the stream was opened for, proved.
  /// @param from the peer's address.
  void open(std::string_view id, uint64_t stream, domain_pair pair, const address_group& from,
            connection_actor holder);

  /// The remains of a session whose stream has ended.
  struct remains {
    management_session session;
    bool resumable = false; ///< `false`: only the handled count can be reported to the peer.
  };

  /// Notes that the stream accepts no more stanzas. @param left nothing: the session can't be
  /// resumed.
  /// @returns the connections that wait for this; send them `settled_atom`. None if the session is
  /// not this stream's, or no longer.
  std::vector<connection_actor> close(std::string_view id, uint64_t stream,
                                      std::optional<remains> left, time_point now);

  enum class verdict : uint8_t {
    unknown,
    in_use,    ///< by `holder`, which has to end first; `close` then returns the asker.
    count,     ///< too late; only `session.handled` counts.
    resumable, ///< the session is the asker's now.
  };
  struct answer {
    verdict is = verdict::unknown;
    management_session session = {};
    connection_actor holder = {};
  };

  /// Claims a session that a peer wants to resume. The session of an ended stream is removed by
  /// this.
  /// @param speaks_for returns whether the asker's stream is proved to speak for this pair. Must
  /// not call back.
  answer claim(std::string_view id, const connection_actor& asker,
               const std::function<bool(const domain_pair&)>& speaks_for, time_point now);

  /// Removes, after a change of the rules, the sessions of ended streams whose pair `admitted`
  /// denies. The session of an open stream ends with its stream.
  /// @param admitted must not call back.
  void purge(const std::function<bool(const domain_pair&)>& admitted);

  size_t size() const;

private:
  struct text_hash {
    using is_transparent = void;
    size_t operator()(std::string_view x) const noexcept {
      return std::hash<std::string_view>{}(x);
    }
  };

  struct sender;
  /// Holders of ended sessions, from the fewest to the most. Among equals the holder whose last
  /// turn was longest ago comes last, so that all get their turn.
  template <class Key>
  using ranking = std::map<std::pair<size_t, uint64_t>, Key>;

  /// The sessions of one sender domain at one address.
  struct sender {
    std::list<std::string_view> ended; ///< the oldest first.
    uint64_t rank = 0;                 ///< with the number of sessions, its place in a ranking.
  };
  struct address {
    size_t sessions = 0;
    uint64_t rank = 0;
    std::map<domain_name, sender> senders;
    ranking<const domain_name*> most;
  };

  struct entry {
    domain_pair pair;
    address_group from;
    uint64_t stream = 0;                   ///< 0 once it has ended.
    connection_actor holder;               ///< null once the stream has ended.
    std::vector<connection_actor> waiting; ///< connections that wait for the stream's end.
    remains left;                          ///< set once the stream has ended.
    time_point until{};
    std::list<std::string_view>::iterator place{}; ///< in `ended_`.
    std::list<std::string_view>::iterator among{}; ///< in its sender's list.
  };
  using entries = std::unordered_map<std::string, entry, text_hash, std::equal_to<>>;

  void add_ended(const std::string& id, entry& entry);
  void remove_ended(entry& entry);
  void drop(std::string_view id);
  /// Returns the session to remove if there are too many. @pre there is one.
  std::string_view most_dispensable() const;

  const size_t capacity_;
  mutable std::mutex mutex_;
  entries entries_;
  std::list<std::string_view> ended_;          ///< keys in `entries_`, the first to end in front.
  std::map<address_group, address> addresses_; ///< of the sessions in `ended_`.
  ranking<address_group> most_;
  uint64_t turns_ = 0;
};

} // namespace fedhub
